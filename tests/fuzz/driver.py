"""The loop of every fuzzer: mutation number n of a seed is always the same, and what breaks the target is kept."""

from __future__ import annotations

import random
import signal
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tutelage.core.errors import UserError


@dataclass(frozen=True, slots=True)
class Target:
    """What is fuzzed: `mutate` draws an input, `attempt` gives it to the product."""

    name: str
    suffix: str
    """Of the files that inputs are kept in, such as `.toml`."""
    mutate: Callable[[random.Random], bytes]
    attempt: Callable[[bytes], object]
    """May raise a UserError; any other exception is a fault of the product."""


@dataclass(slots=True)
class Tally:
    """What came of the mutations."""

    tried: int = 0
    refused: int = 0
    """Inputs that ended in a UserError."""
    faults: Counter[str] = field(default_factory=Counter)
    """Inputs that ended otherwise, by exception and place."""
    kept: list[Path] = field(default_factory=list)
    """The first input of each fault; its traceback lies beside it."""
    slowest: tuple[float, int] = (0.0, 0)
    """Seconds and number of the mutation that took longest."""


class TookTooLongError(Exception):
    """An input that the product comes to no end with."""


def fuzz(target: Target, *, count: int, seed: int, keep: Path, seconds: int = 0) -> Tally:
    """Try `count` mutations; the folder `keep` is made if there is something to keep.

    An input that takes longer than `seconds` is a fault; 0 waits for ever, as tests do, which know no limits of time.
    """
    signal.signal(signal.SIGALRM, _give_up)
    tally = Tally()
    for number in range(count):
        data = mutation(target, seed=seed, number=number)
        began = time.monotonic()
        try:
            signal.alarm(seconds)
            target.attempt(data)
        except UserError:
            tally.refused += 1
        except Exception as error:
            _note(tally, error, data, keep=keep, name=f"{target.name}-{seed}-{number}{target.suffix}")
        signal.alarm(0)
        tally.tried += 1
        tally.slowest = max(tally.slowest, (time.monotonic() - began, number))
    return tally


def mutation(target: Target, *, seed: int, number: int) -> bytes:
    """One input, which depends on the seed and the number alone."""
    return target.mutate(random.Random(f"{target.name}:{seed}:{number}"))


def _give_up(*_: object) -> None:
    raise TookTooLongError


def _note(tally: Tally, error: Exception, data: bytes, *, keep: Path, name: str) -> None:
    fault = _describe(error)
    tally.faults[fault] += 1
    if tally.faults[fault] > 1:
        return
    keep.mkdir(parents=True, exist_ok=True)
    path = keep / name
    path.write_bytes(data)
    lines = "".join(traceback.format_exception(error))
    path.with_name(f"{name}.traceback.txt").write_text(lines, encoding="utf-8", errors="backslashreplace")
    tally.kept.append(path)


def _describe(error: Exception) -> str:
    """`TypeError at recipe_reading.py:58`: the last place in the product's own files, if there is one."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "tutelage" in Path(frame.filename).parts] or list(frames)
    return f"{type(error).__name__} at {Path(own[-1].filename).name}:{own[-1].lineno}"
