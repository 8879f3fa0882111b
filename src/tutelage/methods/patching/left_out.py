"""The check `left_out`: what people wrote is learned without some documents, and these are translated, in turn.

A memory of one or two thousand segments can make a student worse (it learns names and habits of single documents), and
with a memory alone there is no other text to tell by. Its documents are laid into parts; for each part a student learns
from the others, so that every segment is translated by a student that has not seen its document. What all of these
translations are worth, beside those of the student that came in, is the test set `left_out`, which a gate's rule names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tutelage.core.counts import counted
from tutelage.core.errors import CorpusError
from tutelage.core.records import Example, Hypothesis, Pair, Segment
from tutelage.core.stage import Stage, Work
from tutelage.corpora.normalising import short_hash
from tutelage.evaluation.figures import format_change
from tutelage.methods.patching.rounds import Round
from tutelage.stages.evidence import step_scorer
from tutelage.stages.outcome import OwnEvidence
from tutelage.stages.student import student_stage
from tutelage.stages.translations import hypotheses_stage
from tutelage.storage.stages import StageFolder, StageTable

TEST = "left_out"
MEASURE = "chrf"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What the check came to."""

    evidence: OwnEvidence
    decision: str
    """A sentence for the report."""


@dataclass(frozen=True, slots=True)
class PartInputs:
    """The pool, what was made of it, and which of how many parts is left out."""

    pool: StageTable[Segment]
    examples: StageTable[Example]
    parts: int
    part: int


def list_left_out(inputs: PartInputs, _: Work) -> Iterator[Segment]:
    """The segments of the part."""
    parts = part_documents(inputs.pool, inputs.parts)
    return (segment for segment in inputs.pool if parts[segment.document] == inputs.part)


def list_others(inputs: PartInputs, _: Work) -> Iterator[Example]:
    """The examples that come from the other parts, and from no segment that is left out."""
    parts = part_documents(inputs.pool, inputs.parts)
    left = {segment.id for segment in inputs.pool if parts[segment.document] == inputs.part}
    return (example for example in inputs.examples if not left.intersection(example.provenance.parents[:1]))


SEGMENTS = Stage("left_out_segments", 1, Segment, list_left_out)
OTHERS = Stage("left_out_examples", 1, Example, list_others)


def part_documents(segments: Iterable[Segment], parts: int) -> dict[str, int]:
    """Each document's part, from 0: the longest first into the shortest part, so that parts are of about one size."""
    sizes = Counter(segment.document for segment in segments)
    filled = [0] * parts
    placed: dict[str, int] = {}
    for document, size in sorted(sizes.items(), key=lambda item: (-item[1], short_hash(item[0]))):
        part = filled.index(min(filled))
        filled[part] += size
        placed[document] = part
    return placed


def check_left_out(
    work: Round, pool: StageTable[Segment], examples: StageTable[Example], pairs: Sequence[Pair]
) -> LeftOut:
    """Train and translate for each part; CorpusError if all the text is one document."""
    documents = len({segment.document for segment in pool})
    parts = min(work.settings.leave_out or 0, documents)
    if parts < 2:
        raise CorpusError(
            "all of text.post_edits is one document, so none can be left out.",
            where="step.leave_out",
            fix="Give a column `document`, several files, or no leave_out.",
        )
    folder = work.context.folder.inner(TEST)
    before = hypotheses_stage(work.context, pool, student=work.student, folder=folder)
    after: dict[str, str] = {}
    for part in range(parts):
        inner = folder.inner(f"part-{part + 1}")
        after |= _outputs(_translate_part(work, PartInputs(pool, examples, parts, part), inner))
    evidence = _compare(work, pairs, _outputs(before), after)
    change = next(one for one in evidence.comparisons if one.name == MEASURE)
    told = (
        f"leave_out: {counted(documents, 'document')} in {counted(parts, 'part')}, each translated by a student that "
        "learned from the others"
    )
    return LeftOut(evidence, f"{told}: {format_change(change)}")


def _translate_part(work: Round, inputs: PartInputs, folder: StageFolder) -> StageTable[Hypothesis]:
    """What a student that has not seen the part makes of it."""
    segments, others = folder.make(SEGMENTS.named("pool"), inputs), folder.make(OTHERS.named("examples"), inputs)
    if not others.rows:  # nothing else was learned: the student is the one that came in
        return hypotheses_stage(work.context, segments, student=work.student, folder=folder)
    train, corrections = work.settings.train, work.settings.corrections
    student: Path = student_stage(
        work.context, others, train=train, folder=folder, student=work.student, corrections=corrections
    )
    return hypotheses_stage(work.context, segments, student=student, folder=folder)


def _compare(work: Round, pairs: Sequence[Pair], before: Mapping[str, str], after: Mapping[str, str]) -> OwnEvidence:
    context = work.context
    scorer = step_scorer(context, pairs, test=TEST)
    measured = [scorer.measure(outputs) for outputs in (before, after)]
    signature = context.signature(work.student)
    signatures = (signature, f"{signature}|{work.settings.leave_out} parts")
    systems = tuple(
        scorer.score(one, system=name, system_signature=signed)
        for one, name, signed in zip(measured, ("before", "after"), signatures, strict=True)
    )
    return OwnEvidence(systems, scorer.compare(measured[0], after=measured[1]))


def _outputs(table: StageTable[Hypothesis]) -> dict[str, str]:
    return {one.id: one.text for one in table}
