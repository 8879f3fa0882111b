"""What bad input gets: one error that says what to do, with the right exit code, and everything finished kept."""

import json
import os
import socket
from pathlib import Path

import pytest

from answer_key import delimited
from tutelage.core.errors import BudgetError, CorpusError, RecipeError, TeacherError, UserError
from tutelage.core.records import Example, Pair
from tutelage.runs.recipe_files import load_recipe
from tutelage.runs.report import write_report
from tutelage.runs.run import run_recipe
from tutelage.storage.ledger import Ledger
from tutelage.storage.tables import count_rows, read_table
from tutelage.students.promoted import promoted_student
from tutelage.teachers.calling import rate
from whole_runs import make_recipe, patching_table

SHORT = {"train": {"max_updates": 2}}


@pytest.fixture
def table(domain, base_student, llm):
    """A recipe's tables that can be run, and trains for a moment only."""
    return patching_table(domain, base_student, llm, step=SHORT)


@pytest.fixture
def dead_address():
    """An address on the loopback at which nothing listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"


def failure(table, runs, kind=RecipeError):
    """The error that running the recipe raises."""
    with pytest.raises(UserError) as raised:
        run_recipe(make_recipe(table), runs=runs)
    assert type(raised.value) is kind
    assert "Traceback" not in raised.value.paragraph()
    return raised.value


def problems(table, runs):
    """The problems of a recipe that is not even started."""
    error = failure(table, runs)
    assert error.exit_code == 2
    assert "nothing was started" in str(error)
    assert not Path(runs, table["name"]).exists()
    assert not Path(runs, "ledger.sqlite").exists()
    return error.problems


def test_an_empty_pool(table, tmp_path):
    (tmp_path / "empty.jsonl").write_text("\n\n")
    table["text"]["pool"] = {"path": str(tmp_path / "empty.jsonl")}
    (problem,) = problems(table, tmp_path / "runs")
    assert problem.startswith("text.pool: nothing is in it")


def test_a_pool_of_which_a_choice_leaves_nothing(table, tmp_path):
    (tmp_path / "pool.jsonl").write_text('{"source": "Open it", "origin": "web"}\n')
    table["text"]["pool"] = {"path": str(tmp_path / "pool.jsonl"), "only": {"origin": ["app"]}}
    (problem,) = problems(table, tmp_path / "runs")
    assert "nothing is in it after choosing by only" in problem


def test_a_pool_that_is_the_test_file(table, domain, tmp_path):
    table["text"]["pool"] = {"path": str(domain / "test.jsonl")}
    (problem,) = problems(table, tmp_path / "runs")
    assert "it is the same text as text.test" in problem
    assert "Give other files" in problem


def test_a_pool_that_is_a_copy_of_the_test(table, domain, tmp_path):
    (tmp_path / "copy.jsonl").write_bytes((domain / "test.jsonl").read_bytes())
    table["text"]["pool"] = {"path": str(tmp_path / "copy.jsonl")}
    error = failure(table, tmp_path / "runs", CorpusError)
    assert error.exit_code == 1
    assert "\n" not in error.paragraph()
    state = json.loads((tmp_path / "runs" / "patch" / "run.json").read_text())
    assert (state["state"], state["failure"]) == ("failed", error.paragraph())


def test_a_bad_line_is_named_by_file_and_line(table, tmp_path):
    pool = tmp_path / "pool.jsonl"
    pool.write_text('{"source": "Open it"}\n{"source": 3\n')
    table["text"]["pool"] = {"path": str(pool)}
    (problem,) = problems(table, tmp_path / "runs")
    assert f"{pool}:2: not JSON" in problem


def test_an_unknown_language(table):
    table["direction"]["target"] = "pt-BRR"
    with pytest.raises(RecipeError, match=r"direction\.target: 'pt-BRR' is not a language code.*pt-BR") as raised:
        make_recipe(table)
    assert raised.value.exit_code == 2


def test_a_missing_student(table, tmp_path):
    table["student"]["model"] = str(tmp_path / "no-such-folder")
    (problem,) = problems(table, tmp_path / "runs")
    assert problem.startswith("student.model: ")
    assert "no-such-folder" in problem


def test_a_folder_without_a_model(table, tmp_path):
    (tmp_path / "folder").mkdir()
    table["student"]["model"] = str(tmp_path / "folder")
    (problem,) = problems(table, tmp_path / "runs")
    assert problem.startswith("student.model: ")


def test_runs_that_are_a_file(table, tmp_path):
    (tmp_path / "runs").write_text("")
    error = failure(table, tmp_path / "runs")
    assert error.exit_code == 2
    assert "is a file, so no folder can be made there. Choose another place." in str(error)


def test_runs_that_cannot_be_written(table, tmp_path, monkeypatch):
    (tmp_path / "runs").mkdir(mode=0o500)
    if os.geteuid() == 0:  # root may write anywhere
        monkeypatch.setattr(os, "access", lambda place, _: Path(place) != tmp_path / "runs")
    (problem,) = failure(table, tmp_path / "runs").problems
    assert "cannot be written to" in problem


def test_a_ledger_that_is_a_folder(table, tmp_path):
    (problem,) = problems({**table, "ledger": str(tmp_path)}, tmp_path / "runs")
    assert "is a folder; name a file" in problem


def test_all_problems_at_once(table, tmp_path):
    table["student"]["model"] = str(tmp_path / "none")
    table["text"]["pool"] = {"path": str(tmp_path / "none.jsonl")}
    table["teachers"]["llm"]["model"] = None
    table["step"][0] |= {"gate": ["chrff: better"], "contexts": {"source": "retrieved"}}
    found = problems(table, tmp_path / "runs")
    starts = {problem.partition(":")[0] for problem in found}
    assert starts == {"student.model", "text.pool", "teachers.llm.model", "step.0.gate", "text.sentences"}
    assert any("Did you mean 'chrf'?" in problem for problem in found)


def test_a_recipe_file_that_is_not_there(tmp_path):
    with pytest.raises(UserError, match="there is no such recipe") as raised:
        load_recipe(tmp_path / "recipe.toml")
    assert raised.value.exit_code == 2


def test_a_run_that_another_process_works_in(table, tmp_path, llm):
    from tutelage.storage.run_folder import RunFolder

    open_folder = RunFolder.open(tmp_path / "patch", recipe_toml="", seed=1)
    error = failure(table, tmp_path, UserError)
    open_folder.close()
    assert "another process works in this run" in str(error)
    assert llm.requests == []


def test_a_teacher_that_is_not_reachable(table, dead_address, llm, tmp_path, monkeypatch):
    monkeypatch.setattr(rate, "LONGEST_PAUSE_SECONDS", 0.01)
    address = table["teachers"]["llm"]["base_url"]
    table["teachers"]["llm"]["base_url"] = dead_address
    error = failure(table, tmp_path, TeacherError)
    assert error.exit_code == 75
    assert "\n" not in error.paragraph()
    assert dead_address in error.paragraph()
    assert "Check that the server runs" in error.fix
    assert "Run the same command again to go on" in error.fix
    folder = tmp_path / "patch"
    assert json.loads((folder / "run.json").read_text())["state"] == "failed"
    made = (folder / "01-patching" / "pool.parquet").stat().st_mtime_ns
    # the server comes up, at another address even: the finished stage is kept
    table["teachers"]["llm"]["base_url"] = address
    result = run_recipe(make_recipe(table), runs=tmp_path)
    assert (folder / "01-patching" / "pool.parquet").stat().st_mtime_ns == made
    assert result.report.is_file()
    assert json.loads((folder / "run.json").read_text())["failure"] is None


def test_a_full_budget_keeps_what_is_paid_and_goes_on_when_raised(table, llm, tmp_path):
    table["budget"] = {"calls": 10}
    error = failure(table, tmp_path, BudgetError)
    assert error.exit_code == 75
    assert "\n" not in error.paragraph()
    assert "the budget of 10 calls is reached" in error.what
    assert "Raise the budget and run the same command again" in error.fix
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        assert sum(spend.calls for spend in ledger.spend(run="patch")) == 10
    paid = len(llm.requests)
    step = tmp_path / "patch" / "01-patching"
    assert (step / "pool.parquet").is_file()
    assert not (step / "translations.parquet").exists()

    # run again as it is: nothing more is sent, and it says the same
    assert failure(table, tmp_path, BudgetError).what.startswith("the budget of 10 calls is reached")
    refused_again = len(llm.requests) - paid
    assert refused_again <= 1

    table["budget"] = {"calls": 1000}
    run_recipe(make_recipe(table), runs=tmp_path)
    answered = [delimited(request["messages"][:1]) for request in llm.requests if len(request["messages"]) == 1]
    twice = {text for text in answered if answered.count(text) > 1}
    assert len(twice) <= 1  # the one that the server refused
    translations = list(read_table(step / "translations.parquet", Pair))
    assert len(translations) + 3 == count_rows(step / "pool.parquet")
    assert list(read_table(step / "examples.parquet", Example))


def test_a_run_that_failed_has_no_report_and_no_student(table, tmp_path):
    table["budget"] = {"calls": 0}
    failure(table, tmp_path, BudgetError)
    with pytest.raises(UserError, match="there is no finished step to report"):
        write_report(tmp_path / "patch")
    with pytest.raises(UserError, match="not finished"):
        promoted_student(tmp_path / "patch")
