"""Every file of a run, damaged in every way: made again, or told in one paragraph; nothing is paid for twice."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from damages import DAMAGES, become_file
from rights import without_root_rights
from scripted.llm import ScriptedLlm
from small_runs import small_recipe
from tutelage.core.errors import UserError
from tutelage.core.records import Example, Hypothesis, Rejection
from tutelage.runs.report import write_report
from tutelage.runs.run import run_recipe
from tutelage.runs.run_list import list_runs
from tutelage.storage.tables import read_table
from whole_runs import refuse, say

STEP = "patch/01-patching"
TABLES = [
    "pool.parquet", "pool.rejected.parquet", "hypotheses.parquet", "translations.parquet",
    "translations.rejected.parquet", "feedback.parquet", "selected.parquet", "examples.parquet",
    "tests/domain-after.parquet", "tests/domain-teacher.parquet",
]  # fmt: skip
VALUES = ["threshold.json", "scores.json", "comparisons.json", "gate.json", "confusions.json", "step.json"]
STUDENT = [
    "student/model.safetensors", "student/config.json", "student/vocab.json", "student/source.spm",
    "student/training.json", "student/tokenizer_config.json",
]  # fmt: skip
MARKS = ["student/stage.key", "student/files.sha256"]
RUN = ["patch/run.json", "patch/recipe.toml", "patch/report.html"]
PLACES = [*RUN, *(f"{STEP}/{name}" for name in (*TABLES, *VALUES, *STUDENT, *MARKS))]
SLOW = {f"{STEP}/{name}" for name in (*STUDENT, *MARKS)}
"""Damage after which the student is trained again, which takes a second or two."""
MATRIX = [(place, damage) for place in PLACES if place not in SLOW for damage in DAMAGES]
TRIED = MATRIX if os.environ.get("FUZZ") else MATRIX[::4]
"""Everyday a quarter of it, in which each file and each damage has its turn; all of it with FUZZ set."""


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A small run that is done, its recipe and its teacher."""
    folder = tmp_path_factory.mktemp("finished")
    with ScriptedLlm(script=say, misbehave=refuse) as llm:
        recipe = small_recipe(folder, llm)
        run_recipe(recipe, runs=folder / "runs")
        yield folder / "runs", recipe, llm


@pytest.fixture
def runs(finished, tmp_path):
    """A copy of the finished runs, to be damaged."""
    shutil.copytree(finished[0], tmp_path / "runs")
    return tmp_path / "runs"


@contextmanager
def told() -> Iterator[list[str]]:
    """A UserError, or what the command tells alike, is told in one paragraph; anything else fails the test."""
    from tutelage.cli.commands import describe_system_error

    messages: list[str] = []
    try:
        yield messages
    except UserError as error:
        messages.append(error.paragraph())
    except OSError as error:
        if error.errno is None:
            raise
        messages.append(describe_system_error(error))
    for message in messages:
        assert "\n" not in message
        assert "Traceback" not in message


def look(runs):
    """Those who only look at runs."""
    with told():
        list_runs(runs)
    with told():
        write_report(runs / "patch")


def run_again(finished, runs):
    """Run once more; what was told instead, and that nothing was paid for."""
    _, recipe, llm = finished
    paid = len(llm.answered)
    with told() as messages:
        run_recipe(recipe, runs=runs)
    assert len(llm.answered) == paid
    return messages


def same_as_before(finished, runs):
    """The same examples, and a student that writes the same."""
    for name, record in (("examples.parquet", Example), ("examples.rejected.parquet", Rejection)):
        kept, made = (list(read_table(place / STEP / name, record)) for place in (finished[0], runs))
        assert made == kept
    kept, made = (json.loads((place / STEP / "gate.json").read_text()) for place in (finished[0], runs))
    assert made["gate"] == kept["gate"]
    kept, made = (read_table(place / STEP / "tests/domain-after.parquet", Hypothesis) for place in (finished[0], runs))
    assert [row.text for row in made] == [row.text for row in kept]


@pytest.mark.parametrize(("place", "damage"), TRIED)
def test_a_damaged_file_is_made_again_or_told(finished, runs, place, damage):
    DAMAGES[damage](runs / place)
    look(runs)
    messages = run_again(finished, runs)
    if damage == "become_folder":
        assert messages and str(runs / place) in messages[0]
        (runs / place).rmdir()
        assert not run_again(finished, runs)
    assert not messages or damage == "become_folder"
    same_as_before(finished, runs)
    look(runs)


@pytest.mark.parametrize(
    ("place", "damage"),
    [
        *((f"{STEP}/student/model.safetensors", damage) for damage in ("truncate", "turn", "become_folder")),
        *((f"{STEP}/{name}", "empty") for name in STUDENT[1:]),
        (f"{STEP}/student/training.json", "reshape"),
        *((f"{STEP}/student/stage.key", damage) for damage in ("garble", "become_folder")),
        (f"{STEP}/student/files.sha256", "truncate"),
        (f"{STEP}/student/files.sha256", "garble"),
        ("patch/00-student/fresh/vocab.json", "empty"),
        ("patch/00-student/fresh/model.safetensors", "zero"),
    ],
)
def test_a_damaged_student_is_made_again(finished, runs, place, damage):
    DAMAGES[damage](runs / place)
    assert not run_again(finished, runs)
    same_as_before(finished, runs)


@pytest.mark.parametrize("place", [f"{STEP}/student", f"{STEP}/tests", STEP])
def test_a_file_in_the_place_of_a_folder_is_told(finished, runs, place):
    become_file(runs / place)
    (message,) = run_again(finished, runs)
    assert str(runs / place) in message
    (runs / place).unlink()
    assert not run_again(finished, runs)
    same_as_before(finished, runs)


def test_a_table_of_other_records_under_the_same_key_is_made_again(finished, runs):
    path = runs / STEP / "examples.parquet"
    kept = pq.read_table(path)
    for changed in (kept.drop_columns(["target"]), kept.set_column(2, "source_lang", pa.array([1] * len(kept)))):
        pq.write_table(changed.replace_schema_metadata(kept.schema.metadata), path)
        assert not run_again(finished, runs)
        same_as_before(finished, runs)


@pytest.mark.parametrize("place", [f"{STEP}/pool.parquet", f"{STEP}/scores.json", "patch/run.json"])
def test_a_file_that_may_not_be_read_is_told(finished, runs, place):
    (runs / place).chmod(0)
    with without_root_rights():
        messages = run_again(finished, runs)
    assert messages and "permission denied" in messages[0]
    assert str(runs / place) in messages[0]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_ledger_is_told(finished, runs, damage):
    """What is finished needs no ledger, so that one that is gone, or damaged where nobody reads, is no trouble."""
    DAMAGES[damage](runs / "ledger.sqlite")
    messages = run_again(finished, runs)
    assert bool(messages) == (damage not in {"remove", "empty", "turn"})
    assert all(str(runs / "ledger.sqlite") in message for message in messages)
    same_as_before(finished, runs)
