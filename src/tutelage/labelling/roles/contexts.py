"""The role *contexts* that writes pairs: new sentences with a word, and their translations with its translation.

MT-Patcher's parallel data synthesizer (§3.2): from the analysis of the erroneous sentence and the word pair, without
the sentence. `writing` is the role of the same name that writes sentences alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from tutelage.core.languages import Direction
from tutelage.core.records import Rejection
from tutelage.labelling.roles.containment import holds_word
from tutelage.labelling.roles.error_spans import Mode
from tutelage.labelling.roles.languages import is_wrong_language
from tutelage.labelling.roles.orders import find_order
from tutelage.labelling.roles.prompts import name_languages, read_prompt
from tutelage.labelling.roles.translation_faults import find_fault
from tutelage.teachers.comparing.agreement import normalise
from tutelage.teachers.comparing.words import split_words
from tutelage.teachers.messages import Message, delimit
from tutelage.teachers.role import Answered, SignedRole

PROMPT = "pairs-1"
TOKENS_PER_PAIR = 160
"""Two sentences of some 30 words, and the JSON around them."""
MAX_PAIRS = 16
MAX_CHARACTERS = 400
MIN_NEW_WORDS = 2
"""Words that a sentence has besides the given ones; with fewer it is no context."""
NEAR = 90.0
"""Indel similarity of characters (percent), from which on two sentences differ by a word or two."""


@dataclass(frozen=True, slots=True)
class ContextQuestion:
    """A word and its translation, and what kind of sentences to write; without analysis, any kind."""

    id: str
    analysis: str | None
    source: str
    target: str


class WrittenPair(BaseModel):
    """A sentence and its translation."""

    model_config = ConfigDict(extra="forbid")

    source: str = Field(max_length=MAX_CHARACTERS)
    target: str = Field(max_length=MAX_CHARACTERS)


class WrittenPairs(BaseModel):
    """The answer of the role contexts."""

    model_config = ConfigDict(extra="forbid")

    pairs: list[WrittenPair] = Field(max_length=MAX_PAIRS)


class WritePairs(SignedRole):
    """Write sentence pairs around a word pair."""

    name = "contexts"
    prompt_version = PROMPT
    schema = WrittenPairs
    temperature = 1.0
    """The paper's."""

    def __init__(self, direction: Direction, *, count: int) -> None:
        self.direction, self.count = direction, count
        self.max_tokens = TOKENS_PER_PAIR * (count + 1)

    def render(self, item: ContextQuestion) -> Sequence[Message]:
        """The instruction, then the analysis if there is one, and the two words, between marks."""
        kind = "" if item.analysis is None else "They are of the kind that the analysis describes. "
        instruction = read_prompt(PROMPT, count=self.count, kind=kind, **name_languages(self.direction))
        parts = [] if item.analysis is None else [delimit(item.analysis, name="analysis")]
        parts += [delimit(item.source, name="source"), delimit(item.target, name="target")]
        return [Message("user", "\n\n".join((instruction, *parts)))]

    def verify(self, item: ContextQuestion, answer: WrittenPairs) -> str | None:
        """No pair at all, or a question that gives orders itself."""
        if not any(pair.source.strip() and pair.target.strip() for pair in answer.pairs):
            return "empty"
        asked = "\n".join((item.analysis or "", item.source, item.target))
        return "question_gives_orders" if find_order(asked) is not None else None


def usable_pairs(
    question: ContextQuestion, answered: Answered, direction: Direction, *, mode: Mode = "strict"
) -> tuple[list[tuple[str, str]], list[Rejection]]:
    """The pairs (source, target) that can be trained on, and a rejection with its reason for each other.

    `paper` drops empty pairs and duplicates alone. `strict` wants the word in the source and its translation (or
    another form of it) in the target, both in their languages, a sane length, placeholders kept, no orders, and pairs
    that differ.
    """
    usable: list[tuple[str, str]] = []
    rejections: list[Rejection] = []
    for pair in answered.answer.pairs:
        source, target = pair.source.strip(), pair.target.strip()
        reason = _fault(question, source, target, direction=direction, mode=mode) or _repeats(source, usable, mode=mode)
        if reason is None:
            usable.append((source, target))
        else:
            raw = f"{source}\t{target}"
            rejections.append(Rejection(question.id, WritePairs.name, reason, raw=raw, provenance=answered.provenance))
    return usable, rejections


def _fault(question: ContextQuestion, source: str, target: str, *, direction: Direction, mode: Mode) -> str | None:
    if not source or not target:
        return "empty"
    if mode == "paper":
        return None
    if not holds_word(source, question.source, lang=direction.source):
        return "word_missing"
    if not holds_word(target, question.target, lang=direction.target, inflected=True):
        return "correction_missing"
    sides = ((source, question.source, direction.source), (target, question.target, direction.target))
    if any(_count(text, lang) < _count(word, lang) + MIN_NEW_WORDS for text, word, lang in sides):
        return "no_context"
    if find_order(source) is not None or find_order(target) is not None:
        return "gives_orders"
    return find_fault(source, target, direction=direction) or _language_fault(source, target, direction=direction)


def _language_fault(source: str, target: str, *, direction: Direction) -> str | None:
    sides = ((source, direction.source), (target, direction.target))
    return "wrong_language" if any(is_wrong_language(t, lang=lang, direction=direction) for t, lang in sides) else None


def _repeats(source: str, usable: Sequence[tuple[str, str]], *, mode: Mode) -> str | None:
    from rapidfuzz import fuzz

    plain, others = normalise(source), [normalise(other) for other, _ in usable]
    if plain in others:
        return "duplicate"
    near = mode == "strict" and any(fuzz.ratio(plain, other) >= NEAR for other in others)
    return "near_duplicate" if near else None


def _count(text: str, lang: str) -> int:
    return sum(not word.is_punctuation for word in split_words(text, lang=lang))
