"""The stage `examples`: pairs as something to train on, each source opening with how far its paraphrase is from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tutelage.core.records import Example, Pair
from tutelage.core.stage import Stage, Work
from tutelage.corpora.texts import Text
from tutelage.methods.paraphrase.distances import lexical_distance
from tutelage.methods.paraphrase.pairs import ParaphrasePair
from tutelage.methods.paraphrase.settings import ParaphraseSettings
from tutelage.stages.context import StepContext
from tutelage.storage.stages import StageTable
from tutelage.students.diversity import LEXICAL, SYNTACTIC, DiversityControl, level_of, tercile_edges, with_level

KIND = "paraphrase"


@dataclass(frozen=True, slots=True)
class ExamplesInputs:
    """The pairs, and the control words that the student is to know."""

    pairs: StageTable[ParaphrasePair]
    control: DiversityControl | None


def control_examples(inputs: ExamplesInputs, _: Work) -> Iterator[Example]:
    """One example for each pair."""
    return make_examples(inputs.pairs, control=inputs.control)


EXAMPLES = Stage("examples", 2, Example, control_examples)


def examples_stage(
    context: StepContext, pairs: StageTable[ParaphrasePair], *, control: DiversityControl | None
) -> StageTable[Example]:
    """One example for each pair, with control words if the student is to know them."""
    return context.folder.make(EXAMPLES, ExamplesInputs(pairs, control))


@dataclass(frozen=True, slots=True)
class WatchedInputs:
    """The dev text, human paraphrases, and the control words that they are asked by."""

    text: Text
    control: DiversityControl | None


def watch_dev_text(inputs: WatchedInputs, _: Work) -> Iterator[Example]:
    """The dev text as examples to watch in training."""
    return make_dev_examples(inputs.text.pairs(), control=inputs.control)


WATCHED = Stage("watched", 1, Example, watch_dev_text)


def watched_stage(context: StepContext, *, control: DiversityControl | None) -> StageTable[Example] | None:
    """Examples whose loss is watched in training; `None` if the recipe names no dev text."""
    if not context.texts.has("dev"):
        return None
    return context.folder.make(WATCHED, WatchedInputs(context.texts.text("dev"), control))


def find_control(pairs: Iterable[ParaphrasePair], *, settings: ParaphraseSettings) -> DiversityControl | None:
    """The levels of distance by the thirds of these pairs; `None` if the recipe wants no control.

    Syntax is an axis of its own if every pair has its distance measured.
    """
    if not settings.control:
        return None
    lexical, syntactic, whole = list[float](), list[float](), True
    for pair in pairs:
        lexical.append(pair.lexical)
        if pair.syntactic is None:
            whole = False
        else:
            syntactic.append(pair.syntactic)
    edges = {LEXICAL: tercile_edges(lexical)}
    if whole:
        edges[SYNTACTIC] = tercile_edges(syntactic)
    return DiversityControl(edges)


def make_examples(pairs: Iterable[ParaphrasePair], *, control: DiversityControl | None) -> Iterator[Example]:
    """The pairs as examples of the task paraphrase."""
    for pair in pairs:
        yield Example(
            id=f"{KIND}:{pair.id}",
            task=KIND,
            source_lang=pair.source.lang,
            target_lang=pair.target.lang,
            source=controlled(pair.source.text, control, lexical=pair.lexical, syntactic=pair.syntactic),
            target=pair.target.text,
            kind=KIND,
            provenance=pair.provenance,
        )


def make_dev_examples(pairs: Iterable[Pair], *, control: DiversityControl | None) -> Iterator[Example]:
    """Human paraphrases to watch in training, each asked for at the level that it has."""
    for pair in pairs:
        source, target = pair.source.text, pair.target.text
        distance = lexical_distance(source, target, lang=pair.source.lang) if control else 0.0
        yield Example(
            id=f"dev:{pair.id}",
            task=KIND,
            source_lang=pair.source.lang,
            target_lang=pair.target.lang,
            source=controlled(source, control, lexical=distance, syntactic=None),
            target=target,
            kind=KIND,
            provenance=pair.provenance,
        )


def controlled(source: str, control: DiversityControl | None, *, lexical: float, syntactic: float | None) -> str:
    """The source behind the control words for these distances; a distance that is not known gets no word."""
    if control is None:
        return source
    words = level_of(lexical, edges=control.edges[LEXICAL])
    trees = control.edges.get(SYNTACTIC)
    if trees is None or syntactic is None:
        return with_level(source, words)
    return with_level(source, words, syntactic=level_of(syntactic, edges=trees))
