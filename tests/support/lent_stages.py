"""Finished stages lent to a run under whatever key it asks for, so that it shows its keys and makes nothing.

What a stage is made of is told by its inputs, as the run declares them.
"""

import dataclasses
import json
import shutil
from collections.abc import Mapping
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq

from tutelage.core.errors import RecipeError
from tutelage.core.stage import Records
from tutelage.runs.run import run_recipe
from tutelage.storage.stages import StageFolder, StageTable
from tutelage.students.decoder import Decoder, Weights

MEASURED = "measured"
"""What a stage is made of that keeps records which are in no table: its key follows what they say."""


def stage_keys(recipe, *, runs, lender=None):
    """The keys of the stages that the recipe's run reached, by name; `lender` is the folder of a finished run."""
    borrow = {} if lender is None else {"borrow": _lend(lender, runs / recipe.name)}
    try:
        run_recipe(recipe, runs=runs, **borrow)
    except RecipeError:
        raise
    except Exception:  # lent tables may not fit the recipe; its stages up to there have shown their keys
        if lender is None:
            raise
    stages = json.loads((runs / recipe.name / "run.json").read_text())["stages"]
    return {name: facts["key"] for name, facts in stages.items()}


@contextmanager
def noted_parts(run):
    """What each stage is made of that is made in the folder of the run meanwhile: names, by its own name."""
    parts, make, begun = {}, StageFolder.make, StageFolder.begun

    def noted(made):
        def note(folder, stage, inputs, **settings):
            name = (folder.path / (getattr(stage, "file", "") or stage.name)).relative_to(run).as_posix()
            parts[name] = set(_parts(inputs, run))
            return made(folder, stage, inputs, **settings)

        return note

    StageFolder.make, StageFolder.begun = noted(make), noted(begun)
    try:
        yield parts
    finally:
        StageFolder.make, StageFolder.begun = make, begun


def made_of(stages, parts):
    """The stages, and those that are made of them, and so on."""
    found = set(stages)
    while more := {stage for stage, names in parts.items() if names & found} - found:
        found |= more
    return found


def _parts(value, run):
    if isinstance(value, Records):
        yield MEASURED
    elif isinstance(value, StageTable):
        yield from _name(value.path.with_suffix(""), run)
    elif isinstance(value, Weights | Decoder):
        yield from _name(value.folder, run)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from _parts(getattr(value, field.name), run)
    elif isinstance(value, Mapping):
        yield from _parts(tuple(value.values()), run)
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _parts(each, run)


def _name(path, run):
    if Path(path).is_relative_to(run):
        yield Path(path).relative_to(run).as_posix()


def _lend(lender, run):
    def borrow(path, key):
        source = lender / path.relative_to(run)
        if source.is_dir():
            _lend_folder(source, path, key)
        elif source.suffix == ".parquet" and source.is_file():
            _lend_table(source, path, key)
            rejected = source.with_suffix(".rejected.parquet")
            if rejected.is_file():
                shutil.copy2(rejected, path.with_suffix(".rejected.parquet"))
        else:
            return None
        return {"key": key, "seconds": 0.0}

    return borrow


def _lend_folder(source, path, key):
    """A student under another key is another student: one more file of it changes its signature."""
    shutil.copytree(source, path)
    if (source / "stage.key").read_text() != key:
        (path / "changed.spm").write_text(key)
    (path / "stage.key").write_text(key)


def _lend_table(source, path, key):
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pq.read_table(source)
    pq.write_table(table.replace_schema_metadata({**table.schema.metadata, b"tutelage.key": key.encode()}), path)
