"""The stage `form`: the forms of feedback tried on a few segments of a run, so that the rest is asked in the best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from tutelage.core.records import Hypothesis, Pair, Segment
from tutelage.core.stage import ValuesStage, Work
from tutelage.corpora.normalising import short_hash
from tutelage.corpora.texts import Text
from tutelage.labelling.feedback.choice import FormTrial
from tutelage.labelling.feedback.trial import FormRoles, Panel, grade_by_references, grade_by_return, try_forms
from tutelage.labelling.teachers import AskedTeacher
from tutelage.storage.stages import StageTable
from tutelage.students.decoder import Decoder

MOST, LEAST = 50, 10
"""Segments that are tried: a twentieth of the pool, between these."""
PART = 20
MAX_WORDS = 60
"""Longer ones cost more than they tell."""
DRAWN_FROM = 20_000
"""Segments of the pool that the few are drawn from; the stage reads no more of it."""


@dataclass(frozen=True, slots=True)
class FormInputs:
    """What the forms are tried on, and who is asked."""

    pool: StageTable[Segment]
    dev: Text
    """Its references judge, if it is named and long enough; else a translation back judges on the pool."""
    student: Decoder
    roles: FormRoles
    teacher: AskedTeacher
    translator: AskedTeacher
    seed: int


def try_on_sample(inputs: FormInputs, work: Work) -> list[FormTrial]:
    """What came of each form."""
    panel = Panel(
        inputs.roles,
        inputs.teacher.chat,
        inputs.teacher.ledger,
        work.progress,
        seed=inputs.seed,
        translator=inputs.translator.chat,
    )
    wanted = sample_size(inputs.pool.rows)
    pairs = _drawn_pairs(inputs, wanted)
    segments = [pair.source for pair in pairs] if pairs else _drawn_segments(inputs, wanted)
    texts = inputs.student.translate(one.text for one in segments)
    hypotheses = [Hypothesis(one, text, inputs.student.signature) for one, text in zip(segments, texts, strict=True)]
    if pairs:
        grade = grade_by_references({pair.id: pair.target.text for pair in pairs})
    else:
        grade = grade_by_return(panel, {one.id: one.text for one in segments})
    return try_forms(hypotheses, panel=panel, grade=grade)


FORM = ValuesStage("form", 1, FormTrial, try_on_sample)


def sample_size(rows: int) -> int:
    """How many segments the forms are tried on, for a pool of so many."""
    return max(LEAST, min(MOST, rows // PART))


def _drawn_pairs(inputs: FormInputs, wanted: int) -> Sequence[Pair]:
    """Of the dev text; none if it has too few."""
    if not inputs.dev.is_named:
        return ()
    fit = [pair for pair in inputs.dev.pairs() if len(pair.source.text.split()) <= MAX_WORDS]
    drawn = sorted(fit, key=lambda pair: short_hash(str(inputs.seed), pair.id))[:wanted]
    return drawn if len(drawn) >= LEAST else ()


def _drawn_segments(inputs: FormInputs, wanted: int) -> Sequence[Segment]:
    fit = (one for one in islice(inputs.pool, DRAWN_FROM) if len(one.text.split()) <= MAX_WORDS)
    return sorted(fit, key=lambda one: short_hash(str(inputs.seed), one.id))[:wanted]
