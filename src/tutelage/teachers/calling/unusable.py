"""When nothing that a teacher says can be used: seen after a few dozen questions, told, and not remembered."""

from __future__ import annotations

import asyncio
import math
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Literal

from tutelage.core.errors import TeacherError
from tutelage.storage.ledger import Call
from tutelage.teachers.calling.ledger_queue import LedgerQueue
from tutelage.teachers.calling.words import show
from tutelage.teachers.chat import ChatTeacher

FEW_DOZEN = 24
"""Questions in a row without a usable answer that stop a run, if none was answered before."""
CHANCE = 1e-9
"""After usable answers, so many in a row stop it as would come by chance less often than this."""

Outcome = Literal["usable", "refused", "truncated", "unreadable"]
_NAMES: dict[Outcome, str] = {"truncated": "cut off at the token limit"}
_RESUME = "None of these is remembered: the same command asks them again. Everything else answered so far is kept."


@dataclass(slots=True)
class Case:
    """One question and what came of it."""

    keys: list[str] = field(default_factory=list)
    """Of its calls that gave no usable answer."""
    fresh: bool = False
    """Whether a call was sent for it now; what the ledger holds alone stops nothing."""
    outcome: Outcome | None = None
    """`None` while it is open."""
    text: str = ""


@dataclass(slots=True)
class UnusableAnswers:
    """Looks at the outcomes of one asking in the order in which questions began; belongs to one event loop.

    In the order in which they come, the unusable ones would seem to come in a row: they take a repair turn longer.
    """

    teacher: ChatTeacher
    queue: LedgerQueue
    max_tokens: int
    stopped: bool = False
    _begun: int = 0
    _usable: int = 0
    _judged: Counter[Outcome] = field(default_factory=Counter)
    """Outcomes of the cases before the row."""
    _open: deque[Case] = field(default_factory=deque)
    """From the first that has no outcome on."""
    _row: list[Case] = field(default_factory=list)
    """The latest cases before those, if all are without a usable answer."""
    _held: list[tuple[Call, str]] = field(default_factory=list)
    _waiting: list[asyncio.Future[None]] = field(default_factory=list)

    async def begin(self, *, wait: bool) -> Case:
        """A case for the next question; until an answer could be used, only a few dozen are begun if `wait`."""
        while wait and not self._usable and not self.stopped and self._begun >= FEW_DOZEN:
            waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(waiting)
            await waiting
        self._begun += 1
        self._open.append(Case())
        return self._open[-1]

    def hold(self, draft: Call, text: str) -> None:
        """Keep a refusal back until it is known that the server does not refuse everything."""
        self._held.append((draft, text))

    async def close_case(self, case: Case, outcome: Outcome, text: str = "") -> None:
        """What came of a question; TeacherError if there was no usable answer to too many in a row."""
        case.outcome, case.text = outcome, text
        if outcome == "usable":
            self._usable += 1
            self._let_in()
            await self._remember_refusals()
        elif self.stopped:  # it was in flight
            self.queue.set_aside(case.keys)
        elif not case.fresh:
            self._begun -= 1
            self._let_in()
        self._judge()

    @property
    def most_in_a_row(self) -> int:
        """Where the run stops; more for a teacher that often fails."""
        usable = self._judged["usable"]
        if not usable:
            return FEW_DOZEN
        share = (self._judged.total() - usable + 1) / (self._judged.total() + 2)
        return max(FEW_DOZEN, math.ceil(math.log(CHANCE) / math.log(share)))

    def stop(self) -> None:
        """No question begins any more; those that wait go on, to be stopped where they would be sent."""
        self.stopped = True
        self._let_in()

    async def close(self) -> None:
        """What is left of the refusals is remembered, unless they may have been of everything."""
        if self._usable and not self.stopped:
            await self._remember_refusals()

    def _judge(self) -> None:
        while not self.stopped and self._open and self._open[0].outcome:
            case = self._open.popleft()
            self._row.append(case)
            if case.outcome == "usable":
                self._judged.update(one.outcome for one in self._row if one.outcome)
                self._row.clear()
            elif case.fresh and len(self._row) >= self.most_in_a_row:
                error = self._error()
                for one in (*self._row, *self._open):
                    self.queue.set_aside(one.keys)
                self.stop()
                raise error

    def _let_in(self) -> None:
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            if not one.done():
                one.set_result(None)

    async def _remember_refusals(self) -> None:
        held, self._held = self._held, []
        for draft, text in held:
            await self.queue.record_refused(draft, text, settles=None)

    def _error(self) -> TeacherError:
        counts = Counter(one.outcome for one in self._row if one.outcome)
        told = ", ".join(f"{count} {_NAMES.get(outcome, outcome)}" for outcome, count in counts.most_common())
        last = show(self._row[-1].text) or "(nothing)"
        what = f"{len(self._row)} questions in a row got no usable answer ({told}). The last one: {last}"
        return TeacherError(
            what, where=self.teacher.where, fix=f"{self._advise(counts.most_common(1)[0][0])} {_RESUME}"
        )

    def _advise(self, outcome: Outcome) -> str:
        settings = self.teacher.settings
        if outcome == "refused":
            return f"Check model = '{settings.model}' and the settings of the teacher's table."
        if outcome == "truncated":
            thinking = max(known.dialect.thinking_tokens for known in self.teacher.dialects.values())
            limit = f"max_tokens = {self.max_tokens}" + (f" and {thinking} for thinking" if thinking else "")
            return (
                f"The limit was {limit}: raise it in the teacher's table (a model that thinks first needs thousands)."
            )
        return f"Check that '{settings.model}' is a chat model that can write JSON, and try structured = false or true."
