"""A metric that is a program: its process, its store of scores; and the statistics of a test set by any metric."""

from __future__ import annotations

import math
import re
import shutil
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from tutelage.core.errors import MetricError
from tutelage.core.metrics import MetricSegment, MetricSettings, SegmentMetric
from tutelage.core.signatures import content_key
from tutelage.evaluation.measures import MEASURES
from tutelage.evaluation.metrics.environments import installed_command, metrics_folder
from tutelage.evaluation.metrics.process import ScorerProcess
from tutelage.evaluation.metrics.store import ScoreStore
from tutelage.evaluation.significance import Floats, SegmentStatistics

_NAME = re.compile(r"[a-z][a-z0-9_]*")


class ProcessMetric:
    """A scorer in its own process; what it has scored before is not asked again."""

    def __init__(self, name: str, process: ScorerProcess, *, store: ScoreStore, batch: int) -> None:
        self.name, self._process, self._store, self._batch = name, process, store, batch

    @property
    def signature(self) -> str:
        """Name, model, version and licence of the weights, as the scorer says."""
        told = self._process.greeting
        return f"{self.name}|model:{told.model}|version:{told.version}|licence:{told.licence}"

    @property
    def higher_is_better(self) -> bool:
        """As the scorer says."""
        return self._process.greeting.higher_is_better

    @property
    def needs_reference(self) -> bool:
        """As the scorer says."""
        return self._process.greeting.needs_reference

    def score(self, segments: Sequence[MetricSegment]) -> list[float]:
        """The score of each segment."""
        keys = [self._key(segment) for segment in segments]
        known = self._store.find(list(dict.fromkeys(keys)))
        missing = {key: segment for key, segment in zip(keys, segments, strict=True) if key not in known}
        for part in _parts(missing, self._batch):
            scored = dict(zip(part, self._process.ask(list(part.values())), strict=True))
            self._store.keep(scored)
            known |= scored
        return [known[key] for key in keys]

    def _key(self, segment: MetricSegment) -> str:
        reference = segment.reference if self.needs_reference else ""
        languages = (segment.source_language, segment.target_language)
        return content_key(self.signature, segment.source, segment.hypothesis, reference, *languages)


def open_metrics(named: Mapping[str, MetricSettings]) -> tuple[SegmentMetric, ...]:
    """The metrics that are programs; each is started once in a process, when it is first asked."""
    programs = {name: settings for name, settings in named.items() if settings.teacher is None}
    return tuple(_open_metric(name, settings, metrics_folder()) for name, settings in programs.items())


@cache
def _open_metric(name: str, settings: MetricSettings, folder: Path) -> SegmentMetric:
    problems = metric_problems(name, settings)
    if problems:
        raise MetricError(problems[0], where=f"evaluation.metrics.{name}")
    process = ScorerProcess(name, metric_command(name, settings))
    return ProcessMetric(name, process, store=ScoreStore(folder / "scores.sqlite"), batch=settings.batch)


def metric_command(name: str, settings: MetricSettings) -> tuple[str, ...]:
    """The whole command line; only its arguments if the metric is not installed."""
    model = () if settings.model is None else ("--model", settings.model)
    return (*(settings.command or installed_command(name)), *model, *settings.arguments)


def metric_problems(name: str, settings: MetricSettings) -> list[str]:
    """Why a metric cannot be used; nothing is started."""
    if not _NAME.fullmatch(name):
        return [f"'{name}' is no name of a metric. Use small letters, digits and underscores."]
    if name in MEASURES:
        return [f"'{name}' is a measure of ours already. Call the metric by another name."]
    if settings.teacher is not None:
        given = [key for key in ("command", "model", "arguments") if getattr(settings, key)]
        return [f"a teacher rates, so that `{given[0]}` says nothing. Leave one of the two out."] if given else []
    if not settings.command and not installed_command(name):
        return [f"there is no command, and no metric '{name}' is installed. Try: tutelage metrics add {name}"]
    program = metric_command(name, settings)[0]
    return [] if shutil.which(program) else [f"there is no program '{program}'. Check the command."]


def metric_statistics(metric: SegmentMetric, segments: Sequence[MetricSegment]) -> SegmentStatistics:
    """The mean of the segments' scores, ready to be resampled; those without a score count in neither sum.

    Two systems are compared on the segments that both have a score of.
    """
    return SegmentStatistics(
        name=metric.name,
        rows=np.array([(0.0, 0.0) if math.isnan(score) else (score, 1.0) for score in metric.score(segments)]),
        score_sums=_mean,
        higher_is_better=metric.higher_is_better,
        signature=metric.signature,
        may_lack=True,
    )


def _mean(sums: Floats) -> Floats:
    means: Floats = sums[:, 0] / sums[:, 1]
    return means


def _parts(items: Mapping[str, MetricSegment], size: int) -> list[dict[str, MetricSegment]]:
    listed = list(items.items())
    return [dict(listed[start : start + size]) for start in range(0, len(listed), size)]
