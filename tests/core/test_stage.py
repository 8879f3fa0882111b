"""Stages as values: keys that follow from what is read, and nothing else that could be reached."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tutelage.core.languages import Direction
from tutelage.core.records import Segment
from tutelage.core.settings import TrainSettings
from tutelage.core.stage import Stage, Work, stage_key


@dataclass(frozen=True)
class Table:
    key: str


@dataclass(frozen=True)
class Teacher:
    signature: str
    calls: int = 0


@dataclass(frozen=True)
class Inputs:
    table: Table
    teacher: Teacher
    direction: Direction
    train: TrainSettings
    shares: dict[str, float]
    seed: int
    names: tuple[str | None, ...] = ()


INPUTS = Inputs(Table("a"), Teacher("chat:one"), Direction("en", "de"), TrainSettings(), {"drawn": 0.5}, 1)


def copy_segments(inputs: Inputs, work: Work) -> Iterator[Segment]:
    yield Segment("1", inputs.table.key, inputs.direction.source)


COPY = Stage("copy", 1, Segment, copy_segments)


def test_key_is_the_same_for_the_same_inputs() -> None:
    assert COPY.key(INPUTS) == COPY.key(replace(INPUTS, table=Table("a")))


@pytest.mark.parametrize(
    "change",
    [
        {"table": Table("b")},
        {"teacher": Teacher("chat:two")},
        {"direction": Direction("en", "fr")},
        {"train": TrainSettings(epochs=4)},
        {"shares": {"drawn": 0.6}},
        {"shares": {"left": 0.5}},
        {"seed": 2},
        {"names": (None,)},
        {"names": ("",)},
    ],
)
def test_each_field_is_in_the_key(change: dict[str, object]) -> None:
    assert COPY.key(replace(INPUTS, **change)) != COPY.key(INPUTS)


def test_what_a_signature_leaves_out_is_not_in_the_key() -> None:
    assert COPY.key(replace(INPUTS, teacher=Teacher("chat:one", calls=7))) == COPY.key(INPUTS)


def test_name_and_version_are_in_the_key() -> None:
    keys = {COPY.key(INPUTS), replace(COPY, version=2).key(INPUTS), replace(COPY, name="other").key(INPUTS)}
    assert len(keys) == 3


def test_the_name_of_its_file_is_not_in_the_key() -> None:
    assert COPY.named("domain-before").key(INPUTS) == COPY.key(INPUTS)


def test_a_path_says_nothing_of_what_is_in_it() -> None:
    @dataclass(frozen=True)
    class WithPath:
        student: Path

    with pytest.raises(TypeError, match=r"train\.student: a PosixPath does not say"):
        stage_key("train", 1, WithPath(Path("student")))


def test_inputs_that_could_change_are_refused() -> None:
    @dataclass
    class Loose:
        seed: int

    @dataclass(frozen=True)
    class Holding:
        tally: tuple[Loose, ...]

    with pytest.raises(TypeError, match="frozen dataclass"):
        stage_key("train", 1, Loose(1))
    with pytest.raises(TypeError, match=r"train\.tally\[0\]: a Loose does not say"):
        stage_key("train", 1, Holding((Loose(1),)))


def test_a_function_that_could_reach_something_else_is_refused() -> None:
    secret = "undeclared"

    def produce(inputs: Inputs, work: Work) -> Iterator[Segment]:
        yield Segment("1", secret, "en")

    with pytest.raises(TypeError, match="no function of a module"):
        Stage("copy", 1, Segment, produce)
    with pytest.raises(TypeError, match="no function of a module"):
        Stage("copy", 1, Segment, lambda inputs, work: ())
