"""A run folder that is used again for another direction: nothing of the first direction is taken for the second."""

import json

import pytest

from answer_key import delimited, write_rows
from scripted.llm import ScriptedLlm
from tiny_students import make_tiny
from tutelage.core.recipe_reading import parse_recipe
from tutelage.core.records import Example
from tutelage.methods.registry import step_types
from tutelage.runs.run import run_recipe
from tutelage.storage.tables import read_table
from whole_runs import TRAIN

GERMAN = {"open": "öffne", "close": "schließe", "the": "die", "new": "neue", "old": "alte", "file": "Datei"}
FRENCH = {"open": "ouvrez", "close": "fermez", "the": "le", "new": "nouveau", "old": "vieux", "file": "fichier"}
SOURCES = [
    f"{verb} the {age} file {number}" for number in range(12) for verb in ("open", "close") for age in ("new", "old")
]


def translate(text, words):
    return " ".join(words.get(word, word) for word in text.split())


def answer(messages):
    words = FRENCH if "French" in messages[0]["content"] else GERMAN
    return json.dumps({"translation": translate(delimited(messages[:1]), words)}, ensure_ascii=False)


@pytest.fixture
def recipe_text(tmp_path):
    """The recipe: the same files serve both directions, as a file with a column for each language does."""
    rows = [{"source": text, "target": translate(text, GERMAN)} for text in SOURCES]
    pool = write_rows(tmp_path / "pool.jsonl", rows[:40])
    test = write_rows(tmp_path / "test.jsonl", rows[40:])
    with ScriptedLlm(script=answer) as llm:
        make_tiny("marian", tmp_path / "student")
        train = ", ".join(f"{name} = {json.dumps(value)}" for name, value in {**TRAIN, "max_updates": 2}.items())
        yield (
            llm,
            f"""
            name = "kd"
            direction = {{ source = "en", target = "de" }}
            student.model = "{tmp_path / "student"}"
            teachers.llm = {{ kind = "chat", model = "scripted", base_url = "{llm.base_url}" }}
            text = {{ pool = {{ path = "{pool}" }}, test = {{ path = "{test}" }}, parallel = {{ path = "{pool}" }} }}
            filters.language = false
            evaluation.resamples = 100
            [[step]]
            method = "sequence_kd"
            train = {{ {train} }}
        """,
        )


def test_the_teacher_is_asked_for_the_second_language_and_the_student_trained_on_it(recipe_text, tmp_path):
    llm, text = recipe_text
    asked = []
    for overrides in ((), ("direction.target=fr",)):
        before = len(llm.requests)
        recipe = parse_recipe(text, step_types=step_types(), overrides=overrides)
        run = run_recipe(recipe, runs=tmp_path / "runs")
        asked.append(["French" in body["messages"][0]["content"] for body in llm.requests[before:]])
        distilled = [
            example
            for example in read_table(run.folder / "01-sequence_kd" / "examples.parquet", Example)
            if example.kind == "distilled"
        ]
    assert not any(asked[0])
    assert len(asked[1]) == len(asked[0]) == len(SOURCES)
    assert all(asked[1])
    assert {example.target_lang for example in distilled} == {"fr"}
    assert {example.target for example in distilled} == {translate(text, FRENCH) for text in SOURCES[:40]}
