"""What a refusal or a cut answer teaches about an endpoint's dialect (pure but for the memory that it is given)."""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass, replace

from tutelage.storage.ledger import Call
from tutelage.teachers.addresses import shown_address
from tutelage.teachers.calling.failures import Failure
from tutelage.teachers.calling.statuses import TRUNCATED
from tutelage.teachers.chat import ChatTeacher
from tutelage.teachers.dialects import Dialect
from tutelage.teachers.messages import ChatAnswer, ChatRequest

MOST_TRIALS = 3
"""Questions that are asked once more in words, if that is in vain."""
_log = logging.getLogger("tutelage.teachers")


class Adaptation:
    """The dialect of one endpoint, as it is learned while questions are asked."""

    def __init__(self, teacher: ChatTeacher, url: str) -> None:
        self._known, self._url = teacher.dialects[url], url
        self._doubt: Failure | None = None
        self._vain_trials = 0

    def dialect(self, *, in_words: bool = False) -> Dialect:
        """How to ask now; `in_words` tries it without structured output, which was not proved to be the fault."""
        dialect = self._known.dialect
        return replace(dialect, structured=False) if in_words and not self._known.is_proved else dialect

    def take_answer(self, answer: ChatAnswer, request: ChatRequest, sent: Dialect) -> bool:
        """Learns from an answer; whether the question is to be asked again, with more room to think."""
        if request.schema and sent.structured:
            self._known.is_proved = True
        elif request.schema and not self._known.is_proved:
            self._learn(sent)
        more = sent.with_more_thinking() if answer.truncated and answer.thought else None
        if more is None:
            return False
        self._learn(replace(more, structured=self._known.dialect.structured))
        return True

    def take_refusal(self, failure: Failure, sent: Dialect) -> bool:
        """Learns from a refusal; whether the question is to be asked again, in another way."""
        if not _may_be_of_dialect(failure):
            return False
        found = sent.without(failure.said)
        if failure.subject == "item" and found.thinking == sent.thinking:
            return False  # the text is too long, or not liked
        if found == sent or (failure.status == 500 and found.stream != sent.stream):
            return False
        self._learn(found if found.structured != sent.structured else replace(found, structured=self._structured))
        return True

    def may_try_words(self, failure: Failure, sent: Dialect) -> bool:
        """Whether a refusal in whatever wording might mean the schema: none was ever taken here."""
        unexplained = _may_be_of_dialect(failure) and failure.subject in {"parameter", "unknown"}
        untried = not self._known.is_proved and self._vain_trials < MOST_TRIALS
        return sent.structured and untried and unexplained

    def end_trial(self) -> None:
        """Asking in words was refused too."""
        self._vain_trials += 1

    def doubt(self, failure: Failure) -> None:
        """Let the next question be asked in words, to see whether this failure means the schema."""
        self._doubt = failure

    def take_doubt(self) -> Failure | None:
        """The failure in doubt, if there is one, once."""
        doubt, self._doubt = self._doubt, None
        return doubt if doubt is not None and self.may_try_words(doubt, self._known.dialect) else None

    @property
    def _structured(self) -> bool:
        return self._known.dialect.structured

    def _learn(self, dialect: Dialect) -> None:
        if news := self._known.learn(dialect):
            _log.warning("teacher %s: %s.", shown_address(self._url), news)


@dataclass(frozen=True, slots=True)
class Granted:
    """A request, and its draft, with the room to think that a dialect grants, reserved like the rest."""

    request: ChatRequest
    draft: Call

    @classmethod
    def to(cls, request: ChatRequest, draft: Call, *, teacher: ChatTeacher, dialect: Dialect) -> Granted:
        """The same, unless the model is known to think."""
        more = dialect.thinking_tokens
        if not more:
            return cls(request, draft)
        asked = replace(request, max_tokens=request.max_tokens + more)
        worst = replace(draft, worst_tokens=draft.worst_tokens + more, worst_cost=teacher.worst_cost(asked))
        return cls(asked, worst)


def cut_while_thinking(call: Call) -> Call:
    """The call as it is kept, paid for and not found again: its question is asked once more."""
    return replace(call, key=f"{call.key}:cut:{uuid.uuid4().hex}", status=TRUNCATED)


def _may_be_of_dialect(failure: Failure) -> bool:
    """Whether another way of asking might be taken: the question was refused, and for no reason known to be other."""
    refused = failure.kind in {"refused", "barred"} or failure.status in {500, 501} or failure.foreign
    return refused and failure.status is not None and failure.subject not in {"key", "account", "page"}
