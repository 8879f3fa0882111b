"""The stages in which people are the teacher: their post-edits, and the drafts that they made them of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from tutelage.core.errors import CorpusError
from tutelage.core.records import Hypothesis, Pair, Provenance, Rejection, Segment
from tutelage.core.stage import Stage, Work
from tutelage.corpora.filters import TextFilter
from tutelage.corpora.held_back import HeldBack
from tutelage.corpora.normalising import short_hash
from tutelage.corpora.texts import Text
from tutelage.stages.context import StepContext
from tutelage.stages.rejections import tell_rejections
from tutelage.storage.stages import StageTable
from tutelage.students.decoder import Decoder
from tutelage.teachers.comparing.reference_guided import EDIT

PEOPLE = "people"
"""The teacher of a post-edit."""
GIVEN = "given"
"""The student of a draft that came with its post-edit: whose it was is not known."""


@dataclass(frozen=True, slots=True)
class PostEditsInputs:
    """What people wrote, and what must not be trained on."""

    text: Text
    drafts: Text
    held_back: HeldBack
    filters: TextFilter | None
    """`None` keeps every pair."""


def sift_post_edits(inputs: PostEditsInputs, work: Work) -> Iterator[Pair | Rejection]:
    """The pairs that are fit to be trained on, each with its draft if there is one."""
    bad_lines: list[Rejection] = []
    drafts = _read_drafts(inputs.drafts)
    pairs = (
        _post_edit(pair, drafts)
        for pair in inputs.text.pairs(bad_line=lambda bad: bad_lines.append(bad.rejection(POST_EDITS.name)))
    )
    held_text = inputs.held_back.read(stage=POST_EDITS.name)
    if inputs.filters is None:
        yield from held_text.sift(pairs)
    else:
        yield from inputs.filters.pairs(pairs, without=held_text, runner=work.runner)
    yield from bad_lines


POST_EDITS = Stage("post_edits", 1, Pair, sift_post_edits)


@dataclass(frozen=True, slots=True)
class PostEditedInputs:
    """Post-edits, all or those of the segments."""

    post_edits: StageTable[Pair]
    segments: StageTable[Segment] | None = None


def list_sources(inputs: PostEditedInputs, _: Work) -> Iterator[Segment]:
    """Their sources, which take the place of the pool."""
    return (pair.source for pair in inputs.post_edits)


def list_pairs(inputs: PostEditedInputs, _: Work) -> Iterator[Pair]:
    """The post-edits of the segments, in their order."""
    return (pair for _, pair in _joined(inputs.segments or (), inputs.post_edits))


SOURCES = Stage("pool", 1, Segment, list_sources)
PAIRS = Stage("translations", 1, Pair, list_pairs)


@dataclass(frozen=True, slots=True)
class DraftsInputs:
    """The segments, what people made of them, and the student that translates those without a draft."""

    segments: StageTable[Segment]
    post_edits: StageTable[Pair]
    student: Decoder


def list_drafts(inputs: DraftsInputs, work: Work) -> Iterator[Hypothesis]:
    """The draft of each segment: the one that came with it, or what the student makes of it now."""
    work.progress.start("drafts", total=inputs.segments.rows)
    work.progress.advance(len(work.done))
    outputs: Iterator[str] | None = None
    for segment, pair in _todo(inputs, work):
        if pair.draft is None:
            outputs = outputs or inputs.student.translate(_undrafted(inputs, work))
            yield Hypothesis(segment, next(outputs), inputs.student.signature)
        else:
            yield Hypothesis(segment, pair.draft, GIVEN)
        work.progress.advance()
    work.progress.finish()


DRAFTS = Stage("drafts", 1, Hypothesis, list_drafts, resumes=True, file="hypotheses")


def post_edits_stage(context: StepContext, *, filters: TextFilter | None) -> StageTable[Pair]:
    """What people wrote; CorpusError if nothing of it can be used."""
    texts = context.texts
    inputs = PostEditsInputs(texts.text("post_edits"), texts.text("drafts"), context.held_back, filters)
    table = context.folder.make(POST_EDITS, inputs)
    if table.rows == 0:
        raise CorpusError(
            f"no post-edit can be used.{tell_rejections(table.rejections())}",
            where="text.post_edits",
            fix="Look at post_edits.rejected.parquet for the reasons, or give more text.",
        )
    return table


def _read_drafts(text: Text) -> dict[int, str]:
    """Drafts by a hash of their source, the first of several."""
    if not text.is_named:
        return {}
    drafts: dict[int, str] = {}
    for pair in text.pairs():
        drafts.setdefault(short_hash(pair.source.text.strip()), pair.target.text)
    return drafts


def _post_edit(pair: Pair, drafts: dict[int, str]) -> Pair:
    """With its draft, and with people as its teacher."""
    draft = drafts.get(short_hash(pair.source.text.strip())) if pair.draft is None else pair.draft
    provenance = Provenance(
        origin=pair.provenance.origin, parents=(pair.id,), role=EDIT if draft is not None else "", teacher=PEOPLE
    )
    return replace(pair, provenance=provenance, draft=draft)


def _joined(segments: Iterable[Segment], pairs: Iterable[Pair]) -> Iterator[tuple[Segment, Pair]]:
    """Each segment with the pair of its id; both in one order, so that memory is flat."""
    following = iter(pairs)
    for segment in segments:
        for pair in following:
            if pair.id == segment.id:
                yield segment, pair
                break


def _todo(inputs: DraftsInputs, work: Work) -> Iterator[tuple[Segment, Pair]]:
    return (one for one in _joined(inputs.segments, inputs.post_edits) if one[0].id not in work.done)


def _undrafted(inputs: DraftsInputs, work: Work) -> Iterator[str]:
    return (segment.text for segment, pair in _todo(inputs, work) if pair.draft is None)
