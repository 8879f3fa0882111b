"""A stage as a value: its name, what it reads, and how it makes its records. Its content key follows from these.

What a stage reads is one frozen dataclass, its *inputs*: tables, texts, settings, directions, teachers, students. The
function that makes the records is given the inputs and `Work`, and can reach nothing else, so a stage cannot be used
again for what it was not made for: a field that is read is a field of the inputs, and every field is in the key.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from tutelage.core.protocols import Progress, Silence
from tutelage.core.records import Rejection
from tutelage.core.runner import LOCAL, Runner
from tutelage.core.signatures import content_key

I = TypeVar("I")  # noqa: E741 - inputs
R = TypeVar("R")
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Work:
    """What a stage works with that changes nothing of what it makes."""

    progress: Progress = field(default_factory=Silence)
    done: frozenset[str] = frozenset()
    """Ids of the rows that an interrupted stage has made already, for one that resumes."""
    scratch: Path = Path()
    """A folder of a stage that makes a folder: kept over a kill, and removed when the stage is done."""
    name: str = ""
    """Of the stage's file, for progress."""
    runner: Runner = LOCAL
    """Where rows are worked on that need no student and no teacher; those have runners of their own."""


@dataclass(frozen=True, slots=True)
class Records(Generic[R]):
    """Records as an input that are in no table: all that they say counts, where one may have a signature of its own."""

    records: tuple[R, ...]

    @property
    def key(self) -> str:
        """The same for the same records."""
        return content_key(self.records)


@dataclass(frozen=True, slots=True)
class Stage(Generic[I, R]):
    """A stage that makes a table."""

    name: str
    """Of its file too, unless that has one of its own."""
    version: int
    """Raised where the same inputs give other records than before."""
    record_type: type[R]
    produce: Callable[[I, Work], Iterable[R | Rejection]]
    """Records and rejections; a function of its module, so that it holds nothing else."""
    resumes: bool = False
    """An interrupted stage goes on after its last row (`Work.done`), for work that no ledger keeps; it rejects
    nothing. Else it begins again."""
    file: str = ""

    def __post_init__(self) -> None:
        _require_plain(self.name, self.produce)

    def key(self, inputs: I) -> str:
        """Of the stage made from these inputs."""
        return stage_key(self.name, self.version, inputs)

    def named(self, file: str) -> Stage[I, R]:
        """The same stage in a file of another name, if a folder holds several; its key stays."""
        return dataclasses.replace(self, file=file)


@dataclass(frozen=True, slots=True)
class FolderStage(Generic[I]):
    """A stage that fills a folder, such as a student's."""

    name: str
    version: int
    make: Callable[[I, Work, Path], None]
    """Fills the folder that it is given."""
    file: str = ""

    def __post_init__(self) -> None:
        _require_plain(self.name, self.make)

    def key(self, inputs: I) -> str:
        """Of the stage made from these inputs."""
        return stage_key(self.name, self.version, inputs)

    def named(self, file: str) -> FolderStage[I]:
        """The same stage in a folder of another name; its key stays."""
        return dataclasses.replace(self, file=file)


@dataclass(frozen=True, slots=True)
class ValuesStage(Generic[I, R]):
    """A stage that makes a few records, kept as readable JSON."""

    name: str
    version: int
    record_type: type[R]
    make: Callable[[I, Work], list[R]]

    def __post_init__(self) -> None:
        _require_plain(self.name, self.make)

    def key(self, inputs: I) -> str:
        """Of the stage made from these inputs."""
        return stage_key(self.name, self.version, inputs)


def stage_key(name: str, version: int, inputs: Any) -> str:
    """The content key of what a stage makes; TypeError for inputs that do not say what is in them."""
    if not _is_frozen(inputs):
        raise TypeError(f"stage '{name}': its inputs must be a frozen dataclass, not {type(inputs).__name__}")
    fields = {
        one.name: _describe(getattr(inputs, one.name), f"{name}.{one.name}") for one in dataclasses.fields(inputs)
    }
    return content_key(name, version, fields)


def _describe(value: Any, place: str) -> Any:
    """What of a value is in the key: its own key or signature, or all of its parts."""
    if value is None or isinstance(value, str | int | float):
        return value.value if isinstance(value, Enum) else value
    for name in ("key", "signature"):
        told = getattr(value, name, None)
        if isinstance(told, str):
            return {name: told}
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if _is_frozen(value):
        return {
            one.name: _describe(getattr(value, one.name), f"{place}.{one.name}") for one in dataclasses.fields(value)
        }
    if isinstance(value, Mapping):
        return [[_describe(each, place), _describe(value[each], place)] for each in sorted(value, key=repr)]
    if isinstance(value, frozenset):
        return sorted(_describe(each, place) for each in value)
    if isinstance(value, tuple | list):
        return [_describe(each, f"{place}[{number}]") for number, each in enumerate(value)]
    raise TypeError(f"{place}: a {type(value).__name__} does not say what is in it, so no content key can hold it")


def _is_frozen(value: Any) -> bool:
    """Whether it is a frozen dataclass; one that can change may count what a stage does, and says another key then."""
    parameters = getattr(value, "__dataclass_params__", None)
    return parameters is not None and bool(parameters.frozen) and not isinstance(value, type)


def _require_plain(name: str, function: Callable[..., Any]) -> None:
    """A function of a module: one that closes over something could read what no input declares."""
    if (
        getattr(function, "__closure__", None)
        or "<locals>" in function.__qualname__
        or "<lambda>" in function.__qualname__
    ):
        raise TypeError(f"stage '{name}': '{function.__qualname__}' is no function of a module")
