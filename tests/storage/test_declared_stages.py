"""Declared stages in a folder: made once under the key of their inputs, made again when an input changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tutelage.core.records import Rejection, Segment
from tutelage.core.stage import FolderStage, Stage, ValuesStage, Work
from tutelage.storage.stages import StageFolder, StageTable


@dataclass(frozen=True)
class Texts:
    texts: tuple[str, ...]
    lang: str = "en"


@dataclass(frozen=True)
class Upper:
    segments: StageTable[Segment]


class StoppedError(Exception):
    pass


def list_texts(inputs: Texts, work: Work) -> Iterator[Segment | Rejection]:
    for place, text in enumerate(inputs.texts):
        yield Segment(str(place), text, inputs.lang) if text else Rejection(str(place), "listed", "empty", raw="")


def raise_case(inputs: Upper, work: Work) -> Iterator[Segment]:
    for segment in inputs.segments:
        if segment.id in work.done:
            continue
        if segment.text == "stop" and not work.done:
            raise StoppedError
        yield Segment(segment.id, segment.text.upper(), segment.lang)


def write_texts(inputs: Texts, work: Work, folder: Path) -> None:
    work.scratch.mkdir(parents=True)
    (work.scratch / "half").write_text("x")
    (folder / "texts.txt").write_text("\n".join(inputs.texts))


def count_texts(inputs: Texts, work: Work) -> list[Segment]:
    return [Segment("count", str(len(inputs.texts)), inputs.lang)]


LISTED = Stage("listed", 1, Segment, list_texts)
UPPER = Stage("upper", 1, Segment, raise_case, resumes=True)
WRITTEN = FolderStage("written", 1, write_texts)
COUNTED = ValuesStage("counted", 1, Segment, count_texts)


@pytest.fixture
def folder(tmp_path: Path) -> tuple[StageFolder, list[str]]:
    made: list[str] = []
    return StageFolder(tmp_path, lambda name, facts: made.append(name)), made


def test_a_table_is_made_once_for_its_inputs(folder: tuple[StageFolder, list[str]]) -> None:
    stages, made = folder
    first = stages.make(LISTED, Texts(("a", "", "b")))
    again = stages.make(LISTED, Texts(("a", "", "b")))
    assert [segment.text for segment in again] == ["a", "b"]
    assert [rejection.reason for rejection in again.rejections()] == ["empty"]
    assert (first.key, made) == (again.key, ["listed"])


def test_another_input_makes_it_and_what_reads_it_again(folder: tuple[StageFolder, list[str]]) -> None:
    stages, made = folder
    for lang in ("en", "de"):
        stages.make(UPPER, Upper(stages.make(LISTED, Texts(("a",), lang))))
    assert made == ["listed", "upper", "listed", "upper"]


def test_a_stage_that_resumes_goes_on_after_its_last_row(folder: tuple[StageFolder, list[str]]) -> None:
    stages, _ = folder
    listed = stages.make(LISTED, Texts(("a", "stop")))
    with pytest.raises(StoppedError):
        stages.make(UPPER, Upper(listed))
    assert [segment.text for segment in stages.make(UPPER, Upper(listed))] == ["A", "STOP"]


def test_a_folder_is_made_once_and_its_scratch_is_removed(folder: tuple[StageFolder, list[str]]) -> None:
    stages, made = folder
    for _ in range(2):
        written = stages.make(WRITTEN, Texts(("a", "b")))
    assert (written.path / "texts.txt").read_text() == "a\nb"
    assert made == ["written"]
    assert [path.name for path in stages.path.iterdir()] == ["written"]


def test_values_are_kept_as_json(folder: tuple[StageFolder, list[str]]) -> None:
    stages, made = folder
    for _ in range(2):
        assert stages.make(COUNTED, Texts(("a", "b"))) == [Segment("count", "2", "en")]
    assert made == ["counted"]
