"""What a sweep varies: keys of the recipe with their values, as the command line writes them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from tutelage.core.errors import UsageError
from tutelage.core.signatures import content_key

SEED = "seed"
_SLUG_LENGTH = 32
_NAME_LENGTH = 140
"""Of a folder; file systems take 255 bytes."""
_PAIRS = {"[": "]", "{": "}", "(": ")"}


@dataclass(frozen=True, slots=True)
class Varied:
    """A key of the recipe, such as `step.0.train.learning_rate`, and its values as they were written."""

    key: str
    values: tuple[str, ...]

    @property
    def numbers(self) -> tuple[float, ...] | None:
        """The values as numbers; `None` if one is not."""
        try:
            return tuple(float(value) for value in self.values)
        except ValueError:
            return None


Assignment = tuple[tuple[str, str], ...]
"""Each varied key with one of its values."""


def parse_grid(grid: Sequence[str], *, seeds: str | None = None) -> tuple[Varied, ...]:
    """What `--grid KEY=V1,V2` (one for each key) and `--seeds 1,2` say; the seeds come last. UsageError if unclear."""
    varied = [_parse_varied(text) for text in grid]
    if seeds is not None:
        varied.append(_parse_seeds(seeds))
    if not varied:
        raise UsageError("nothing is varied.", fix="Give --grid KEY=VALUE,VALUE, or --seeds 1,2,3.", where="--grid")
    for one in varied:
        if [other.key for other in varied].count(one.key) > 1:
            raise UsageError(f"'{one.key}' is varied twice.", where="--grid", fix="Give all its values at once.")
    return tuple(varied)


def assignments(varied: Sequence[Varied]) -> Iterator[Assignment]:
    """Every combination of the values; the last key changes fastest."""
    for values in product(*(one.values for one in varied)):
        yield tuple(zip((one.key for one in varied), values, strict=True))


def short_keys(keys: Sequence[str]) -> dict[str, str]:
    """The shortest ends of the keys that still tell them apart: `learning_rate` for `step.0.train.learning_rate`."""
    return {key: _shortest(key, [other for other in keys if other != key]) for key in keys}


def point_name(recipe_name: str, assignment: Assignment) -> str:
    """Name of a point's run: `manuals_learning_rate-1e-4_seed-1`."""
    short = short_keys([key for key, _ in assignment])
    slugs = [f"{_slug(short[key])}-{_slug(value)}" for key, value in assignment]
    name = "_".join([recipe_name, *slugs])
    lossy = len(name) > _NAME_LENGTH or any(_slug(value) != value for _, value in assignment)
    return f"{name[:_NAME_LENGTH]}_{content_key(assignment)[:6]}" if lossy else name


def describe_assignment(assignment: Assignment) -> str:
    """`learning_rate 1e-4, seed 1`."""
    short = short_keys([key for key, _ in assignment])
    return ", ".join(f"{short[key]} {value}" for key, value in assignment)


def _parse_varied(text: str) -> Varied:
    key, equals, raw = text.partition("=")
    key, values = key.strip(), tuple(piece.strip() for piece in _split(raw))
    if not equals or not key or not all(values):
        raise UsageError(f"'{text}' is not of the form key.path=value,value.", where="--grid")
    if key == "name":
        raise UsageError("'name' cannot be varied: every point is named after what it sets.", where="--grid")
    if key == "ledger":
        raise UsageError("'ledger' cannot be varied: the points share what teachers have answered.", where="--grid")
    return Varied(key, _each_once(values, where=f"--grid {key}"))


def _parse_seeds(text: str) -> Varied:
    seeds = [piece.strip() for piece in text.split(",")]
    wrong = next((seed for seed in seeds if not re.fullmatch(r"-?\d+", seed)), None)
    if wrong is not None:
        fix = "Give whole numbers with commas between them, such as --seeds 1,2,3."
        raise UsageError(f"'{wrong}' is not a seed.", where="--seeds", fix=fix)
    return Varied(SEED, _each_once([str(int(seed)) for seed in seeds], where="--seeds"))


def _each_once(values: Sequence[str], *, where: str) -> tuple[str, ...]:
    seen: set[object] = set()
    for value in values:
        same = _comparable(value)
        if same in seen:
            raise UsageError(f"'{value}' is given twice.", where=where)
        seen.add(same)
    return tuple(values)


def _comparable(value: str) -> object:
    """The number that a value is, so that 1e-4 and 0.0001 are the same; else its text."""
    try:
        return float(value)
    except ValueError:
        return value


def _split(raw: str) -> list[str]:
    """The pieces between commas that stand in no brackets and no quotes."""
    pieces, closing, quote = [""], list[str](), ""
    for letter in raw:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter in _PAIRS:
            closing.append(_PAIRS[letter])
        elif closing and letter == closing[-1]:
            closing.pop()
        elif letter == "," and not closing:
            pieces.append("")
            continue
        pieces[-1] += letter
    return pieces


def _shortest(key: str, others: Sequence[str]) -> str:
    parts = key.split(".")
    ends = (".".join(parts[-count:]) for count in range(1, len(parts) + 1))
    return next((end for end in ends if not any(f".{other}".endswith(f".{end}") for other in others)), key)


def _slug(text: str) -> str:
    """The text as a part of a folder's name."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", text).strip("-")[:_SLUG_LENGTH] if not _is_plain(text) else text


def _is_plain(text: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9._-]+", text) is not None and len(text) <= _SLUG_LENGTH
