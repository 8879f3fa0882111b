"""The role *analogies*: words that the student may get wrong too, along two aspects (MT-Patcher, §3.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from tutelage.core.languages import Direction
from tutelage.core.records import Rejection
from tutelage.labelling.roles.orders import find_order
from tutelage.labelling.roles.prompts import name_languages, read_prompt
from tutelage.teachers.comparing.agreement import normalise
from tutelage.teachers.messages import Message, delimit
from tutelage.teachers.quotes import count_quote
from tutelage.teachers.role import Answered, SignedRole

PROMPT = "analogies-1"
TOKENS_PER_WORD_PAIR = 48
MAX_NAMED = 12
MAX_CHARACTERS = 60
MAX_WORDS = 3
"""Longer ones are no words but parts of sentences."""
MAX_UNSPACED = 8
"""The same in characters, for scripts without spaces."""
Aspect = Literal["same_category", "same_semantics"]
_WORD_LIKE = re.compile(r"[^\W_]+(?:[-'’.·][^\W_]+)*\.?")
_UNSPACED = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class AnalogyQuestion:
    """A word that was translated wrong, its translation, and the sentence with its post-edit."""

    id: str
    source_text: str
    post_edit: str
    source: str
    target: str


class WordPair(BaseModel):
    """A word and its translation."""

    model_config = ConfigDict(extra="forbid")

    source: str = Field(max_length=MAX_CHARACTERS)
    target: str = Field(max_length=MAX_CHARACTERS)


class NamedAnalogies(BaseModel):
    """The answer of the role analogies."""

    model_config = ConfigDict(extra="forbid")

    same_category: list[WordPair] = Field(max_length=MAX_NAMED)
    same_semantics: list[WordPair] = Field(max_length=MAX_NAMED)


class NameAnalogies(SignedRole):
    """Name words like a given one."""

    name = "analogies"
    prompt_version = PROMPT
    schema = NamedAnalogies
    temperature = 1.0
    """The paper's."""

    def __init__(self, direction: Direction, *, asked: int = 3) -> None:
        """`asked` words for each aspect; the paper asks for 3 and uses 2."""
        self.direction, self.asked = direction, asked
        self.max_tokens = TOKENS_PER_WORD_PAIR * 2 * (asked + 1)
        self._instruction = read_prompt(PROMPT, count=asked, **name_languages(direction))

    def render(self, item: AnalogyQuestion) -> Sequence[Message]:
        """The instruction, then sentence, translation and the two words between marks."""
        texts = {
            "sentence": item.source_text,
            "translation": item.post_edit,
            "source": item.source,
            "target": item.target,
        }
        parts = (delimit(text, name=name) for name, text in texts.items())
        return [Message("user", "\n\n".join((self._instruction, *parts)))]

    def verify(self, item: AnalogyQuestion, answer: NamedAnalogies) -> str | None:
        """No word at all, or a sentence that gives orders."""
        if not answer.same_category and not answer.same_semantics:
            return "empty"
        asked = "\n".join((item.source_text, item.post_edit, item.source, item.target))
        return "source_gives_orders" if find_order(asked) is not None else None


def usable_analogies(
    question: AnalogyQuestion, answered: Answered, *, used: int = 2
) -> tuple[list[tuple[Aspect, str, str]], list[Rejection]]:
    """At most `used` pairs (aspect, source, target) of each aspect, and a rejection with its reason for each other.

    Dropped are words that are none (over three words, or with other signs), the word itself, words of the sentence
    (new ones are wanted, and what an order dictates stands in the sentence), copies, words in another script than the
    known pair, and repetitions: of a word, or of one translation for different words.
    """
    usable: list[tuple[Aspect, str, str]] = []
    rejections: list[Rejection] = []
    for aspect, source, target in _named(answered.answer):
        reason = _fault(question, source, target) or _repetition(source, target, usable)
        if reason is None and sum(kept == aspect for kept, _, _ in usable) >= used:
            reason = "enough_for_the_aspect"
        if reason is None:
            usable.append((aspect, source, target))
        else:
            raw = f"{source} → {target}"
            rejections.append(
                Rejection(question.id, NameAnalogies.name, reason, raw=raw, provenance=answered.provenance)
            )
    return usable, rejections


def _named(answer: NamedAnalogies) -> Iterator[tuple[Aspect, str, str]]:
    for pair in answer.same_category:
        yield "same_category", pair.source.strip(), pair.target.strip()
    for pair in answer.same_semantics:
        yield "same_semantics", pair.source.strip(), pair.target.strip()


def _fault(question: AnalogyQuestion, source: str, target: str) -> str | None:
    if not _is_word_like(source) or not _is_word_like(target):
        return "not_a_word"
    if normalise(source) == normalise(question.source):
        return "the_word_itself"
    if normalise(target) == normalise(question.target):
        return "the_same_translation"
    if count_quote(question.source_text, source) or count_quote(question.source_text, target):
        return "in_the_sentence"
    if _in_other_script(source, question.source) or _in_other_script(target, question.target):
        return "wrong_script"
    return "copied" if normalise(source) == normalise(target) else None


def _repetition(source: str, target: str, usable: Sequence[tuple[Aspect, str, str]]) -> str | None:
    if any(normalise(source) == normalise(other) for _, other, _ in usable):
        return "duplicate"
    repeated = any(normalise(target) == normalise(other) for _, _, other in usable)
    return "repeated_translation" if repeated else None


def _is_word_like(phrase: str) -> bool:
    if _UNSPACED.search(phrase):
        return phrase.isalnum() and len(phrase) <= MAX_UNSPACED
    words = phrase.split()
    return 0 < len(words) <= MAX_WORDS and all(map(_WORD_LIKE.fullmatch, words)) and any(map(str.isalpha, phrase))


def _in_other_script(word: str, like: str) -> bool:
    from tutelage.core.scripts import main_script

    scripts = {main_script(word) or "", main_script(like) or ""}
    return len(scripts) > 1 and not scripts <= {"Han", "Kana", ""}
