"""What a recipe may say of its runner, found before anything is started."""

import platform
from dataclasses import replace

import pytest

from tutelage import __version__
from tutelage.core.errors import MissingExtraError, RecipeError, RunnerError
from tutelage.core.recipe import RunnerSettings
from tutelage.core.recipe_reading import parse_recipe, validate_recipe
from tutelage.core.recipe_writing import render_recipe
from tutelage.core.runner import LOCAL
from tutelage.methods.registry import step_types
from tutelage.runners.ray import cluster
from tutelage.runners.registry import runner_kind, runner_problems
from tutelage.runs.checks.extras import needed_modules


def recipe(runner, **teacher):
    tables = {
        "name": "x",
        "direction": {"source": "en", "target": "pt-BR"},
        "student": {"model": "student"},
        "teachers": {"main": {"kind": "chat", "model": "m", "base_url": "http://localhost:1/v1"} | teacher},
        "runner": runner,
        "step": [{"method": "patching"}],
    }
    return validate_recipe(tables, step_types=step_types())


def test_without_a_table_the_runs_own_process_works_and_ray_is_not_needed():
    plain = recipe({})
    with runner_kind(plain.runner).open(plain.runner, "ledger.sqlite") as runner:
        assert runner is LOCAL
    assert runner_problems(plain) == [] and "ray" not in needed_modules(plain)
    written = parse_recipe(render_recipe(plain), step_types=step_types())
    assert runner_problems(written) == []


def test_ray_needs_its_extra():
    assert "ray" in needed_modules(recipe({"kind": "ray"}))


@pytest.mark.parametrize(
    ("runner", "problem"),
    [
        ({"kind": "rya"}, "runner.kind: no runner is called 'rya'. Did you mean 'ray'?"),
        ({"workers": 4}, "runner.workers: only a cluster has it"),
        ({"kind": "ray", "address": "ray://head:10001"}, "runner.address: give a cluster's host and port"),
        ({"kind": "ray", "address": "head"}, "runner.address: give a cluster's host and port"),
    ],
)
def test_problems_are_told(runner, problem):
    (told,) = runner_problems(recipe(runner))
    assert told.startswith(problem)


def test_batches_are_not_divided_among_workers():
    (told,) = runner_problems(recipe({"kind": "ray"}, batch=True))
    assert "'main' is asked in batches" in told


def test_numbers_are_bounded():
    with pytest.raises(RecipeError, match="workers"):
        recipe({"kind": "ray", "workers": 0})


def test_an_address_without_a_cluster_is_told_at_once():
    with (
        pytest.raises(RunnerError, match=r"runner.address '127\.0\.0\.1:9': no Ray cluster answers there") as told,
        cluster.opened_runner(RunnerSettings(kind="ray", address="127.0.0.1:9"), "postgresql://x@/y"),
    ):
        pass
    assert "ray start --head" in told.value.fix


def test_a_missing_extra_is_told_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "ray", None)
    with (
        pytest.raises(MissingExtraError, match=r"pip install 'tutelage\[ray\]'"),
        cluster.opened_runner(RunnerSettings(kind="ray"), "l"),
    ):
        pass


def here(**changes):
    return replace(cluster.Machine("10.0.0.1", platform.python_version(), __version__), **changes)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"tutelage": "0.0.9"}, "it has Tutelage 0.0.9 and Python"),
        ({"tutelage": ""}, "it has no Tutelage and Python"),
        ({"python": "3.10.1"}, "and Python 3.10.1; here are"),
    ],
)
def test_a_machine_with_other_versions_is_named(other, said):
    cluster.require_same_versions([here(), here(address="10.0.0.2")])
    with pytest.raises(RunnerError, match=r"machine 10\.0\.0\.2 of the cluster: ") as told:
        cluster.require_same_versions([here(), here(address="10.0.0.2", **other)])
    assert said in str(told.value) and "Install the same versions" in told.value.fix


def test_a_ledger_in_a_file_is_for_one_machine():
    cluster.require_shared_ledger([here(), here()], "runs/ledger.sqlite")
    several = [here(), here(address="10.0.0.2")]
    cluster.require_shared_ledger(several, "postgresql://x@db/y")
    with pytest.raises(RunnerError, match=r"ledger 'runs/ledger\.sqlite': the cluster has 2 machines") as told:
        cluster.require_shared_ledger(several, "runs/ledger.sqlite")
    assert "postgresql://" in told.value.fix
