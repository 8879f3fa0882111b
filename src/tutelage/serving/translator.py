"""The students that are served, each with its direction and its queue, and how a text finds the right one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated

from pydantic import Field

from tutelage.core.errors import UsageError
from tutelage.core.glossary.glossary import Glossary
from tutelage.core.languages import Direction, base_language, normalise_language
from tutelage.core.protection.comparison import lost_spans
from tutelage.core.protection.spans import ALL, Protection, frameworks_of, in_frameworks
from tutelage.corpora.language_id import UNDETERMINED, LangidIdentifier
from tutelage.serving.background import Background
from tutelage.serving.likelihood import Likelihood, measure_likelihood
from tutelage.serving.queue import BatchQueue, Outputs, QueueClosedError, QueueFullError
from tutelage.serving.refusal import BUSY, STOPPING, RefusalError
from tutelage.students.batching import windows

Code = Annotated[str, Field(min_length=2, max_length=40)]
"""A language as clients write it."""
AUTO = "auto"
"""What clients write for a source whose language is to be told from the text."""
WINDOW = 64
"""Texts of a document that wait at once."""


@dataclass(slots=True)
class Served:
    """One student at work."""

    name: str
    """As it was given on the command line; never shown to clients."""
    direction: Direction
    queue: BatchQueue
    protection: Protection = ALL
    """What its outputs are compared for."""
    background: Background = field(default_factory=Background)
    glossary: Glossary | None = None
    """Whose terms are looked for."""

    @property
    def model(self) -> str:
        """The name by which clients of language models ask for it."""
        return f"{self.direction.source}-{self.direction.target}"

    @property
    def signature(self) -> str:
        """Of the student, its engine, and what is done to texts."""
        return self.queue.engine.signature

    def translate(self, texts: Sequence[str], *, outputs: int = 1) -> Future[list[Outputs]]:
        """The translations to come."""
        try:
            return self.queue.submit(texts, outputs=outputs)
        except QueueFullError:
            raise BUSY from None
        except QueueClosedError:
            raise STOPPING from None

    def weigh(self, source: str, correction: str) -> Future[Likelihood | None]:
        """How likely the student finds what somebody wrote in its place."""
        question = partial(measure_likelihood, source=source, correction=correction, protection=self.protection)
        try:
            return self.queue.ask(question)
        except QueueClosedError:
            raise STOPPING from None

    def stream(self, sources: Iterator[str]) -> Iterator[str]:
        """The texts of a document as they come, a window of them at a time; for threads, not for the event loop."""
        for window in windows(sources, WINDOW):
            try:
                for outputs in self.translate(window).result():
                    yield outputs[0].text
            except CancelledError:
                raise STOPPING from None

    def lost(self, source: str, translation: str) -> tuple[str, ...]:
        """What of the source's protected spans the translation lacks."""
        return lost_spans(source, translation, in_frameworks(self.protection, frameworks_of(source)))


@dataclass(frozen=True, slots=True)
class Detected:
    """The language that a text seems to be in."""

    lang: str
    confidence: float
    """From 0 to 1; 0 if the text is too short to tell."""


@dataclass(slots=True)
class Translator:
    """All the students of a server."""

    students: list[Served]
    identify: LangidIdentifier = field(default_factory=lambda: LangidIdentifier(min_words=1, min_confidence=0.0))
    on_unknown: Callable[[], None] = lambda: None
    """Is told that a direction was asked for that no student has."""

    def find(self, source: str, target: str) -> Served:
        """The student of a direction: with these regions, or else with the same languages."""
        wanted = _language(source), _language(target)
        for same in (str, base_language):
            for student in self.students:
                known = student.direction
                if (same(known.source), same(known.target)) == tuple(map(same, wanted)):
                    return student
        self.on_unknown()
        known_codes = ", ".join(f"{one.direction.source} to {one.direction.target}" for one in self.students)
        raise RefusalError(400, f"{wanted[0]} to {wanted[1]} is not supported; this server translates {known_codes}.")

    def named(self, model: str) -> Served:
        """The student that a client of language models names; the only one by any name of ours."""
        for student in self.students:
            if model == student.model or (model == "tutelage" and len(self.students) == 1):
                return student
        raise RefusalError(404, "There is no such model. GET /v1/models lists those there are.")

    def detect(self, text: str) -> Detected:
        """The language of a text among those of this server that can be told."""
        found = self.identify.identify(text, among=self._languages())
        if found is None or found.lang == UNDETERMINED:
            return Detected(self.students[0].direction.source, 0.0)
        return Detected(found.lang, found.confidence)

    def detect_source(self, text: str, target: str) -> Detected:
        """The source language of a text for a target; the likeliest that can be translated from."""
        sources = [one.direction.source for one in self.students if _matches(one.direction.target, target)]
        found = self.detect(text)
        if any(_matches(source, found.lang) for source in sources) or not sources:
            return found
        return Detected(sources[0], 0.0)

    def close(self) -> None:
        """Finish what waits, and end."""
        for student in self.students:
            student.queue.close()

    def _languages(self) -> list[str]:
        directions = [one.direction for one in self.students]
        served = {lang for one in directions for lang in (one.source, one.target)}
        return sorted(filter(self.identify.knows, served))


def _matches(known: str, asked: str) -> bool:
    return base_language(known) == base_language(_language(asked))


def _language(code: str) -> str:
    try:
        return normalise_language(code[:40])
    except UsageError:
        raise RefusalError(
            400, "This is no language code that is known; GET /languages lists those there are."
        ) from None
