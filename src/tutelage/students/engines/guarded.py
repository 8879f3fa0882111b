"""An engine whose texts are cut into pieces, protected and compared, many at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import Any

from tutelage.core.decoding import Decoding
from tutelage.core.glossary.keeping import TermKeeping
from tutelage.core.protection.placement import PLACING
from tutelage.core.protection.spans import Protection
from tutelage.core.protection.translation import Guard, Rounds, Translated, translate_guarded
from tutelage.core.protocols import Engine, Scored, StudentInput
from tutelage.students.batching import windows
from tutelage.students.diversity import part_control_words
from tutelage.students.kinds.kind import AnyStudent

AGAIN = 256
"""Texts that wait to be decoded again before they are: together they are fast."""
LANGUAGE_TOKENS = 16
"""Room for what a student puts around a text."""
HELD = 2048
"""Texts that are held back at most for one of them."""


def guard_of(
    student: AnyStudent, protection: Protection | None, terms: TermKeeping | None = None, *, aligns: bool = False
) -> Guard:
    """How texts come through a student; `aligns` says whether its engine tells what it looks at."""
    return Guard(
        student.protect(protection),
        student.mask_form,
        masks_first=student.masks_first,
        lang=student.direction.source,
        longest=student.piece_words,
        fits=_Fits(student, student.max_tokens),
        fills=terms if terms is not None and terms.fills else None,
        placing=PLACING if aligns else None,
        instructed=student.direction.is_paraphrase,
    )


@dataclass(frozen=True, slots=True)
class _Fits:
    """Whether a student reads a whole text; no token is shorter than a byte."""

    student: AnyStudent
    max_tokens: int

    def __call__(self, text: str) -> bool:
        return (
            len(text.encode()) + LANGUAGE_TOKENS <= self.max_tokens or self.student.count_tokens(text) < self.max_tokens
        )


def _rounds(text: str, guard: Guard) -> Rounds:
    """The rounds of a text; control words that it opens with stand before each of its pieces."""
    words, source = part_control_words(text, instructed=guard.instructed)
    if not words:
        return (yield from translate_guarded(text, guard))
    work = translate_guarded(source, replace(guard, placing=None))  # the words would move what is aligned
    answers: Sequence[Scored] | None = None
    while True:
        try:
            asked = next(work) if answers is None else work.send(answers)
        except StopIteration as done:
            outcome: Translated = done.value
            return outcome
        answers = yield [replace(one, text=words + one.text) for one in asked]


@dataclass(slots=True)
class _Work:
    """One text on its way: what the model is still to be asked, and what came of it."""

    rounds: Rounds
    asked: list[StudentInput]
    answers: list[Scored]
    outcome: Translated | None = None
    again: bool = False
    log_probability: float | None = 0.0
    """Of all answers, each as often as it has characters; `None` if one of them came without."""
    characters: int = 0

    @classmethod
    def begun(cls, text: str, guard: Guard) -> _Work:
        work = cls(_rounds(text, guard), [], [])
        work.go_on(None)
        return work

    def take(self, answer: Scored) -> None:
        """The next answer; goes on when it was the last that was wanted."""
        self.answers.append(answer)
        self._weigh(answer)
        if len(self.answers) == len(self.asked):
            self.go_on(self.answers)

    def go_on(self, answers: list[Scored] | None) -> None:
        self.again = answers is not None
        try:
            self.asked = next(self.rounds) if answers is None else self.rounds.send(answers)
            self.answers = []
        except StopIteration as done:
            sure = self.log_probability if self.characters else None
            mean = None if sure is None else sure / self.characters
            self.asked, self.outcome = [], replace(done.value, log_probability=mean)

    def _weigh(self, answer: Scored) -> None:
        if answer.log_probability is None or self.log_probability is None:
            self.log_probability = None
        else:
            self.log_probability += answer.log_probability * (len(answer.text) + 1)
        self.characters += len(answer.text) + 1


class GuardedEngine:
    """An `Engine` around another one."""

    def __init__(self, engine: Engine, guard: Guard) -> None:
        self.inner, self.guard = engine, guard

    @property
    def signature(self) -> str:
        """Of the engine, and of what is done to its texts."""
        return f"{self.inner.signature}|{self.guard.signature}"

    def guarded(self, protection: Protection) -> GuardedEngine:
        """The same engine for texts of which more is known; it stays unprotected if it is."""
        if self.guard.protection is None:
            return self
        protection = replace(protection, alphabet=self.guard.protection.alphabet)
        return GuardedEngine(self.inner, replace(self.guard, protection=protection))

    def translate(self, sources: Iterable[str], *, decoding: Decoding) -> Iterator[str]:
        """One output for each source, in their order, streaming."""
        return (outcome.text for outcome in self.translate_whole(sources, decoding=decoding))

    def translate_whole(
        self, sources: Iterable[str], *, decoding: Decoding, scored: bool = False
    ) -> Iterator[Translated]:
        """The same with what each output has lost of its source and, `scored`, how sure the student was of it."""
        begun, held = deque[_Work](), deque[_Work]()
        broken: list[_Work] = []
        for answer in self._ask(self._first_stretches(sources, begun), decoding, scored):
            _move_done(begun, held, broken)
            begun[0].take(answer)
            _move_done(begun, held, broken)
            if len(broken) >= AGAIN or len(held) >= HELD:
                self._ask_again(broken, decoding, scored)
            yield from _finished(held)
        _move_done(begun, held, broken)
        self._ask_again(broken, decoding, scored)
        yield from _finished(held)

    def translate_several(self, sources: Iterable[str], *, decoding: Decoding) -> Iterator[tuple[str, ...]]:
        """`decoding.outputs` outputs for each source, in the sources' order, streaming; a beam's likeliest first."""
        several = self.translate_several_whole(sources, decoding=decoding)
        return (tuple(outcome.text for outcome in outcomes) for outcomes in several)

    def translate_several_whole(
        self, sources: Iterable[str], *, decoding: Decoding, scored: bool = False
    ) -> Iterator[tuple[Translated, ...]]:
        """The same with what each output has lost of its source and, `scored`, how sure the student was of it."""
        for window in windows(sources, decoding.window_sources or HELD):
            groups = [[_Work.begun(source, self.guard) for _ in range(decoding.outputs)] for source in window]
            while asking := [group for group in groups if any(work.asked for work in group)]:
                wanted = [list(dict.fromkeys(one for work in group for one in work.asked)) for group in asking]
                several = self._ask_several(chain.from_iterable(wanted), decoding, scored)
                for group, stretches in zip(asking, wanted, strict=True):
                    _share_out({one: next(several) for one in stretches}, group)
            yield from (tuple(work.outcome for work in group if work.outcome) for group in groups)

    def mean_log_probabilities(
        self, sources: Sequence[str], texts: Sequence[str], *, decoding: Decoding
    ) -> list[float] | None:
        """Of each text as a translation of its source, as they stand: the mean of a token; `None` if it is not told."""
        return tell_log_probabilities(self.inner, sources, texts, decoding=decoding)

    def _first_stretches(self, sources: Iterable[str], begun: deque[_Work]) -> Iterator[StudentInput]:
        for source in sources:
            work = _Work.begun(source, self.guard)
            begun.append(work)
            yield from work.asked

    def _ask(self, stretches: Iterable[StudentInput], decoding: Decoding, scored: bool) -> Iterator[Scored]:
        if tell := self._aligning(scored):
            return (one for (one,) in tell(stretches, decoding=replace(decoding, outputs=1)))
        texts = (one.text for one in stretches)
        if scored and (tell := _scorer(self.inner)):
            return (one for (one,) in tell(texts, decoding=decoding))
        return map(Scored, self.inner.translate(texts, decoding=decoding))

    def _ask_several(
        self, stretches: Iterable[StudentInput], decoding: Decoding, scored: bool
    ) -> Iterator[tuple[Scored, ...]]:
        texts = (one.text for one in stretches)
        found: Iterator[tuple[Scored, ...]]
        if tell := self._aligning(scored):
            found = tell(stretches, decoding=decoding)
        elif scored and (tell := _scorer(self.inner)):
            found = tell(texts, decoding=decoding)
        else:
            found = (tuple(map(Scored, one)) for one in self.inner.translate_several(texts, decoding=decoding))
        return found

    def _aligning(self, scored: bool) -> Any:
        """What of an `AligningEngine` is asked if the guard wants alignments; else `None`."""
        engine: Any = self.inner
        return partial(engine.translate_stretches, scored=scored) if self.guard.placing else None

    def _ask_again(self, broken: list[_Work], decoding: Decoding, scored: bool) -> None:
        """Works through the further rounds of all texts that have some, and leaves none."""
        while broken:
            answers = self._ask([one for work in broken for one in work.asked], decoding, scored)
            for work in broken:
                for _ in work.asked:
                    work.take(next(answers))
            broken[:] = [work for work in broken if work.asked]


def _scorer(engine: Engine) -> Any:
    """What of a `ScoringEngine` tells scores; `None` for an engine that tells none."""
    return getattr(engine, "translate_scored", None)


def tell_log_probabilities(
    engine: Engine, sources: Sequence[str], texts: Sequence[str], *, decoding: Decoding
) -> list[float] | None:
    """What an engine says of texts that it did not write; `None` if it says nothing."""
    tell = getattr(engine, "mean_log_probabilities", None)
    found: list[float] | None = None if tell is None else tell(sources, texts, decoding=decoding)
    return found


def _move_done(begun: deque[_Work], held: deque[_Work], broken: list[_Work]) -> None:
    """Texts whose first stretches are all answered, or that had none."""
    while begun and (begun[0].again or begun[0].outcome is not None):
        held.append(begun.popleft())
        if held[-1].asked:
            broken.append(held[-1])


def _finished(held: deque[_Work]) -> Iterator[Translated]:
    while held and held[0].outcome is not None:
        yield held[0].outcome
        held.popleft()


def _share_out(found: dict[StudentInput, tuple[Scored, ...]], group: Sequence[_Work]) -> None:
    for number, work in enumerate(group):
        for stretch in work.asked:
            work.take(found[stretch][number])
