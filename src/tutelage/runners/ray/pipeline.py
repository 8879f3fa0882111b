"""A stage's rows as a Ray Data pipeline: parts of them go to a pool of workers, and come back in their order.

How many parts are under way is Ray's to say, by what workers and memory bear. A worker that is lost is started again,
and its part is done again; what a teacher had answered by then is in the ledger.
"""

from __future__ import annotations

import logging
import pickle
import warnings
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from itertools import islice
from typing import Any, Generic, TypeVar

from tutelage.core.errors import RunnerError
from tutelage.core.recipe import RunnerSettings
from tutelage.core.runner import LocalRunner, OpenWork, RowWork
from tutelage.runners.ray.worker import Done, Order, Worker

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")

ROWS_IN_PIPELINE = 1_000_000
"""Held by the cluster's memory at a time, some hundred bytes each; workers are started anew for the next ones."""
TRIES = 4
"""Of a part whose worker is lost each time: then it is likely the part."""
RESTARTS = 20
"""Of one worker in a pipeline."""
PARTS_PER_WORKER = 4
"""At least, if there are enough rows, so that no worker waits long for the last one."""
LEAST_ROWS = 16
START_SECONDS = 5.0
"""Until a stage's workers are ready: what is done here in that time is not sent to them."""
PART_SECONDS = 0.5
"""Of rows that take microseconds, so many make a part, since Ray has some milliseconds to do for each."""


class RayRunner:
    """Does work on rows by workers of the cluster that this process is connected to."""

    def __init__(self, settings: RunnerSettings, *, workers: int) -> None:
        self._settings, self._workers = settings, workers

    @contextmanager
    def open(
        self, work: RowWork[Item, Outcome], *, row_seconds: float | None = None
    ) -> Iterator[OpenWork[Item, Outcome]]:
        """The work, for which workers are started when the first rows come, unless they are quickly done here."""
        yield _Pipeline(work, self._settings, self._workers, row_seconds)

    def __reduce__(self) -> tuple[type[LocalRunner], tuple[()]]:
        """A worker does its work where it is."""
        return LocalRunner, ()


class _Pipeline(Generic[Item, Outcome]):
    """The work of one stage."""

    def __init__(
        self, work: RowWork[Item, Outcome], settings: RunnerSettings, workers: int, row_seconds: float | None
    ) -> None:
        self._work, self._settings, self._workers, self._row_seconds = work, settings, workers, row_seconds
        self._figures = Counter[str]()

    @property
    def figures(self) -> Mapping[str, float]:
        """Of the parts that have come back, whole."""
        return self._figures

    def __call__(self, items: Iterable[Item]) -> Iterator[Outcome]:
        """One outcome for each item, in their order, a part at a time."""
        stream = iter(items)
        while rows := list(islice(stream, ROWS_IN_PIPELINE)):
            if self._row_seconds is not None and len(rows) * self._row_seconds < START_SECONDS:
                yield from self._do_here(rows)
                continue
            with closing(self._stream(self._divide(rows))) as parts:
                for done in parts:
                    self._figures.update(done.figures)
                    yield from done.outcomes
                    if done.error is not None:
                        raise done.error

    def _do_here(self, rows: list[Item]) -> Iterator[Outcome]:
        with self._work.open() as opened:
            yield from opened(rows)
            self._figures.update(opened.figures)

    def _divide(self, rows: list[Item]) -> list[bytes]:
        """Parts as large as the settings allow, and smaller if there would be too few of them."""
        share = -(-len(rows) // (PARTS_PER_WORKER * self._workers))
        quick = 0 if self._row_seconds is None else round(PART_SECONDS / self._row_seconds)
        size = min(max(self._settings.rows_per_task, quick), max(LEAST_ROWS, share))
        return [pickle.dumps(rows[start : start + size]) for start in range(0, len(rows), size)]

    def _stream(self, parts: list[bytes]) -> Generator[Done, None, None]:
        import ray

        try:
            for row in self._dataset(parts).iter_rows():
                done: Done = pickle.loads(row["done"])
                yield done
        except (ray.exceptions.ActorDiedError, ray.exceptions.ActorUnavailableError, ray.exceptions.ObjectLostError,
                ray.exceptions.NodeDiedError, ray.exceptions.WorkerCrashedError) as error:  # fmt: skip
            raise RunnerError(
                f"a worker was lost {TRIES} times with the same rows, the last time because: {_reason(error)}.",
                where="runner",
                fix="Everything finished is kept, and the same command goes on. If memory was short, take fewer "
                "workers on each machine.",
            ) from error

    def _dataset(self, parts: list[bytes]) -> Any:
        import ray.data
        from ray.util.annotations import RayDeprecationWarning

        logging.getLogger("ray.data").setLevel(logging.ERROR)
        # how often a worker may be lost can be said in this way alone, until Ray 2.64
        warnings.filterwarnings("ignore", category=RayDeprecationWarning, module=__name__)
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        context.print_on_execution_start = False
        context.execution_options.preserve_order = True
        workers = min(self._workers, len(parts))
        order = Order.of(self._work, cores=self._settings.cores_per_worker)
        return ray.data.from_items([{"part": part} for part in parts], override_num_blocks=len(parts)).map_batches(
            _RayWorker,
            fn_constructor_args=(order,),
            batch_size=1,
            batch_format="pyarrow",
            compute=ray.data.ActorPoolStrategy(size=workers),
            num_cpus=self._settings.cores_per_worker,
            num_gpus=self._settings.gpus_per_worker or None,
            max_restarts=RESTARTS,
            max_task_retries=TRIES - 1,
        )


class _RayWorker:
    """A worker as Ray Data wants it: Arrow tables of one row in and out."""

    def __init__(self, order: Order) -> None:
        self._worker = Worker(order)

    def __call__(self, batch: Any) -> Any:
        import pyarrow as pa

        return pa.table({"done": [self._worker.work_on(batch["part"][0].as_py())]})


def _reason(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[-1] if lines else type(error).__name__).rstrip(".")
