"""Decoding with a causal student: prompt, continuation, extraction of the translation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tutelage.core.decoding import Decoding
from tutelage.students.batching import windows
from tutelage.students.causal_student import CausalStudent
from tutelage.students.engines.answers import Answer, Continuation, IsEnough, Prompt, Request
from tutelage.students.engines.conversion import Converted
from tutelage.students.engines.ctranslate2_causal import CTranslate2Continuation
from tutelage.students.engines.several import require_possible
from tutelage.students.extraction import extract_translation, is_complete

WINDOW = 512
"""Sources that are sorted by length together; bounds memory."""
LINE_BREAKS = ("\n", "Ċ", "<0x0A>")
"""How vocabularies write a line break."""


class CausalEngine:
    """An `Engine` for chat models; `complete` answers any conversation."""

    def __init__(self, student: CausalStudent, continuation: Continuation) -> None:
        self._student, self._continuation = student, continuation
        vocabulary = student.tokenizer.get_vocab()
        self._breaks = frozenset(i for token, i in vocabulary.items() if any(one in token for one in LINE_BREAKS))

    @property
    def signature(self) -> str:
        """Engine, arithmetic and weights."""
        return self._continuation.signature

    def translate(self, sources: Iterable[str], *, decoding: Decoding) -> Iterator[str]:
        """One translation for each source, in their order; decoding ends where the translation does."""
        for window in windows(sources, WINDOW):
            written = iter(self._continue(self._requests(window), decoding))
            yield from (self._extract(next(written), source) if source.strip() else "" for source in window)

    def translate_several(self, sources: Iterable[str], *, decoding: Decoding) -> Iterator[tuple[str, ...]]:
        """`decoding.outputs` translations for each source, in the sources' order; StudentError for diverse beams."""
        require_possible(decoding, diverse_in="a causal student")
        for window in windows(sources, decoding.window_sources or WINDOW):
            requests = self._requests(window)
            written = iter(self._continuation.continue_several(requests, decoding=decoding) if requests else [])
            for source in window:
                rows = next(written) if source.strip() else [[]] * decoding.outputs
                yield tuple(self._extract(ids, source) for ids in rows)

    def complete(self, prompts: Iterable[Prompt], *, decoding: Decoding) -> Iterator[Answer]:
        """One answer for each prompt, in their order, as the student wrote it."""
        student = self._student
        for window in windows(prompts, WINDOW):
            encoded = student.encode_conversations([prompt.messages for prompt in window])
            requests = [
                Request([*ids, *student.encode_answer_start(prompt.start)])
                for prompt, ids in zip(window, encoded, strict=True)
            ]
            for ids in self._continue(requests, decoding):
                finished = bool(ids) and ids[-1] in student.format.stop_ids
                yield Answer(student.decode_answer(ids), finished, len(ids))

    def _continue(self, requests: Sequence[Request], decoding: Decoding) -> list[list[int]]:
        return self._continuation.continue_batch(requests, decoding=decoding) if requests else []

    def _requests(self, sources: Sequence[str]) -> list[Request]:
        student = self._student
        full = [source for source in sources if source.strip()]
        encoded = student.encode_sources(full, max_tokens=student.max_tokens)
        return [Request(ids, _watch(student, source, self._breaks)) for source, ids in zip(full, encoded, strict=True)]

    def _extract(self, ids: Sequence[int], source: str) -> str:
        student = self._student
        return extract_translation(student.decode_answer(ids), source=source, target_lang=student.direction.target)


def _watch(student: CausalStudent, source: str, breaks: frozenset[int]) -> IsEnough:
    """Looks at the text only when a line was broken, since only blank lines end a translation.

    It must not hold the engine: CTranslate2's own threads let go of it last, and would end themselves with the engine.
    """

    def is_enough(ids: Sequence[int]) -> bool:
        return not breaks.isdisjoint(ids[-2:]) and is_complete(student.decode_answer(ids), source=source)

    return is_enough


def open_with_ctranslate2(
    student: CausalStudent, *, cache: Path | None, compute_type: str, converted: Converted | None = None
) -> CausalEngine:
    """The engine on a converted copy of the student's folder; StudentError if it cannot be converted."""
    continuation = CTranslate2Continuation(student, cache=cache, compute_type=compute_type, converted=converted)
    return CausalEngine(student, continuation)
