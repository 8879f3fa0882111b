"""The role *contexts* of a chat teacher: sentences around a word that the student got wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from tutelage.core.languages import language_name
from tutelage.core.records import Provenance, Rejection, Segment
from tutelage.core.signatures import content_key
from tutelage.methods.patching.error_words import ErrorWord, contains_phrase
from tutelage.methods.patching.sentences import Context
from tutelage.methods.patching.settings import PatchingSettings
from tutelage.methods.step import StepContext
from tutelage.teachers.asking import ask
from tutelage.teachers.messages import Message, delimit
from tutelage.teachers.role import Answered

PROMPT = "contexts-1"
TOKENS_PER_SENTENCE = 60


class WrittenSentences(BaseModel):
    """The answer of the role contexts."""

    model_config = ConfigDict(extra="forbid")

    sentences: list[str]


class WriteSentences:
    """Write sentences with a word in them."""

    name = "contexts"
    prompt_version = PROMPT
    schema = WrittenSentences
    temperature = 1.0

    def __init__(self, lang: str, *, count: int) -> None:
        self.max_tokens = TOKENS_PER_SENTENCE * (count + 1)
        prompt = (files("tutelage.methods.patching") / "prompts" / f"{PROMPT}.txt").read_text("utf-8")
        self._instruction = prompt.strip().format(source_language=language_name(lang), count=count)

    def render(self, item: ErrorWord) -> Sequence[Message]:
        """The instruction and the delimited word."""
        return [Message("user", f"{self._instruction}\n\n{delimit(item.source)}")]

    def verify(self, item: ErrorWord, answer: WrittenSentences) -> str | None:
        """At least one sentence must hold the word."""
        return None if any(_usable(text, item) for text in answer.sentences) else "word_missing"


def write_sentences(
    errors: Sequence[ErrorWord], *, settings: PatchingSettings, context: StepContext
) -> Iterator[Context | Rejection]:
    """Sentences that the chat teacher writes for each error word; those without the word are dropped."""
    direction = context.recipe.direction.direction
    role = WriteSentences(direction.source, count=settings.contexts.per_error)
    by_id = {error.id: error for error in errors}
    context.progress.start("teacher writes contexts", total=len(errors), unit="words")
    outcomes = ask(
        role,
        errors,
        teacher=context.teachers.chat(settings.contexts.writer),
        ledger=context.teachers.ledger,
        seed=context.recipe.seed,
        ordered=True,
    )
    for outcome in outcomes:
        context.progress.advance()
        if isinstance(outcome, Rejection):
            yield outcome
        else:
            yield from _contexts(by_id[outcome.item_id], outcome, lang=direction.source)
    context.progress.finish()


def _contexts(error: ErrorWord, outcome: Answered, *, lang: str) -> Iterator[Context | Rejection]:
    for text in dict.fromkeys(sentence.strip() for sentence in outcome.answer.sentences):
        if _usable(text, error):
            segment_id = f"written:{content_key(error.id, text)}"
            provenance = Provenance(
                origin="written",
                parents=(error.feedback_ids[0],),
                role=outcome.provenance.role,
                teacher=outcome.provenance.teacher,
                prompt_version=PROMPT,
                seed=outcome.provenance.seed,
            )
            yield Context(error, Segment(segment_id, text, lang, "", provenance))
        else:
            yield Rejection(error.id, "contexts", "word_missing", raw=text, provenance=outcome.provenance)


def _usable(text: str, error: ErrorWord) -> bool:
    return contains_phrase(text, error.source) and len(text.split()) > len(error.source.split()) + 1
