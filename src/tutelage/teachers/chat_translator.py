"""A chat teacher in the role *translate*, so that a large model can take the place of a translation engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from tutelage.core.languages import UNSPACED, Direction, base_language, language_name
from tutelage.core.placeholders import placeholders_kept
from tutelage.core.records import Pair, Rejection, Segment
from tutelage.storage.ledger import Ledger
from tutelage.teachers.calling.asking import ask
from tutelage.teachers.chat import ChatTeacher
from tutelage.teachers.messages import Message, delimit

PROMPT = "translate-1"
LENGTH_RATIO = 3.0
"""Between alphabets, translations of whole sentences stay within this ratio of characters."""
LENGTH_HEADROOM = 30
"""Characters granted on top, for short texts."""


class Translation(BaseModel):
    """The answer of the role translate."""

    model_config = ConfigDict(extra="forbid")

    translation: str


class TranslateRole:
    """Translate one segment in a direction."""

    name = "translate"
    prompt_version = PROMPT
    schema = Translation
    temperature = 0.0

    def __init__(self, direction: Direction, *, max_tokens: int = 1024) -> None:
        self.direction, self.max_tokens = direction, max_tokens
        prompt = (files("tutelage.teachers") / "prompts" / f"{PROMPT}.txt").read_text("utf-8")
        self._instruction = prompt.strip().format(
            source_language=language_name(direction.source), target_language=language_name(direction.target)
        )

    def render(self, item: Segment) -> Sequence[Message]:
        """The instruction and the delimited source, in one user turn: some templates know no system turn."""
        return [Message("user", f"{self._instruction}\n\n{delimit(item.text)}")]

    def verify(self, item: Segment, answer: Translation) -> str | None:
        """Empty, copied, too long or short, or with placeholders lost."""
        return find_fault(item.text, answer.translation, direction=self.direction)


def find_fault(source: str, target: str, *, direction: Direction) -> str | None:
    """Why `target` cannot be a translation of `source`, or none."""
    source, target = source.strip(), target.strip()
    if not target:
        return "empty"
    if target == source and len(source.split()) > 3 and direction.source != direction.target:
        return "copied"
    if not placeholders_kept(source, target):
        return "placeholders_lost"
    if not _sane_length(source, target, direction=direction):
        return "length_ratio"
    return None


def _sane_length(source: str, target: str, *, direction: Direction) -> bool:
    """An unspaced script needs about a third of the characters; each of its own counts three."""
    source_length = len(source) * (3 if base_language(direction.source) in UNSPACED else 1)
    target_length = len(target) * (3 if base_language(direction.target) in UNSPACED else 1)
    longer, shorter = max(source_length, target_length), min(source_length, target_length)
    return longer <= LENGTH_RATIO * shorter + LENGTH_HEADROOM


class ChatTranslator:
    """A translation teacher that is a chat model."""

    def __init__(self, teacher: ChatTeacher, *, ledger: Ledger, max_tokens: int = 1024) -> None:
        self._teacher, self._ledger, self._max_tokens = teacher, ledger, max_tokens
        self.figures: dict[str, float] = {}
        """Rejections, tokens and money of the translation that runs, for progress."""

    @property
    def signature(self) -> str:
        """The model and the prompt."""
        return f"{self._teacher.signature}/{PROMPT}"

    def translate(self, segments: Iterable[Segment], *, direction: Direction) -> Iterator[Pair | Rejection]:
        """One pair or rejection for each segment, in their order, streaming; every call passes the ledger."""
        sources: dict[int, Segment] = {}
        role = TranslateRole(direction, max_tokens=self._max_tokens)
        outcomes = ask(role, _keep(segments, sources), teacher=self._teacher, ledger=self._ledger, ordered=True)
        for position, outcome in enumerate(outcomes):
            source, self.figures = sources.pop(position), outcomes.figures
            if isinstance(outcome, Rejection):
                yield outcome
                continue
            target = Segment(
                id=source.id,
                text=_around(source.text, outcome.answer.translation),
                lang=direction.target,
                document=source.document,
                provenance=outcome.provenance,
            )
            yield Pair(source=source, target=target, provenance=outcome.provenance)


def _keep(segments: Iterable[Segment], sources: dict[int, Segment]) -> Iterator[Segment]:
    """The segments, each noted by position until its answer comes back."""
    for position, segment in enumerate(segments):
        sources[position] = segment
        yield segment


def _around(source: str, target: str) -> str:
    """The translation between the same outer space as the source."""
    core = source.strip()
    start = source.index(core)
    return source[:start] + target.strip() + source[start + len(core) :]
