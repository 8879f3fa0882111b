"""Blocks of the README and the guide: commands and options exist, recipes validate, Python runs."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest
import typer

from tutelage.cli.commands import app
from tutelage.core.recipe_reading import validate_recipe
from tutelage.evaluation.rules import parse_rules
from tutelage.methods.registry import METHODS, load_method, step_types
from tutelage.runs.checks.gate_checks import list_test_sets

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("README.md", "docs/guide.md")
TWO_SCREENS = 100
"""Lines."""
COMMANDS = typer.main.get_command(app).commands


def blocks(page, language):
    """The fenced blocks of a language, also those inside a list."""
    text = (ROOT / page).read_text("utf-8")
    return [match[2] for match in re.finditer(rf"^( *)```{language}\n(.*?)^\1```$", text, re.MULTILINE | re.DOTALL)]


def tutelage_lines():
    """Every `tutelage …` of the shell blocks, and of the lines that open a recipe."""
    for page in PAGES:
        for block in blocks(page, "sh"):
            for match in re.finditer(r"^tutelage (.*)$", block.replace("\\\n", " "), re.MULTILINE):
                yield page, match[1]
    for path in sorted((ROOT / "recipes").glob("*.toml")):
        for match in re.finditer(r"^#     tutelage (.*)$", path.read_text("utf-8"), re.MULTILINE):
            yield path.name, re.sub(r"\s{2,}\(.*$", "", match[1])


LINES = list(tutelage_lines())


def test_there_are_commands_to_look_at():
    assert {line.split()[0] for _, line in LINES} >= {
        "check",
        "run",
        "translate",
        "init",
        "evaluate",
        "ledger",
        "list",
    }


@pytest.mark.parametrize(("page", "line"), LINES, ids=[f"{page}: {line[:40]}" for page, line in LINES])
def test_command_and_its_options_exist(page, line):
    name, *arguments = shlex.split(line, comments=True)
    command = COMMANDS[name]
    with command.make_context(name, arguments, resilient_parsing=False) as context:
        assert context.command is command


def test_make_targets_exist():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for page in PAGES:
        for target in re.findall(r"(?:^    |`)make (\w+)", (ROOT / page).read_text("utf-8"), re.MULTILINE):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


@pytest.mark.parametrize("page", PAGES)
def test_recipes_validate(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("multi.train.jsonl", "multi.test.jsonl"):  # texts of single directions are looked into
        (tmp_path / name).write_text('{"en": "one", "de": "eins", "fr": "un"}\n')
    found = [tomllib.loads(block) for block in blocks(page, "toml")]
    whole = next(table for table in found if "name" in table)
    for table in found:
        # what shows some tables only is completed with those of a whole recipe
        recipe = validate_recipe({**whole, **table}, step_types=step_types(), where=page)
        for step in recipe.step:
            assert parse_rules(step.gate, tests=list_test_sets(load_method(step.method), step))
            assert load_method(step.method).problems(step, recipe) == []


def test_newcomer_finds_product_demo_recipe_and_next_page_within_two_screens():
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()[:TWO_SCREENS]
    seen = "\n".join(lines)
    assert all(wanted in seen for wanted in ("    make demo", "tutelage run manuals.toml", "](docs/guide.md)"))


def test_limits_are_short_and_link_to_the_long_ones():
    limits = (ROOT / "README.md").read_text("utf-8").split("## Limits")[1].split("\n## ")[0]
    assert len(limits.splitlines()) <= 15
    assert "](docs/limits.md)" in limits


def test_first_recipe_is_short():
    (block,) = blocks("README.md", "toml")
    assert len([line for line in block.splitlines() if line.strip()]) <= 16
    assert tomllib.loads(block)["name"] == "manuals"


def test_python_blocks_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    found = [block for page in PAGES for block in blocks(page, "python")]
    assert found
    for block in found:
        exec(compile(block, "guide", "exec"), {"__name__": "guide"})
    assert (tmp_path / "recipe.toml").is_file()


def test_tree_is_the_one_there_is():
    readme = (ROOT / "README.md").read_text("utf-8")
    tree = readme.split("## The tree")[1].split("```")[1]
    told = set(re.findall(r"^  (\w+)/ ", tree, re.MULTILINE))
    package = ROOT / "src" / "tutelage"
    there = {path.name for path in package.iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    assert told == there


def test_methods_in_the_table_are_those_in_the_registry():
    readme = (ROOT / "README.md").read_text("utf-8")
    assert sorted(re.findall(r"^\| \[`(\w+)`\]\(src/", readme, re.MULTILINE)) == sorted(METHODS)


@pytest.mark.parametrize("name", sorted(METHODS))
def test_each_method_is_told_as_it_declares_itself(name):
    method = load_method(name)
    assert f"| {method.idea} ({method.paper}) |" in (ROOT / "README.md").read_text("utf-8")
