"""The tables of the claim with a language model as teacher: arms, words, questions, and what the arms have shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from benchmarks.claims.claim.scores import (
    RESAMPLES,
    ArmRuns,
    Resampled,
    mean_bleu,
    read_outputs,
    read_references,
    resample_chrf,
)
from benchmarks.claims.claim.tables import describe_run, join_blocks, read_evidence
from benchmarks.claims.patching_llm.arms import (
    ALL,
    ANALOGIES,
    CONTEXTS,
    CONTEXTS_REPEATED,
    POST_EDITS,
    RANDOM,
    REPEATED,
    SAME,
    SENTENCES,
)
from benchmarks.claims.patching_llm.word_test import Chosen, WordTest
from tutelage.evaluation.word_lists import UNSEEN_CONTEXT, UNSEEN_WORD, WordItem, group_items

BASE = "base"
QUESTIONS = (
    ("Do post-edits give what distilling all gives?", POST_EDITS, ALL),
    ("Does flagging beat a blind draw?", POST_EDITS, RANDOM),
    ("Do post-edits beat distilling the same sources?", POST_EDITS, SAME),
    ("Do contexts beat repetition at equal updates?", CONTEXTS, REPEATED),
    ("Do they beat as many random sentences?", CONTEXTS, SENTENCES),
    ("Do analogies add to contexts?", ANALOGIES, CONTEXTS),
    ("At equal updates?", ANALOGIES, CONTEXTS_REPEATED),
)
_COMPARED = (BASE, POST_EDITS, REPEATED, CONTEXTS, CONTEXTS_REPEATED, ANALOGIES, SENTENCES)
_BLANK = "| | | | | | |"


@dataclass(frozen=True)
class Tables:
    """Everything that the tables show, from the runs of the arms."""

    arms: Sequence[ArmRuns]
    words: WordTest

    def render(self) -> str:
        """Markdown."""
        return join_blocks((self._arms(), self._words(), self._questions(), self._shown()))

    @cached_property
    def _by_name(self) -> dict[str, ArmRuns]:
        return {arm.name: arm for arm in self.arms}

    @cached_property
    def _systems(self) -> dict[str, tuple[Sequence[Path], str]]:
        """The runs and the student of each row, the base student first."""
        first = {BASE: (self.arms[0].folders, "before")}
        return first | {arm.name: (arm.folders, "after") for arm in self.arms}

    @cached_property
    def _chrf(self) -> dict[str, dict[str, Resampled]]:
        pairs = {test: read_references(self.arms[0].folders[0], use) for test, use in _TESTS.items()}
        return {
            name: {
                test: resample_chrf([read_outputs(folder, test, system) for folder in folders], pairs[test])
                for test in _TESTS
            }
            for name, (folders, system) in self._systems.items()
        }

    @cached_property
    def _marks(self) -> dict[str, list[dict[str, bool | None]]]:
        return {
            name: [self.words.mark(folder, system) for folder in folders]
            for name, (folders, system) in self._systems.items()
        }

    def _accuracy(self, name: str, group: str) -> Resampled | None:
        members = {item.id for item in group_items(self.words.items).get(group, ())}
        chosen: Chosen = lambda item: item.id in members  # noqa: E731
        marks = self._marks[name]
        found = self.words.accuracy(marks, [chosen] * len(marks))
        return found[0] if found else None

    def _arms(self) -> Iterator[str]:
        yield (
            "| arm | chrF | gain (95 % interval) | BLEU | general chrF | unseen words | unseen contexts | flagged "
            "| examples | target words | updates | calls | tokens |"
        )
        yield "|---|" + "--:|" * 12
        pairs = read_references(self.arms[0].folders[0], "test")
        for name, (folders, system) in self._systems.items():
            chrf = self._chrf[name]
            gain = chrf["domain"].minus(self._chrf[BASE]["domain"])
            bleu = mean_bleu([read_outputs(folder, "domain", system) for folder in folders], pairs)
            words = " | ".join(_percent(self._accuracy(name, group)) for group in (UNSEEN_WORD, UNSEEN_CONTEXT))
            yield (
                f"| {name} | {chrf['domain'].value:.1f} | {'' if name == BASE else gain.signed} | {bleu:.1f} "
                f"| {chrf['general'].value:.1f} | {words} {self._costs(name)}"
            )
        yield ""
        yield f"{self._note(len(pairs))} {_describe(self.arms[0].folders[0])}"

    def _costs(self, name: str) -> str:
        if name == BASE:
            return _BLANK
        arm = self._by_name[name]
        judged = arm.costs[0]["flagged"] is not None
        figures = ("examples", "target_words", "updates", "teacher_calls", "teacher_tokens")
        counts = " | ".join(f"{arm.cost(figure):,.0f}" for figure in figures)
        return f"| {arm.cost('flagged'):.0f} % | {counts} |" if judged else f"| | {counts} |"

    def _note(self, domain: int) -> str:
        groups = group_items(self.words.items)
        counts = ", ".join(
            f"{group}: {len(groups[group])}" for group in (UNSEEN_WORD, UNSEEN_CONTEXT) if group in groups
        )
        seeds = len(self.arms[0].folders)
        general = len(read_references(self.arms[0].folders[0], "general"))
        return (
            f"{domain} domain and {general} general segments, word items {counts}; means over {seeds} seed(s), "
            f"intervals from {RESAMPLES} paired resamples of the test segments or words."
        )

    def _words(self) -> Iterator[str]:
        """Accuracy by how many segments of the pool show the word with its translation."""
        groups = {name: len(items) for name, items in group_items(self.words.items).items() if name != UNSEEN_CONTEXT}
        yield "| arm | " + " | ".join(f"{name} ({count})" for name, count in groups.items()) + " |"
        yield "|---|" + "--:|" * len(groups)
        for name in self._systems:
            yield f"| {name} | " + " | ".join(_percent(self._accuracy(name, group)) for group in groups) + " |"

    def _questions(self) -> Iterator[str]:
        """Paired differences between arms, one question a row."""
        yield "| question | chrF | unseen words | unseen contexts | general chrF |"
        yield "|---|" + "--:|" * 4
        for question, one, other in QUESTIONS:
            if {one, other} <= set(self._systems):
                chrf, general = (self._chrf[one][test].minus(self._chrf[other][test]) for test in _TESTS)
                words = (
                    _minus(self._accuracy(one, group), self._accuracy(other, group))
                    for group in (UNSEEN_WORD, UNSEEN_CONTEXT)
                )
                cells = (chrf.signed, *words, general.signed)
                yield f"| {question} ({one} − {other}) | {' | '.join(cells)} |"

    def _shown(self) -> Iterator[str]:
        """Where what an arm adds could show at all: the items whose word and translation stand in what it adds."""
        compared = [name for name in _COMPARED if name in self._systems]
        yield "| items, all seeds | n | " + " | ".join(compared) + " | difference |"
        yield "|---|--:|" + "--:|" * (len(compared) + 1)
        if CONTEXTS in self._systems:
            shown = [self.words.met(folder, "context") for folder in self._by_name[CONTEXTS].folders]
            yield from self._shown_rows("in contexts", shown, compared, CONTEXTS, REPEATED)
        if ANALOGIES in self._systems:
            folders = self._by_name[ANALOGIES].folders
            shown = [self.words.met(folder, "analogy") for folder in folders]
            yield from self._shown_rows("in examples of analogies", shown, compared, ANALOGIES, CONTEXTS_REPEATED)
            new = [met - self.words.met(folder, "context") for met, folder in zip(shown, folders, strict=True)]
            yield from self._shown_rows("in these alone", new, compared, ANALOGIES, CONTEXTS_REPEATED)
            named = [self.words.named(folder) for folder in folders]
            yield from self._shown_rows("named as analogies", named, compared, ANALOGIES, CONTEXTS_REPEATED)

    def _shown_rows(
        self, place: str, shown: Sequence[frozenset[str]], compared: Sequence[str], one: str, other: str
    ) -> Iterator[str]:
        for group in (UNSEEN_WORD, UNSEEN_CONTEXT):
            chosen = [_chooser(group, items) for items in shown]
            yield from self._shown_row(f"{group}, {place}", chosen, compared, one, other)

    def _shown_row(
        self, label: str, chosen: Sequence[Chosen], compared: Sequence[str], one: str, other: str
    ) -> Iterator[str]:
        found = {name: self._counted(name, chosen) for name in compared}
        counted = found[BASE]
        if counted is None:
            return
        values = " | ".join(_percent(result[0] if result else None) for result in found.values())
        first, second = found.get(one), found.get(other)
        difference = f"{_minus(first[0], second[0])} ({one} − {other})" if first and second else ""
        yield f"| {label} | {counted[1]} | {values} | {difference} |"

    def _counted(self, name: str, chosen: Sequence[Chosen]) -> tuple[Resampled, int] | None:
        marks: Sequence[Mapping[str, bool | None]] = self._marks[name]
        return self.words.accuracy(marks, chosen[: len(marks)])


_TESTS = {"domain": "test", "general": "general"}


def _chooser(group: str, met: frozenset[str]) -> Chosen:
    def is_chosen(item: WordItem) -> bool:
        return item.group == group and item.id in met

    return is_chosen


def _minus(one: Resampled | None, other: Resampled | None) -> str:
    return one.minus(other).signed if one and other else ""


def _percent(score: Resampled | None) -> str:
    return f"{score.value:.1f}" if score else ""


def _describe(folder: Path) -> str:
    systems = read_evidence(folder, "scores")
    student, chrf = systems[0]["signature"], systems[0]["scores"][0]["signature"]
    return describe_run(folder, f"Student {student}", chrf)
