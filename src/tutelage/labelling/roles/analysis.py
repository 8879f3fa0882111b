"""The role *analyse*: what kind of sentence a segment is, for a writer who must not see the segment (MT-Patcher, §3.2).

The analysis is a bottleneck: contexts written from it share the segment's domain and not its words. So an analysis
that carries the sentence over is refused, and with it most of what an order in the segment could dictate.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

from tutelage.core.languages import UNSPACED, base_language, language_name
from tutelage.core.records import Segment
from tutelage.labelling.roles.orders import find_order
from tutelage.labelling.roles.prompts import read_prompt
from tutelage.teachers.comparing.words import fold, split_words
from tutelage.teachers.messages import Message, delimit
from tutelage.teachers.role import SignedRole

PROMPT = "analysis-1"
MAX_CHARACTERS = 160
"""Of one field; about twenty words."""
MAX_RUN = 5
"""Words in a row, from which on the sentence is quoted; three times as many characters in unspaced scripts."""
MAX_SHARE = 0.6
"""Share of the sentence's content words that may come back."""
MIN_CONTENT_WORDS = 5
"""Of a sentence with fewer, a description that names its topic has most."""
CONTENT_LETTERS = 4
"""Letters of a content word; shorter ones are mostly function words."""


class AnalysisAnswer(BaseModel):
    """The answer of the role analyse."""

    model_config = ConfigDict(extra="forbid")

    domain: str = Field(max_length=MAX_CHARACTERS)
    topic: str = Field(max_length=MAX_CHARACTERS)
    style: str = Field(max_length=MAX_CHARACTERS)


class Analyse(SignedRole):
    """Describe the kind of one segment."""

    name = "analyse"
    prompt_version = PROMPT
    schema = AnalysisAnswer
    temperature = 0.2
    """The paper's."""

    def __init__(self, lang: str, *, max_tokens: int = 256) -> None:
        self.lang, self.max_tokens = lang, max_tokens
        self._instruction = read_prompt(PROMPT, source_language=language_name(lang))

    def render(self, item: Segment) -> Sequence[Message]:
        """The instruction, then the sentence between marks."""
        return [Message("user", f"{self._instruction}\n\n{delimit(item.text, name='sentence')}")]

    def verify(self, item: Segment, answer: AnalysisAnswer) -> str | None:
        """Empty, about a segment that gives orders, or carrying the sentence over."""
        if not all(field.strip() for field in (answer.domain, answer.topic, answer.style)):
            return "empty"
        if find_order(item.text) is not None:
            return "source_gives_orders"
        text = analysis_text(answer)
        if find_order(text) is not None:
            return "analysis_gives_orders"
        fields = (answer.domain, answer.topic, answer.style)
        return "quotes_sentence" if quotes_sentence(fields, sentence=item.text, lang=self.lang) else None


def analysis_text(answer: AnalysisAnswer) -> str:
    """The analysis as one text, which the writer of contexts is shown."""
    return f"Domain: {answer.domain.strip()}\nTopic: {answer.topic.strip()}\nStyle: {answer.style.strip()}"


def quotes_sentence(fields: Sequence[str], *, sentence: str, lang: str) -> bool:
    """Whether the fields carry the sentence over.

    A run of its words, most of its content words, or fields that say nothing but words of the sentence.
    """
    given = _words(sentence, lang=lang)
    written = [_words(field, lang=lang) for field in fields]
    longest = MAX_RUN * (3 if base_language(lang) in UNSPACED else 1)
    if any(_shares_run(words, given, length=longest) for words in written):
        return True
    content = {word for word in given if _is_content(word, lang=lang)}
    said = {word for words in written for word in words}
    if len(content) >= MIN_CONTENT_WORDS and len(content & said) >= MAX_SHARE * len(content):
        return True
    return bool(said) and said <= set(given)


def _words(text: str, *, lang: str) -> list[str]:
    return [fold(word.text) for word in split_words(text, lang=lang) if not word.is_punctuation]


def _shares_run(words: Sequence[str], others: Sequence[str], *, length: int) -> bool:
    runs = {tuple(others[start : start + length]) for start in range(len(others) - length + 1)}
    return any(tuple(words[start : start + length]) in runs for start in range(len(words) - length + 1))


def _is_content(word: str, *, lang: str) -> bool:
    return base_language(lang) in UNSPACED or len(word) >= CONTENT_LETTERS
