"""Decoding with CTranslate2: converted once, fast on CPU, optionally in int8."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Any

from tutelage.core.decoding import Decoding
from tutelage.core.machine import usable_cores
from tutelage.core.protocols import Alignment, Scored, StudentInput
from tutelage.students.batching import windows
from tutelage.students.engines.conversion import Converted, find_conversion
from tutelage.students.engines.ctranslate2_opening import open_conversion
from tutelage.students.engines.ctranslate2_search import search_settings
from tutelage.students.engines.several import require_possible
from tutelage.students.student import Student
from tutelage.students.token_places import find_tokens

WINDOW = 1024
"""Sources tokenised and sent together; two windows are in flight, so memory does not grow with the corpus."""


@dataclass(frozen=True, slots=True)
class _Sent:
    """A window on its way."""

    stretches: list[StudentInput]
    tokens: list[list[str]]
    """As the student reads them."""
    results: list[Any]
    """What is waited for."""


class CTranslate2Engine:
    """An `Engine` on a converted copy of the student's folder."""

    def __init__(
        self,
        student: Student,
        *,
        cache: Path | None = None,
        converted: Converted | None = None,
        compute_type: str = "float32",
        threads: int = 0,
    ) -> None:
        """`cache` holds conversions by content key, unless the student is `converted` already.

        `compute_type` is float32, int8, …; `threads` 0 takes all cores.
        """
        self._student, self._compute_type = student, compute_type
        self._special = frozenset(student.tokenizer.all_special_tokens)
        converted = converted or find_conversion(student, cache, compute_type=compute_type)
        self._key, self._folder, self._cores = converted.key, converted.folder, threads or usable_cores()
        self._translator = open_conversion("Translator", self._folder, compute_type=compute_type, workers=self._cores)

    @property
    def signature(self) -> str:
        """Engine, arithmetic and weights."""
        return f"ctranslate2-{self._compute_type}:{self._key}"

    def translate(self, sources: Iterable[str], *, decoding: Decoding) -> Iterator[str]:
        """One output for each source, in their order; the next window is tokenised while one is decoded."""
        for sent in self._sent(map(StudentInput, sources), replace(decoding, outputs=1)):
            yield from self._decode([result.result().hypotheses[0] for result in sent.results])

    def translate_scored(self, sources: Iterable[str], *, decoding: Decoding) -> Iterator[tuple[Scored, ...]]:
        """`decoding.outputs` outputs for each source with the mean log-probability of their tokens."""
        return self.translate_stretches(map(StudentInput, sources), decoding=decoding, scored=True)

    def translate_stretches(
        self, stretches: Iterable[StudentInput], *, decoding: Decoding, scored: bool
    ) -> Iterator[tuple[Scored, ...]]:
        """The same, with the alignments of those that want them, and with scores only if they are `scored`.

        Attention is asked for in batches of the stretches that want it alone, since it takes time.
        """
        require_possible(decoding, diverse_in="CTranslate2")
        for sent in self._sent(stretches, decoding, scores=scored):
            yield from self._told(sent, decoding)

    def _told(self, sent: _Sent, decoding: Decoding) -> Iterator[tuple[Scored, ...]]:
        """What came of a window, decoded at once."""
        results = [result.result() for result in sent.results]
        texts = iter(self._decode([tokens for one in results for tokens in one.hypotheses]))
        for stretch, source_tokens, one in zip(sent.stretches, sent.tokens, results, strict=True):
            outputs = []
            for number, tokens in enumerate(one.hypotheses):
                text, score, alignment = next(texts), None, None
                if one.scores:
                    score = one.scores[number] * (len(tokens) + 1) ** (decoding.length_penalty - 1)
                if one.attention:
                    alignment = self._alignment(stretch.text, source_tokens, text, tokens, one.attention[number])
                outputs.append(Scored(text if stretch.text.strip() else "", score, alignment))
            yield tuple(outputs)

    def _alignment(
        self, source: str, source_tokens: list[str], target: str, target_tokens: list[str], weights: list[list[float]]
    ) -> Alignment | None:
        """What the student looked at; `None` if its tokens are not found in the texts."""
        student = self._student
        prefix = student.source_prefix(student.tokenizer, student.direction)
        sources = find_tokens(source_tokens, prefix + source, special=self._special, begin=len(prefix))
        targets = find_tokens(target_tokens, target, special=self._special)
        if sources is None or targets is None or any(len(row) != len(sources) for row in weights):
            return None
        moved = ((max(0, start - len(prefix)), max(0, end - len(prefix))) for start, end in sources)
        return Alignment(tuple(moved), targets, weights[: len(targets)])

    def _sent(self, stretches: Iterable[StudentInput], decoding: Decoding, *, scores: bool = False) -> Iterator[_Sent]:
        """Window after window as it is to be waited for; two are in flight."""
        translator = self._translator_for(decoding)
        in_flight: deque[_Sent] = deque()
        for window in windows(stretches, WINDOW):
            in_flight.append(self._send(translator, window, decoding, scores=scores))
            if len(in_flight) > 1:
                yield in_flight.popleft()
        yield from in_flight

    def translate_several(self, sources: Iterable[str], *, decoding: Decoding) -> Iterator[tuple[str, ...]]:
        """`decoding.outputs` outputs for each source, those of a beam the likeliest first, in the sources' order."""
        require_possible(decoding, diverse_in="CTranslate2")
        translator = self._translator_for(decoding)
        for window in windows(sources, decoding.window_sources or WINDOW):
            yield from self._receive_several(self._send(translator, list(map(StudentInput, window)), decoding), window)

    def go_on(self, sources: Sequence[str], beginnings: Sequence[str], *, decoding: Decoding) -> list[str]:
        """For each source the whole of what the student writes behind its beginning."""
        given = [self._prefix(beginning) for beginning in beginnings]
        settings = {**self._target_settings(len(given), decoding), **_settings(decoding), "target_prefix": given}
        results = self._translator.translate_batch(self._tokens(sources), **settings)
        return self._decode([result.hypotheses[0] for result in results])

    def score(self, sources: Sequence[str], texts: Sequence[str], *, decoding: Decoding) -> list[float]:
        """The log-probability of each text as a translation of its source; higher is likelier."""
        return [sum(one) for one in self._log_probabilities(sources, texts, decoding)]

    def mean_log_probabilities(
        self, sources: Sequence[str], texts: Sequence[str], *, decoding: Decoding
    ) -> list[float]:
        """The same for a token, the end counted, in nats."""
        return [fmean(one) for one in self._log_probabilities(sources, texts, decoding)]

    def _log_probabilities(self, sources: Sequence[str], texts: Sequence[str], decoding: Decoding) -> list[list[float]]:
        batches = {"max_batch_size": decoding.batch_tokens, "batch_type": "tokens"}
        targets = [self._prefix(text) for text in texts]
        scored = self._translator.score_batch(self._tokens(sources), targets, **batches)
        return [list(map(float, one.log_probs)) for one in scored]

    def _tokens(self, sources: Sequence[str]) -> list[list[str]]:
        student = self._student
        encoded = student.encode_sources(sources, max_tokens=student.max_tokens)
        return [student.tokenizer.convert_ids_to_tokens(ids) for ids in encoded]

    def _prefix(self, beginning: str) -> list[str]:
        """The language if the decoder is given one, and the tokens of the beginning without an end of sequence."""
        student, start = self._student, self._student.target_start()
        ids = student.encode_targets([beginning], max_tokens=student.max_tokens)[0]
        special = set(student.tokenizer.all_special_ids)
        kept = [number for number in ids if number not in special or number == student.tokenizer.unk_token_id]
        tokens: list[str] = student.tokenizer.convert_ids_to_tokens(kept if start is None else [start, *kept])
        return tokens

    def _translator_for(self, decoding: Decoding) -> Any:
        """The translator; for sampling a new one with one worker, since a worker is seeded when it begins."""
        if not decoding.samples:
            return self._translator
        import ctranslate2

        ctranslate2.set_random_seed(decoding.seed)
        return open_conversion(
            "Translator", self._folder, compute_type=self._compute_type, workers=1, threads=self._cores
        )

    def _send(
        self, translator: Any, stretches: list[StudentInput], decoding: Decoding, *, scores: bool = False
    ) -> _Sent:
        student, tokenizer = self._student, self._student.tokenizer
        encoded = student.encode_sources([one.text for one in stretches], max_tokens=student.max_tokens)
        tokens = [
            tokenizer.convert_ids_to_tokens(ids) if one.text.strip() else []
            for one, ids in zip(stretches, encoded, strict=True)
        ]
        results: list[Any] = [None] * len(stretches)
        for aligned in (False, True):
            places = [place for place, one in enumerate(stretches) if one.aligned == aligned]
            settings = {**self._target_settings(len(places), decoding), **_settings(decoding)}
            settings |= {"num_hypotheses": decoding.outputs, "return_scores": scores, "return_attention": aligned}
            batch = [tokens[place] for place in places]
            sent = translator.translate_batch(batch, asynchronous=True, **settings) if places else []
            for place, result in zip(places, sent, strict=True):
                results[place] = result
        return _Sent(stretches, tokens, results)

    def _target_settings(self, count: int, decoding: Decoding) -> dict[str, Any]:
        """What the decoder begins with, must not write, and how long it may go on."""
        student, start = self._student, self._student.target_start()
        longest = min(decoding.max_target_tokens, student.max_tokens)
        settings: dict[str, Any] = {"max_decoding_length": longest}
        if student.banned_tokens:
            settings["suppress_sequences"] = [[token] for token in student.banned_tokens]
        if start is not None:
            settings["target_prefix"] = [[student.tokenizer.convert_ids_to_tokens(start)]] * count
        return settings

    def _receive_several(self, sent: _Sent, sources: list[str]) -> Iterator[tuple[str, ...]]:
        for source, result in zip(sources, sent.results, strict=True):
            hypotheses = result.result().hypotheses
            yield tuple(self._decode(hypotheses)) if source.strip() else ("",) * len(hypotheses)

    def _decode(self, hypotheses: list[list[str]]) -> list[str]:
        tokenizer = self._student.tokenizer
        return self._student.decode_targets([tokenizer.convert_tokens_to_ids(tokens) for tokens in hypotheses])


def _settings(decoding: Decoding) -> dict[str, Any]:
    batches = {"max_batch_size": decoding.batch_tokens, "batch_type": "tokens", "max_input_length": 0}
    return {**search_settings(decoding), **batches, "return_scores": False}
