"""Several translations of each segment by a chat teacher, of which all are kept or the one that the others agree with.

The choice is minimum Bayes risk over the samples with chrF as utility; a student can be trained on it (Finkelstein
et al. 2023, arXiv 2309.10966) or on several outputs of one source (Wang et al. 2024, arXiv 2407.10456).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

from tutelage.core.languages import Direction
from tutelage.core.records import Pair, Rejection, Segment
from tutelage.core.stage import Stage, Work
from tutelage.labelling.inquiry import require_answers
from tutelage.labelling.roles.orders import find_order
from tutelage.labelling.roles.translation import TranslateRole
from tutelage.labelling.teachers import AskedTeacher
from tutelage.storage.stages import StageTable
from tutelage.teachers.calling.asking import ask, chunk_size
from tutelage.teachers.calling.tally import Tally
from tutelage.teachers.comparing.agreement import measure_agreement
from tutelage.teachers.plain_text import between_space_of
from tutelage.teachers.role import Answered

Kept = Literal["agreed", "all"]


class SampleTranslation(TranslateRole):
    """Translate one segment, otherwise each time."""

    def __init__(self, direction: Direction, *, temperature: float) -> None:
        super().__init__(direction)
        self.temperature = temperature


@dataclass(frozen=True, slots=True)
class Sampler:
    """Who translates, how often, and what is kept."""

    role: SampleTranslation
    teacher: AskedTeacher
    seed: int
    """Of the first sample; those of the others follow."""
    count: int
    kept: Kept

    def translate(self, segments: Iterable[Segment], *, tally: Tally) -> Iterator[Pair | Rejection]:
        """The kept translations of each segment, in their order; a rejection for each that has none.

        A segment that gives orders is rejected without being asked about. All samples are counted in the tally.
        """
        waiting = iter(segments)
        while chunk := list(islice(waiting, chunk_size(self.teacher.chat))):
            asked = [segment for segment in chunk if find_order(segment.text) is None]
            draws = [self._draw(asked, number, tally) for number in range(self.count)]
            outcomes = dict(zip((segment.id for segment in asked), zip(*draws, strict=True), strict=True))
            for segment in chunk:
                yield from self._keep(segment, outcomes.get(segment.id, ()))

    def _draw(self, segments: Sequence[Segment], number: int, tally: Tally) -> list[Answered | Rejection]:
        chat, ledger, seed = self.teacher.chat, self.teacher.ledger, self.seed + number
        return list(ask(self.role, segments, teacher=chat, ledger=ledger, seed=seed, ordered=True, tally=tally))

    def _keep(self, segment: Segment, outcomes: Sequence[Answered | Rejection]) -> Iterator[Pair | Rejection]:
        answers = [outcome for outcome in outcomes if isinstance(outcome, Answered)]
        if not answers:
            refused = next((outcome for outcome in outcomes if isinstance(outcome, Rejection)), None)
            yield refused or Rejection(segment.id, self.role.name, "source_gives_orders", raw=segment.text)
            return
        by_text = {between_space_of(segment.text, one.answer.translation): one for one in reversed(answers)}
        texts = [between_space_of(segment.text, one.answer.translation) for one in answers]
        chosen = list(dict.fromkeys(texts)) if self.kept == "all" else [texts[most_agreed(texts)]]
        for number, text in enumerate(chosen, start=1):
            yield self._pair(segment, text, by_text[text], number=number)

    def _pair(self, segment: Segment, text: str, answered: Answered, *, number: int) -> Pair:
        source = segment if number == 1 else replace(segment, id=f"{segment.id}#{number}")
        lang = self.role.direction.target
        target = Segment(source.id, text, lang, segment.document, answered.provenance)
        return Pair(source, target, answered.provenance)


def most_agreed(texts: Sequence[str]) -> int:
    """The place of the text whose mean chrF with the others is highest, the first of equals.

    Taken in both directions: with recall weighing more, as in chrF2, the text with words too many would win.
    """
    if len(texts) < 3:  # two agree with one another alike
        return 0
    totals = [
        sum(
            measure_agreement(text, other) + measure_agreement(other, text)
            for place, other in enumerate(texts)
            if place != own
        )
        for own, text in enumerate(texts)
    ]
    return max(range(len(texts)), key=lambda place: (round(totals[place], 9), -place))


@dataclass(frozen=True, slots=True)
class SampledInputs:
    """What is translated, and how."""

    segments: StageTable[Segment]
    sampler: Sampler


def sample_translations(inputs: SampledInputs, work: Work) -> Iterator[Pair | Rejection]:
    """What is kept of every segment's samples; TeacherError if nothing is."""
    work.progress.start(f"teacher translates, {inputs.sampler.count} times", total=inputs.segments.rows)
    done, tally = "", Tally()
    for outcome in require_answers(inputs.sampler.translate(inputs.segments, tally=tally)):
        own, _, _ = outcome.id.partition("#")
        work.progress.advance(own != done, **tally.figures)
        done = own
        yield outcome
    work.progress.finish()


SAMPLED = Stage("translations", 2, Pair, sample_translations)
