"""Stages whose records and keys a test gives: for what is about folders of stages, and not about any stage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tutelage.core.stage import FolderStage, Stage, ValuesStage


@dataclass(frozen=True)
class Given:
    """What makes the records; it is known by its key alone."""

    key: str
    make: Callable[..., Any]


@dataclass(frozen=True)
class Inputs:
    given: Given


def _make(inputs, _work):
    return inputs.given.make()


def _go_on(inputs, work):
    return inputs.given.make(work.done)


def _fill(inputs, _work, folder):
    inputs.given.make(folder)


def make_table(folder, name, record_type, *, key, produce):
    """A table in the folder, made by `produce()`."""
    return folder.make(Stage(name, 1, record_type, _make), Inputs(Given(key, produce)))


def resume_table(folder, name, record_type, *, key, produce, file=""):
    """A table that goes on after its last row: `produce` is given the ids of those that are there."""
    stage = Stage(name, 1, record_type, _go_on, resumes=True)
    return folder.make(stage.named(file) if file else stage, Inputs(Given(key, produce)))


def make_folder(folder, name, *, key, make):
    """The path of a folder in the folder, filled by `make`."""
    return folder.make(FolderStage(name, 1, _fill), Inputs(Given(key, make))).path


def make_values(folder, name, record_type, *, key, make):
    """Records kept as JSON, made by `make()`."""
    return folder.make(ValuesStage(name, 1, record_type, _make), Inputs(Given(key, make)))
