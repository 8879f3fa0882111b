"""What a recipe says of a chat teacher, as far as it reaches the teacher and its checks."""

import json
from pathlib import Path
from urllib.request import urlopen

import pytest

from tutelage.core.recipe import TeacherSettings
from tutelage.core.recipe_reading import validate_recipe
from tutelage.core.recipe_writing import render_recipe
from tutelage.labelling.teachers import Teachers, chat_settings, teacher_rates
from tutelage.methods.registry import step_types
from tutelage.runs.checks.teacher_checks import teacher_table_problems
from tutelage.storage.ledger import Ledger
from tutelage.teachers.prices import Rates

TWO = ("http://localhost:1/v1", "http://localhost:2/v1")


def make_recipe(**teacher):
    tables = {
        "name": "x",
        "direction": {"source": "en", "target": "pt-BR"},
        "student": {"model": "student"},
        "teachers": {"main": {"kind": "chat", "model": "m", "base_url": TWO[0]} | teacher},
        "budget": {"cost": 1.0},
        "step": [{"method": "sequence_kd"}],
    }
    return validate_recipe(tables, step_types=step_types())


def test_settings_reach_the_teacher(tmp_path):
    recipe = make_recipe(base_url=TWO, concurrency=7, input_price=1.0, output_price=2.0)
    with Ledger.open(tmp_path / "ledgers" / "l.sqlite", run="r") as ledger:
        settings = Teachers(recipe, ledger).chat("main").settings
    assert settings.base_urls == TWO
    assert (settings.concurrency, settings.max_concurrency, settings.most_in_flight) == (4, 7, 14)
    assert settings.batch_folder == str(tmp_path / "ledgers" / "batches")


def test_a_server_that_a_run_starts_has_as_many_slots_as_its_concurrency(tmp_path):
    recipe = make_recipe(kind="llama-server", model=None, base_url=None, concurrency=3, threads=1)
    with Ledger.open(tmp_path / "l", run="r") as ledger:
        teachers = Teachers(recipe, ledger)
        settings = teachers.chat("main").settings
        with urlopen(f"{settings.base_url.removesuffix('/v1')}/props") as reply:
            assert json.load(reply)["total_slots"] == 3
        assert (settings.concurrency, settings.max_concurrency) == (3, 3)
        teachers.close()


def test_batch_settings_reach_the_teacher():
    told = TeacherSettings(kind="chat", model="m", base_url=TWO[0], batch=True, batch_size=20, batch_discount=0.4)
    settings = chat_settings(told, batch_folder=Path("b"))
    assert (settings.batch, settings.batch_size, settings.batch_discount) == (True, 20, 0.4)
    assert settings.most_in_flight == 20
    assert teacher_rates(told.model_copy(update={"input_price": 1.0, "output_price": 5.0})) == Rates(0.4, 2.0)


def test_a_list_of_endpoints_survives_writing():
    assert '"http://localhost:1/v1", "http://localhost:2/v1"' in render_recipe(make_recipe(base_url=TWO))


@pytest.mark.parametrize(
    ("teacher", "problem"),
    [
        ({}, "give input_price"),
        ({"base_url": (TWO[0], "nowhere")}, "'nowhere' is not an address"),
        ({"base_url": ()}, ".base_url: missing"),
        ({"base_url": TWO, "batch": True, "input_price": 1, "output_price": 1}, "batches go to one endpoint"),
        ({"prices": "missing.toml"}, ".prices: missing.toml: the prices cannot be read"),
    ],
)
def test_mistakes_are_told(teacher, problem):
    assert any(problem in found for found in teacher_table_problems(make_recipe(**teacher)))


def test_a_price_in_a_table_is_enough_for_a_budget(tmp_path):
    own = tmp_path / "prices.toml"
    own.write_text('[[price]]\nmodel = "m"\ninput = 1.0\noutput = 3.0\n')
    assert teacher_table_problems(make_recipe(prices=str(own))) == []
    hosted = make_recipe(base_url="https://api.openai.com/v1", model="gpt-4o-mini")
    assert teacher_table_problems(hosted) == []
