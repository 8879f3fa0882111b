"""Every role of the teacher asked of a live chat model: how many answers are valid, and why the others are not.

    python -m benchmarks.teachers.live_roles                        (the embedded SmolLM2 behind llama.cpp's own server)
    python -m benchmarks.teachers.live_roles --gguf $(python -m benchmarks.models qwen2.5-coder-1.5b) --slots 2
    python -m benchmarks.teachers.live_roles --base-url http://localhost:8000/v1 --model my-llm --items 200

The items are the shipped general sentences with what the embedded student makes of them; error words come from the
human translations. An answer is valid if it has the role's schema and passes its verification; what is used of it (in
strict mode) is counted beside that, since one answer can hold several errors, pairs or words.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.teachers.live_teacher import add_teacher_arguments, open_teacher
from tutelage.core.decoding import Decoding
from tutelage.core.languages import Direction
from tutelage.core.records import Hypothesis, Pair, Rejection
from tutelage.corpora.reading import read_pairs
from tutelage.embedded.texts import locate_embedded_text
from tutelage.labelling.error_words import ErrorWord, collect_error_words
from tutelage.labelling.roles.analogies import AnalogyQuestion, NameAnalogies, usable_analogies
from tutelage.labelling.roles.analysis import Analyse, analysis_text
from tutelage.labelling.roles.contexts import ContextQuestion, WritePairs, usable_pairs
from tutelage.labelling.roles.feedback import GiveFeedback, make_feedback
from tutelage.labelling.roles.sentences import WriteSentences, usable_sentence
from tutelage.labelling.roles.translation import TranslateRole
from tutelage.storage.ledger import Ledger
from tutelage.storage.run_folder import describe_machine
from tutelage.students.naming import open_student
from tutelage.teachers.calling.asking import ask
from tutelage.teachers.chat import ChatTeacher
from tutelage.teachers.comparing.reference_guided import feedback_from_translations
from tutelage.teachers.comparing.word_alignment import WordAligner
from tutelage.teachers.judging import Comparison, Judge, combine, judged_both_orders
from tutelage.teachers.role import Answered, Role

DIRECTION = Direction("en", "pt-BR")
STUDENT = "embedded:en-pt"
SENTENCES = 4
"""Contexts asked for each word."""


@dataclass(slots=True)
class Count:
    """What came of one role."""

    role: str
    asked: int = 0
    valid: int = 0
    used: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def row(self) -> str:
        """The line in Markdown."""
        reasons = ", ".join(f"{reason} {count}" for reason, count in self.reasons.most_common())
        return f"| {self.role} | {self.asked} | {self.valid} | {self.used} | {reasons} |"


@dataclass(frozen=True, slots=True)
class Material:
    """What the roles are asked about."""

    pairs: Sequence[Pair]
    hypotheses: Sequence[Hypothesis]
    words: Sequence[ErrorWord]
    post_edits: dict[str, str]


Use = Callable[[Answered], tuple[int, Sequence[Rejection]]]
"""How many things of an answer are used, and which of its things are not."""


class Interview:
    """Asks one teacher and counts."""

    def __init__(self, teacher: ChatTeacher, ledger: Ledger) -> None:
        self._teacher, self._ledger = teacher, ledger

    def ask(self, role: Role[Any, Any], items: Sequence[Any], *, name: str = "", use: Use | None = None) -> Count:
        """All items in one role; without `use`, a valid answer is one thing used."""
        count = Count(name or role.name)
        for outcome in self.outcomes(role, items):
            count.asked += 1
            if isinstance(outcome, Rejection):
                count.reasons[outcome.reason] += 1
                continue
            used, dropped = use(outcome) if use else (1, ())
            count.valid += 1
            count.used += used
            count.reasons.update(rejection.reason for rejection in dropped)
        print(count.row, file=sys.stderr, flush=True)
        return count

    def outcomes(self, role: Role[Any, Any], items: Sequence[Any]) -> list[Answered | Rejection]:
        """The answers and rejections."""
        return list(ask(role, items, teacher=self._teacher, ledger=self._ledger, seed=1))


def interview(teacher: ChatTeacher, ledger: Ledger, material: Material) -> Iterator[Count]:
    """All roles, one after the other; contexts are asked with the analyses that came before them."""
    asking = Interview(teacher, ledger)
    sources = [pair.source for pair in material.pairs]
    yield asking.ask(TranslateRole(DIRECTION, max_tokens=256), sources)
    by_id = {hypothesis.id: hypothesis for hypothesis in material.hypotheses}

    def keep_feedback(answer: Answered) -> tuple[int, Sequence[Rejection]]:
        feedback, dropped = make_feedback(by_id[answer.item_id], answer, direction=DIRECTION)
        return int(feedback is not None), dropped

    yield asking.ask(GiveFeedback(DIRECTION, max_tokens=768), material.hypotheses, use=keep_feedback)
    analyses: dict[str, str] = {}

    def keep_analysis(answer: Answered) -> tuple[int, Sequence[Rejection]]:
        analyses[answer.item_id] = analysis_text(answer.answer)
        return 1, ()

    yield asking.ask(Analyse(DIRECTION.source), sources, use=keep_analysis)
    yield _ask_contexts(asking, material.words, analyses)
    yield _ask_analogies(asking, material)
    yield _ask_sentences(asking, material.words)
    yield _ask_judge(asking, material)


def _ask_contexts(asking: Interview, words: Sequence[ErrorWord], analyses: dict[str, str]) -> Count:
    questions = {
        word.id: ContextQuestion(word.id, analyses.get(word.feedback_ids[0]), word.source_form, word.target_form)
        for word in words
    }

    def use(answer: Answered) -> tuple[int, Sequence[Rejection]]:
        usable, dropped = usable_pairs(questions[answer.item_id], answer, DIRECTION)
        return len(usable), dropped

    role = WritePairs(DIRECTION, count=SENTENCES)
    return asking.ask(role, list(questions.values()), name="contexts, pairs", use=use)


def _ask_analogies(asking: Interview, material: Material) -> Count:
    questions = {
        word.id: AnalogyQuestion(
            word.id, word.example, material.post_edits[word.feedback_ids[0]], word.source_form, word.target_form
        )
        for word in material.words
    }

    def use(answer: Answered) -> tuple[int, Sequence[Rejection]]:
        usable, dropped = usable_analogies(questions[answer.item_id], answer)
        return len(usable), dropped

    return asking.ask(NameAnalogies(DIRECTION), list(questions.values()), use=use)


def _ask_sentences(asking: Interview, words: Sequence[ErrorWord]) -> Count:
    by_id = {word.id: word for word in words}

    def use(answer: Answered) -> tuple[int, Sequence[Rejection]]:
        usable = [usable_sentence(text, by_id[answer.item_id]) for text in answer.answer.sentences]
        return sum(usable), [Rejection(answer.item_id, "contexts", "word_missing")] * usable.count(False)

    role = WriteSentences(DIRECTION.source, count=SENTENCES)
    return asking.ask(role, words, name="contexts, sentences", use=use)


def _ask_judge(asking: Interview, material: Material) -> Count:
    """The student against the human translation, in both orders; used are comparisons in which the orders agree."""
    outputs = {hypothesis.id: hypothesis.text for hypothesis in material.hypotheses}
    comparisons = [
        Comparison(pair.id, pair.source.text, pair.target.text, outputs[pair.id], "it translates the source better")
        for pair in material.pairs
    ]
    outcomes = asking.outcomes(Judge(), judged_both_orders(comparisons))
    judgement = combine(outcomes)
    rejected = [outcome for outcome in outcomes if isinstance(outcome, Rejection)]
    count = Count("judge (both orders)", len(outcomes), len(outcomes) - len(rejected))
    count.used = len(judgement.outcomes) - judgement.inconsistent
    count.reasons.update(rejection.reason for rejection in rejected)
    count.reasons["the place decided"] = judgement.inconsistent
    print(count.row, file=sys.stderr, flush=True)
    return count


def gather_material(items: int) -> Material:
    """The first sentences with the student's translations, and the error words found by comparison."""
    path = locate_embedded_text("general", target_lang=DIRECTION.target)
    pairs = list(read_pairs(str(path), direction=DIRECTION))
    engine = open_student(STUDENT, direction=DIRECTION)
    outputs = engine.translate((pair.source.text for pair in pairs), decoding=Decoding())
    hypotheses = [Hypothesis(pair.source, text, STUDENT) for pair, text in zip(pairs, outputs, strict=True)]
    translations = {pair.id: pair for pair in pairs}
    aligner = WordAligner.fit(pairs)
    feedback = feedback_from_translations(hypotheses, translations, threshold=1.0, aligner=aligner)
    words = collect_error_words(feedback, most=items)
    post_edits = {pair.id: pair.target.text for pair in pairs}
    return Material(pairs[:items], hypotheses[:items], words, post_edits)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_teacher_arguments(parser)
    parser.add_argument("--items", type=int, default=20, help="segments, and as many words")
    parser.add_argument("--ledger", type=Path, help="a ledger to keep the answers in, so that it goes on")
    chosen = parser.parse_args()
    material = gather_material(chosen.items)
    with (
        tempfile.TemporaryDirectory() as folder,
        Ledger.open(chosen.ledger or Path(folder) / "ledger.sqlite", run="live") as ledger,
        open_teacher(chosen) as teacher,
    ):
        counts = list(interview(teacher, ledger, material))
        print(f"{teacher.signature}; {describe_machine()}\n")
    print("| role | asked | valid | used | not used, by reason |\n|---|--:|--:|--:|---|")
    print("\n".join(count.row for count in counts))


if __name__ == "__main__":
    main()
