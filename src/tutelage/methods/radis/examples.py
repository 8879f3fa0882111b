"""The stage `examples`: parallel text with the targets that the recipe wants, and conversations beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tutelage.core.errors import CorpusError
from tutelage.core.records import Example, Hypothesis, Pair, Rejection, Segment
from tutelage.core.signatures import content_key
from tutelage.corpora.identifiers import identifier_key
from tutelage.methods.radis.conversations import conversations_key, draw_conversations
from tutelage.methods.radis.pairs import sources_stage
from tutelage.methods.radis.rewriting import STAGE as REWRITTEN
from tutelage.methods.radis.rewriting import Rewriting, find_rewriting_fault, rewritten_stage
from tutelage.methods.radis.settings import RadisSettings
from tutelage.stages.context import StepContext
from tutelage.stages.pool import filtered, filters_key
from tutelage.stages.student import example_of
from tutelage.stages.translations import hypotheses_stage
from tutelage.storage.stages import StageTable

Produced = Iterator[Example | Rejection]


def examples_stage(settings: RadisSettings, context: StepContext, pairs: StageTable[Pair]) -> StageTable[Example]:
    """One example for each pair that can be trained on, then the conversations that are drawn.

    CorpusError where the student's own translations are all dropped.
    """
    hypotheses, rewritings = None, None
    if settings.target == "self":
        sources = sources_stage(context, pairs)
        hypotheses = hypotheses_stage(context, sources, student=context.student, folder=context.folder)
    elif settings.target == "rewritten":
        rewritings = rewritten_stage(context, pairs, settings=settings.rewriting)
    targets = hypotheses or rewritings
    key = content_key(
        "examples", 1, pairs.key, settings.target, targets.key if targets else "", settings.rewriting,
        conversations_key(settings.instructions), filters_key(context), context.recipe.seed,
        identifier_key(context.recipe.evaluation.language_id) if rewritings else "",
    )  # fmt: skip

    def produce() -> Produced:
        if hypotheses is not None:
            yield from _from_hypotheses(context, pairs, hypotheses)
        elif rewritings is not None:
            yield from _from_rewritings(settings, context, pairs, rewritings)
        else:
            yield from (example_of(pair, kind="parallel") for pair in pairs)
        if settings.instructions is not None:
            yield from draw_conversations(settings.instructions, pairs=pairs.rows, seed=context.recipe.seed)

    examples = context.folder.table("examples", Example, key=key, produce=produce)
    if examples.rows == 0:
        raise CorpusError(
            "none of the student's own translations can be trained on; the filters dropped them all.",
            where=str(examples.path.parent),
            fix='Look at examples.rejected.parquet for the reasons, or set step.target = "reference".',
        )
    return examples


def _from_hypotheses(context: StepContext, pairs: StageTable[Pair], hypotheses: StageTable[Hypothesis]) -> Produced:
    """The student's own translations, filtered as any training text."""
    written = {hypothesis.id: hypothesis for hypothesis in hypotheses}
    rejections: list[Rejection] = []
    own = (_with_target(pair, written[pair.id].text, maker=written[pair.id].student) for pair in pairs)
    for pair in filtered(own, context, rejections):
        yield example_of(pair, kind="self-distilled")
    yield from rejections


def _from_rewritings(
    settings: RadisSettings, context: StepContext, pairs: StageTable[Pair], rewritings: StageTable[Rewriting]
) -> Produced:
    """References in the student's own words, and as they are where the rewriting failed."""
    written = {rewriting.id: rewriting for rewriting in rewritings}
    direction = context.recipe.direction.direction
    for pair in pairs:
        rewriting = written[pair.id]
        fault = find_rewriting_fault(
            rewriting, pair, direction=direction, settings=settings.rewriting, identifier=context.identifier
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
