"""A chat teacher as a paraphrase teacher: one style of asking, one answer or several samples for each segment."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from tutelage.core.records import Paraphrases, Rejection, Segment
from tutelage.methods.paraphrase.role import WriteParaphrases, usable_texts
from tutelage.methods.paraphrase.settings import Style
from tutelage.storage.ledger import Ledger
from tutelage.teachers.calling.asking import ask
from tutelage.teachers.chat import ChatTeacher
from tutelage.teachers.role import Answered

CHUNK = 64
"""Segments whose samples are drawn before the next ones are asked about, unless more calls can be in flight."""

Outcome = Answered | Rejection


class ChatParaphraser:
    """A paraphrase teacher that is a chat model, asked in one style."""

    def __init__(self, teacher: ChatTeacher, *, ledger: Ledger, lang: str, style: Style, seed: int) -> None:
        self._teacher, self._ledger, self._lang, self._style, self._seed = teacher, ledger, lang, style, seed
        self._finished: dict[str, float] = {}
        self.figures: dict[str, float] = {}
        """Rejections, tokens and money so far, for progress."""

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
        waiting, most = iter(segments), max(CHUNK, self._teacher.settings.most_in_flight)
        while chunk := list(islice(waiting, most)):
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
        asking = ask(role, _noted(segments, asked), teacher=self._teacher, ledger=self._ledger, seed=seed, ordered=True)
        for outcome in asking:
            self.figures = {name: value + self._finished.get(name, 0.0) for name, value in asking.figures.items()}
            yield asked.popleft(), outcome
        self._finished = dict(self.figures)


def _noted(segments: Iterable[Segment], asked: deque[Segment]) -> Iterator[Segment]:
    for segment in segments:
        asked.append(segment)
        yield segment


def _joined(segment: Segment, outcomes: Sequence[Outcome], *, count: int) -> Paraphrases | Rejection:
    """The texts of all answers, each once; the first rejection where there is no answer."""
    answers = [outcome for outcome in outcomes if isinstance(outcome, Answered)]
    if not answers:
        return next(outcome for outcome in outcomes if isinstance(outcome, Rejection))
    texts = dict.fromkeys(text for answered in answers for text in usable_texts(answered.answer))
    return Paraphrases(segment, tuple(texts)[:count], answers[0].provenance)
