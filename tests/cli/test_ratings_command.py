"""The commands judge export, import and ask: what they print, and what their mistakes are told."""

import csv
import io
import json

import pytest

from scripted.llm import ScriptedLlm

VALUES = {"big": "5,5,4,4", "small": "4,4,3,3"}


@pytest.fixture
def outputs(tmp_path):
    path = tmp_path / "outputs.jsonl"
    rows = (
        {"id": str(n), "source": f"S {n}.", "outputs": {"teacher": f"big {n}", "student": f"small {n}"}}
        for n in range(6)
    )
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def fill(folder, rater):
    path = folder / "for-raters" / f"{rater}.csv"
    text = path.read_text("utf-8")
    filled = [
        line.removesuffix(",,,") + VALUES[line.split(",")[4].split()[0]] if line.endswith(",,,") else line
        for line in text.splitlines()
    ]
    path.write_text("\n".join(filled) + "\n", "utf-8")
    return path


def test_export_and_import(tutelage, outputs, tmp_path):
    shown = tutelage("ratings", "export", outputs, "--out", "R", "--items", 5)
    assert shown.returncode == 0, shown.stderr
    lines = shown.stdout.splitlines()
    assert lines[0] == "5 items, 10 texts to rate"
    assert lines[1] == "R/for-raters/rater-1.html" and lines[-1] == "R/key.json: keep it from the raters"
    sheets = [fill(tmp_path / "R", f"rater-{number}") for number in (1, 2)]
    shown = tutelage("ratings", "import", "R", *sheets, "--resamples", 100)
    assert shown.returncode == 0, shown.stderr
    assert "rater rater-1: 40 ratings" in shown.stdout
    assert "student  +20.0 [20.0, 20.0]" in shown.stdout
    assert "meaning" in shown.stdout and "1.000" in shown.stdout
    assert "signature: paraphrase-rubric-1|raters:2|bs:100|seed:1" in shown.stdout
    found = json.loads(tutelage("ratings", "import", "R", *sheets, "--resamples", 100, "--json").stdout)
    assert found["drops"][0] == {
        "system": "student", "name": "meaning", "value": pytest.approx(20), "low": pytest.approx(20),
        "high": pytest.approx(20), "n": 5,
    }  # fmt: skip


def test_one_rater_and_another_baseline(tutelage, outputs, tmp_path):
    tutelage("ratings", "export", outputs, "--out", "R", "--raters", 1)
    sheet = fill(tmp_path / "R", "rater-1")
    shown = tutelage("ratings", "import", "R", sheet, "--baseline", "student", "--resamples", 100)
    assert "drop behind student" in shown.stdout and "no agreement: one rater alone" in shown.stdout
    shown = tutelage("ratings", "import", "R", sheet, "--baseline", "studnt")
    assert shown.returncode == 2 and "Did you mean 'student'?" in shown.stderr


def rates(messages):
    if "Two texts" in messages[0]["content"]:
        return json.dumps({"reason": "first", "winner": "A"})
    return json.dumps({"explanation": "so", "meaning": 4, "fluency": 4, "lexical_change": 2, "syntactic_change": 2})


def test_ask(tutelage, outputs, tmp_path):
    with ScriptedLlm(rates) as llm:
        options = ("--base-url", llm.base_url, "--model", "scripted", "--out", "R", "-q", "--resamples", 100)
        shown = tutelage("ratings", "ask", outputs, *options)
        assert shown.returncode == 0, shown.stderr
        asked = len(llm.requests)
        found = json.loads(tutelage("ratings", "ask", outputs, *options, "--json").stdout)
        assert len(llm.requests) == asked == 12 + 12
    lines = shown.stdout.splitlines()
    assert lines[0] == "judge chat:scripted, 6 items: ratings of 12 of 12 texts"
    assert lines[1] == "usable verdicts on pairs: 12 of 12"
    assert lines[-1] == "R/judge-scripted.csv"
    assert found["pairs"][0]["inconsistent"] == 6 and found["pairs"][0]["share_won"]["value"] == 50
    assert (tmp_path / "runs" / "ledger.sqlite").is_file()
    text = (tmp_path / "R" / "judge-scripted.csv").read_text("utf-8").removeprefix("\ufeff")
    assert {row["meaning"] for row in csv.DictReader(io.StringIO(text))} == {"4"}
    assert tutelage("ratings", "import", "R", "R/judge-scripted.csv", "--resamples", 100).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "told", "code"),
    [
        (["export", "none.jsonl", "--out", "R"], "there is no such file", 1),
        (["import", "nowhere", "a.csv"], "tutelage ratings export", 2),
        (["ask", "nowhere", "--base-url", "http://127.0.0.1:1/v1"], "--model", 2),
        (["ask", "nowhere", "--teacher", "llm"], "Give --recipe", 2),
        (["ask", "nowhere", "--recipe", "r.toml", "--model", "m"], "Leave --base-url and --model away", 2),
        (["ask", "nowhere", "--recipe", "none.toml"], "none.toml", 2),
        (["ask", "nowhere", "--model", "m.gguf"], "--out", 2),
    ],
)
def test_mistakes(tutelage, arguments, told, code):
    shown = tutelage("ratings", *arguments)
    assert shown.returncode == code, shown.stderr
    assert told in shown.stderr and "Traceback" not in shown.stderr
