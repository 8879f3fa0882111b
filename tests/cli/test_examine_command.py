"""The command abilities: what it prints, and what its mistakes are told."""

import json

import pytest
from typer.testing import CliRunner

from tiny_students import make_tiny_causal
from tutelage.cli.commands import app


@pytest.fixture(scope="module")
def chat_model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("chat")
    make_tiny_causal(folder, max_position_embeddings=512)
    return str(folder)


def run(*arguments):
    return CliRunner().invoke(app, ["examine", *map(str, arguments), "--quiet"])


FEW = ("--ability", "facts", "--ability", "harmless", "--items", 2, "--max-answer-tokens", 3, "--resamples", 100)


def test_one_student(chat_model):
    shown = run(chat_model, *FEW, "--engine", "transformers")
    assert shown.exit_code == 0, shown.output
    lines = shown.stdout.splitlines()
    assert lines[0] == "4 built-in items, 95 % intervals"
    assert [line.split("  ")[0] for line in lines[2:5]] == ["facts", "harmless requests answered", "mean of abilities"]
    assert f"signature of {chat_model}: " in shown.stdout


def test_two_students_and_json(chat_model, tmp_path):
    options = (*FEW, "--engine", "transformers", "--against", chat_model, "--answers", tmp_path)
    shown = run(chat_model, *options)
    assert shown.exit_code == 0, shown.output
    assert "retention: no ratio: too little before in every ability" in shown.stdout
    found = json.loads(run(chat_model, *options, "--json").stdout)
    assert [one["name"] for one in found["comparisons"]] == ["ability.facts", "ability.harmless"]
    assert found["judged"] is None
    assert "drift" in shown.stdout and "drift" not in run(chat_model, *options, "--drift", 0).stdout


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--ability", "fact"), "Did you mean 'facts'?"),
        (("--reasoning", "chain_sum"), "DATASET=COUNT"),
        (("--judge", "no-such-recipe.toml"), "no-such-recipe.toml"),
    ],
)
def test_mistakes(chat_model, options, expected):
    shown = run(chat_model, *options)
    assert shown.exit_code == 2
    assert expected in shown.stderr
