"""Paraphrases of teachers: a chat model asked in a style, or a sentence translated there and back."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from tutelage.core.errors import BudgetError, TeacherError
from tutelage.core.protocols import ParaphraseTeacher, Progress
from tutelage.core.records import Paraphrases, Rejection, Segment
from tutelage.core.stage import Stage, Work
from tutelage.labelling.inquiry import require_answers
from tutelage.labelling.roles.paraphrases import Style, WriteParaphrases, usable_texts
from tutelage.labelling.teachers import AskedTeacher, Translator
from tutelage.storage.ledger import Ledger
from tutelage.storage.stages import StageTable
from tutelage.teachers.calling.asking import ask, chunk_size
from tutelage.teachers.calling.tally import Tally
from tutelage.teachers.chat import ChatTeacher
from tutelage.teachers.engines.round_trip import RoundTripTeacher
from tutelage.teachers.role import Answered

Outcome = Answered | Rejection


@dataclass(frozen=True, slots=True)
class AskedStyle:
    """A chat teacher of the recipe in one style, as a stage reads it."""

    teacher: AskedTeacher
    style: Style
    lang: str
    seed: int

    @property
    def signature(self) -> str:
        """Teacher and question, and the seed if answers are sampled; how many are asked for is not told."""
        role = WriteParaphrases(self.lang, style=self.style, count=1)
        return f"{self.teacher.signature}/{role.signature}" + (f",s{self.seed}" if role.temperature else "")

    def open(self) -> ParaphraseTeacher:
        """The teacher, its server started if it runs here."""
        chat, ledger = self.teacher.chat, self.teacher.ledger
        return ChatParaphraser(chat, ledger=ledger, lang=self.lang, style=self.style, seed=self.seed)


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """Translation into another language and back, as a stage reads it."""

    there: Translator
    back: Translator

    def open(self) -> ParaphraseTeacher:
        """The teacher, its server started if it runs here."""
        way = self.there.direction
        return RoundTripTeacher(self.there.open(), self.back.open(), lang=way.source, via=way.target)


Paraphrasers = tuple[AskedStyle | RoundTrip, ...]
"""All that segments are paraphrased by, one after the other."""


@dataclass(frozen=True, slots=True)
class ParaphrasesInputs:
    """What is paraphrased, by whom and how, and how often in each style."""

    segments: StageTable[Segment]
    asked: Paraphrasers
    count: int


def ask_for_paraphrases(inputs: ParaphrasesInputs, work: Work) -> Iterator[Paraphrases | Rejection]:
    """One row for each segment and style that was answered; TeacherError if none was."""
    segments = inputs.segments
    outcomes = paraphrase_all(
        segments, asked=inputs.asked, count=inputs.count, progress=work.progress, total=segments.rows
    )
    return require_answers(outcomes)


PARAPHRASES = Stage("paraphrases", 2, Paraphrases, ask_for_paraphrases)


def paraphrase_all(
    segments: Iterable[Segment], *, asked: Paraphrasers, count: int, progress: Progress, total: int | None
) -> Iterator[Paraphrases | Rejection]:
    """What each teacher makes of the segments, which are iterated for each of them; a teacher is opened when met."""
    for one in asked:
        teacher = one.open()
        progress.start("teacher paraphrases", total=total)
        try:
            for outcome in teacher.paraphrase(segments, count=count):
                yield outcome
                progress.advance(1, **getattr(teacher, "figures", {}))
        except (TeacherError, BudgetError):
            progress.finish("stopped")
            raise
        progress.finish()


class ChatParaphraser:
    """A paraphrase teacher that is a chat model, asked in one style."""

    def __init__(self, teacher: ChatTeacher, *, ledger: Ledger, lang: str, style: Style, seed: int) -> None:
        self._teacher, self._ledger, self._lang, self._style, self._seed = teacher, ledger, lang, style, seed
        self._tally = Tally()

    @property
    def figures(self) -> dict[str, float]:
        """Rejections, tokens and money so far, for progress."""
        return self._tally.figures

    @property
    def signature(self) -> str:
        """The model, the prompt, and the seed where it is sampled."""
        role = self._role(1)
        return f"{self._teacher.signature}/{role.prompt_version}" + (f",s{self._seed}" if role.temperature else "")

    def paraphrase(self, segments: Iterable[Segment], *, count: int) -> Iterator[Paraphrases | Rejection]:
        """Up to `count` paraphrases or a rejection for each segment, in their order; every call passes the ledger.

        Samples are separate calls whose seeds follow one another; a segment is rejected when all its samples are.
        """
        role = self._role(count)
        if role.temperature == 0:
            for segment, outcome in self._ask(role, segments, seed=self._seed):
                yield _joined(segment, (outcome,), count=count)
            return
        waiting = iter(segments)
        while chunk := list(islice(waiting, chunk_size(self._teacher))):
            draws = [list(self._ask(role, chunk, seed=self._seed + draw)) for draw in range(count)]
            for segment, *drawn in zip(chunk, *draws, strict=True):
                yield _joined(segment, [outcome for _, outcome in drawn], count=count)

    def _role(self, count: int) -> WriteParaphrases:
        return WriteParaphrases(self._lang, style=self._style, count=count)

    def _ask(
        self, role: WriteParaphrases, segments: Iterable[Segment], *, seed: int
    ) -> Iterator[tuple[Segment, Outcome]]:
        """Every segment with its outcome, streaming."""
        asked: deque[Segment] = deque()
        for outcome in ask(
            role, _noted(segments, asked), teacher=self._teacher, ledger=self._ledger, seed=seed, ordered=True,
            tally=self._tally,
        ):  # fmt: skip
            yield asked.popleft(), outcome


def _noted(segments: Iterable[Segment], asked: deque[Segment]) -> Iterator[Segment]:
    for segment in segments:
        asked.append(segment)
        yield segment


def _joined(segment: Segment, outcomes: Sequence[Outcome], *, count: int) -> Paraphrases | Rejection:
    """The texts of all answers, each once; the first rejection if there is no answer."""
    answers = [outcome for outcome in outcomes if isinstance(outcome, Answered)]
    if not answers:
        return next(outcome for outcome in outcomes if isinstance(outcome, Rejection))
    texts = dict.fromkeys(text for answered in answers for text in usable_texts(answered.answer))
    return Paraphrases(segment, tuple(texts)[:count], answers[0].provenance)
