"""A chat teacher in the role *translate*, so that a large model can take the place of a translation engine."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from tutelage.core.glossary.glossary import Glossary
from tutelage.core.languages import Direction
from tutelage.core.records import Pair, Provenance, Rejection, Segment
from tutelage.labelling.groups import GroupAsking
from tutelage.labelling.roles.orders import find_order
from tutelage.labelling.roles.translation import PROMPT, PROMPT_MANY, TranslateRole
from tutelage.storage.ledger import Ledger
from tutelage.teachers.calling.asking import ask
from tutelage.teachers.chat import ChatTeacher
from tutelage.teachers.plain_text import between_space_of
from tutelage.teachers.role import Answered


class ChatTranslator:
    """A translation teacher that is a chat model."""

    def __init__(
        self,
        teacher: ChatTeacher,
        *,
        ledger: Ledger,
        max_tokens: int = 1024,
        segments_per_call: int = 1,
        glossary: Glossary | None = None,
    ) -> None:
        """With a glossary it is told the terms of each segment."""
        self._glossary = glossary
        self._teacher, self._ledger, self._max_tokens = teacher, ledger, max_tokens
        self._segments_per_call = segments_per_call
        self.figures: dict[str, float] = {}
        """Rejections, tokens and money of the translation that runs, for progress."""

    @property
    def signature(self) -> str:
        """The model and the prompts."""
        many = f"+{PROMPT_MANY}" if self._segments_per_call > 1 else ""
        terms = "" if self._glossary is None else f"+{self._glossary}"
        return f"{self._teacher.signature}/{PROMPT}{many}{terms}"

    def translate(self, segments: Iterable[Segment], *, direction: Direction) -> Iterator[Pair | Rejection]:
        """One pair or rejection for each segment, in their order, streaming; every call passes the ledger.

        A segment that gives orders is rejected without being asked about.
        """
        waiting: deque[Segment | Rejection] = deque()
        role = TranslateRole(direction, max_tokens=self._max_tokens, glossary=self._glossary)
        for outcome in self._ask(role, _harmless(segments, waiting)):
            yield from _refused(waiting)
            source = waiting.popleft()
            if isinstance(source, Segment):
                yield outcome if isinstance(outcome, Rejection) else _pair(source, outcome, direction)
        yield from _refused(waiting)

    def _ask(self, role: TranslateRole, segments: Iterator[Segment]) -> Iterator[Answered | Rejection]:
        if self._segments_per_call == 1:
            asking = ask(role, segments, teacher=self._teacher, ledger=self._ledger, ordered=True)
            for outcome in asking:
                self.figures = asking.figures
                yield outcome
            return
        grouped = GroupAsking(role, self._teacher, self._ledger, self._segments_per_call)
        for outcome in grouped.ask(segments):
            self.figures = grouped.figures
            yield outcome


def _refused(waiting: deque[Segment | Rejection]) -> Iterator[Rejection]:
    """The rejections that stand before the next segment that was asked about."""
    while waiting and isinstance(first := waiting[0], Rejection):
        waiting.popleft()
        yield first


def _harmless(segments: Iterable[Segment], waiting: deque[Segment | Rejection]) -> Iterator[Segment]:
    """The segments that can be asked about; all wait in their order until the answers come back."""
    for segment in segments:
        order = find_order(segment.text)
        if order is None:
            waiting.append(segment)
            yield segment
        else:
            waiting.append(_refusal(segment))


def _pair(source: Segment, outcome: Answered, direction: Direction) -> Pair:
    target = Segment(
        id=source.id,
        text=between_space_of(source.text, outcome.answer.translation),
        lang=direction.target,
        document=source.document,
        provenance=outcome.provenance,
    )
    return Pair(source=source, target=target, provenance=outcome.provenance)


def _refusal(segment: Segment) -> Rejection:
    provenance = Provenance(origin=segment.provenance.origin, role=TranslateRole.name, prompt_version=PROMPT)
    return Rejection(segment.id, TranslateRole.name, "source_gives_orders", raw=segment.text, provenance=provenance)
