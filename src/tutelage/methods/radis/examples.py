"""The stage `examples`: parallel text with the targets that the recipe wants, and conversations beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tutelage.core.errors import CorpusError
from tutelage.core.languages import Direction
from tutelage.core.protocols import LanguageIdentifier
from tutelage.core.records import Example, Hypothesis, Pair, Rejection, Segment
from tutelage.core.runner import Runner
from tutelage.core.stage import Stage, Work
from tutelage.corpora.filters import TextFilter
from tutelage.methods.radis.conversations import Conversations
from tutelage.methods.radis.pairs import SOURCES, SourcesInputs
from tutelage.methods.radis.rewriting import STAGE as REWRITTEN
from tutelage.methods.radis.rewriting import Rewriting, find_rewriting_fault, rewritten_stage
from tutelage.methods.radis.settings import RadisSettings, RewritingSettings
from tutelage.stages.context import StepContext
from tutelage.stages.rejections import tell_rejections
from tutelage.stages.student import example_of
from tutelage.stages.translations import hypotheses_stage
from tutelage.storage.stages import StageTable


@dataclass(frozen=True, slots=True)
class ExamplesInputs:
    """What the examples are made of."""

    pairs: StageTable[Pair]
    hypotheses: StageTable[Hypothesis] | None
    """The student's own translations; `None` if they are no targets."""
    rewritings: StageTable[Rewriting] | None
    """References in the student's own words; `None` if they are no targets."""
    rewriting: RewritingSettings
    filters: TextFilter
    identifier: LanguageIdentifier | None
    """Of rewritings; `None` without them."""
    direction: Direction
    conversations: Conversations | None
    seed: int


def make_examples(inputs: ExamplesInputs, work: Work) -> Iterator[Example | Rejection]:
    """One example for each pair that can be trained on, then the conversations that make up their share beside them."""
    examples = 0
    for outcome in _from_pairs(inputs, work.runner):
        examples += isinstance(outcome, Example)
        yield outcome
    if inputs.conversations is not None:
        yield from inputs.conversations.draw(pairs=examples, seed=inputs.seed)


EXAMPLES = Stage("examples", 3, Example, make_examples)


def examples_stage(settings: RadisSettings, context: StepContext, pairs: StageTable[Pair]) -> StageTable[Example]:
    """The examples of the step; CorpusError if the student's own translations are all dropped."""
    hypotheses, rewritings = None, None
    if settings.target == "self":
        sources = context.folder.make(SOURCES, SourcesInputs(pairs))
        hypotheses = hypotheses_stage(context, sources, student=context.student, folder=context.folder)
    elif settings.target == "rewritten":
        rewritings = rewritten_stage(context, pairs, settings=settings.rewriting)
    inputs = ExamplesInputs(
        pairs=pairs,
        hypotheses=hypotheses,
        rewritings=rewritings,
        rewriting=settings.rewriting,
        filters=context.text_filter(),
        identifier=context.identifier if rewritings else None,
        direction=context.recipe.direction.direction,
        conversations=None if settings.instructions is None else Conversations(settings.instructions),
        seed=context.recipe.seed,
    )
    examples = context.folder.make(EXAMPLES, inputs)
    if examples.rows == 0:
        raise CorpusError(
            "none of the student's own translations can be trained on; the filters dropped them all."
            + tell_rejections(examples.rejections()),
            where=str(examples.path.parent),
            fix='Look at examples.rejected.parquet for the reasons, or set step.target = "reference".',
        )
    return examples


def _from_pairs(inputs: ExamplesInputs, runner: Runner) -> Iterator[Example | Rejection]:
    if inputs.hypotheses is not None:
        return _from_hypotheses(inputs.pairs, inputs.hypotheses, inputs.filters, runner)
    if inputs.rewritings is not None:
        return _from_rewritings(inputs, inputs.rewritings)
    return (example_of(pair, kind="parallel") for pair in inputs.pairs)


def _from_hypotheses(
    pairs: StageTable[Pair], hypotheses: StageTable[Hypothesis], filters: TextFilter, runner: Runner
) -> Iterator[Example | Rejection]:
    """The student's own translations, filtered as any training text."""
    written = {hypothesis.id: hypothesis for hypothesis in hypotheses}
    own = (_with_target(pair, written[pair.id].text, maker=written[pair.id].student) for pair in pairs)
    for outcome in filters.pairs(own, runner=runner):
        yield outcome if isinstance(outcome, Rejection) else example_of(outcome, kind="self-distilled")


def _from_rewritings(inputs: ExamplesInputs, rewritings: StageTable[Rewriting]) -> Iterator[Example | Rejection]:
    """References in the student's own words, and as they are if the rewriting failed."""
    written = {rewriting.id: rewriting for rewriting in rewritings}
    for pair in inputs.pairs:
        rewriting = written[pair.id]
        fault = find_rewriting_fault(
            rewriting, pair, direction=inputs.direction, settings=inputs.rewriting, identifier=inputs.identifier
        )
        if fault is None:
            yield example_of(_with_target(pair, rewriting.text, maker=rewriting.student), kind=REWRITTEN)
        else:
            yield example_of(pair, kind="parallel")
            yield Rejection(pair.id, REWRITTEN, fault, raw=rewriting.text, provenance=pair.provenance)


def _with_target(pair: Pair, text: str, *, maker: str) -> Pair:
    """The pair with another target, made by a student."""
    provenance = replace(pair.provenance, parents=(pair.id,), role="translate", teacher=maker)
    target = Segment(pair.target.id, text, pair.target.lang, pair.target.document, provenance)
    return Pair(pair.source, target, provenance)
