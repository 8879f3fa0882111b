"""The stage `examples`: pairs as something to train on, each source opening with how far its paraphrase is from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tutelage.core.records import Example, Pair
from tutelage.core.stage import Stage, Work
from tutelage.corpora.texts import Text
from tutelage.methods.paraphrase.distances import lexical_distance
from tutelage.methods.paraphrase.levels import open_with_levels
from tutelage.methods.paraphrase.pairs import ParaphrasePair
from tutelage.stages.context import StepContext
from tutelage.storage.stages import StageTable
from tutelage.students.diversity import LEXICAL, DiversityControl

KIND = "paraphrase"


@dataclass(frozen=True, slots=True)
class ExamplesInputs:
    """The pairs, and the control words that the student is to know."""

    pairs: StageTable[ParaphrasePair]
    control: DiversityControl | None


def control_examples(inputs: ExamplesInputs, _: Work) -> Iterator[Example]:
    """One example for each pair."""
    return make_examples(inputs.pairs, control=inputs.control)


EXAMPLES = Stage("examples", 3, Example, control_examples)


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


WATCHED = Stage("watched", 2, Example, watch_dev_text)


def watched_stage(context: StepContext, *, control: DiversityControl | None) -> StageTable[Example] | None:
    """Examples whose loss is watched in training; `None` if the recipe names no dev text."""
    if not context.texts.has("dev"):
        return None
    return context.folder.make(WATCHED, WatchedInputs(context.texts.text("dev"), control))


def make_examples(pairs: Iterable[ParaphrasePair], *, control: DiversityControl | None) -> Iterator[Example]:
    """The pairs, which are read several times, as examples of the task paraphrase."""
    for pair, source in zip(pairs, open_with_levels(pairs, control), strict=True):
        yield Example(
            id=f"{KIND}:{pair.id}",
            task=KIND,
            source_lang=pair.source.lang,
            target_lang=pair.target.lang,
            source=source,
            target=pair.target.text,
            kind=KIND,
            provenance=pair.provenance,
        )


def make_dev_examples(pairs: Iterable[Pair], *, control: DiversityControl | None) -> Iterator[Example]:
    """Human paraphrases to watch in training, each asked for at the level that it has.

    Where levels compare the paraphrases of one source it has none, and no control words.
    """
    for pair in pairs:
        source, target = pair.source.text, pair.target.text
        words = ""
        if control is not None and not control.within:
            words = control.words_of({LEXICAL: lexical_distance(source, target, lang=pair.source.lang)})
        yield Example(
            id=f"dev:{pair.id}",
            task=KIND,
            source_lang=pair.source.lang,
            target_lang=pair.target.lang,
            source=words + source,
            target=target,
            kind=KIND,
            provenance=pair.provenance,
        )
