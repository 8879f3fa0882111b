"""Every shipped recipe opens with the command that runs it, validates, and has no problems once its texts are there."""

import gzip
import json
from importlib.resources import files
from pathlib import Path

import pytest

from stub_models import write_stub_model
from tutelage.core.languages import Direction
from tutelage.core.recipe import TextsSettings
from tutelage.runs.checks.recipe_check import check_recipe
from tutelage.runs.recipe_files import load_recipe
from tutelage.storage.feedback import Correction, FeedbackStore

ROOT = Path(__file__).resolve().parents[2]
DEMO = Path(str(files("tutelage.embedded") / "demo.toml"))
RECIPES = [*sorted((ROOT / "recipes").glob("*.toml")), DEMO]
ORIGINS = ("libreoffice-help", "ddtp")


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_opens_with_the_command_that_runs_it(path):
    head = path.read_text("utf-8").split("\n\n", 1)[0]
    shown = path.relative_to(ROOT)
    assert f"tutelage run {shown}" in head


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_has_no_problems(path, tmp_path, monkeypatch):
    recipe = load_recipe(path, given_student(path, tmp_path))
    monkeypatch.chdir(tmp_path)
    for name in own_paths(recipe):
        write_pairs(tmp_path / name, source=recipe.direction.source, target=recipe.direction.target)
    write_multi_parallel(recipe, tmp_path)
    check = check_recipe(recipe, runs=tmp_path / "runs")
    assert check.problems == ()
    assert len(check.estimates) == len(recipe.step)


def test_names_of_runs_are_those_of_the_files():
    names = {path.stem: load_recipe(path).name for path in RECIPES}
    assert all(name == stem for stem, name in names.items())


def given_student(path, tmp_path):
    """An override with a folder that is a student by its config; none for a new student or the chat model."""
    if load_recipe(path).student.model in {None, "embedded:smollm2"}:
        return ()
    write_stub_model(tmp_path / "student", "m2m_100")
    return (f"student.model={tmp_path / 'student'}",)


def own_paths(recipe):
    for use in TextsSettings.model_fields:
        settings = getattr(recipe.text, use)
        paths = [] if settings is None else [settings.path] if isinstance(settings.path, str) else settings.path
        yield from (path for path in paths if not path.startswith("embedded:"))


def write_multi_parallel(recipe, folder):
    """The texts of a step's directions, with a key for each language."""
    directions = [one for step in recipe.step for one in getattr(step, "directions", ())]
    languages = {lang for one in directions for lang in (one.source, one.target)}
    for path in {text.path for one in directions for text in (one.path, one.test) if text is not None}:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        opened = gzip.open if path.endswith(".gz") else open
        with opened(folder / path, "wt") as stream:
            stream.write(json.dumps({lang: f"{path} {lang}" for lang in languages} | {"origin": ORIGINS[0]}) + "\n")


def write_pairs(path, *, source, target):
    """Forty rows in forty documents, each text of its own to its file and format."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [
        {
            "source": f"Open window {number} of {path.stem}.",
            "target": f"Text {number}.",
            "document": f"d{number}",
            "origin": ORIGINS[number % 2],
        }
        for number in range(40)
    ]
    if path.suffix == ".txt":
        path.write_text("".join(row["source"] + "\n" for row in rows))
    elif path.suffix == ".feedback":
        store = FeedbackStore.open(path)
        for row in rows:
            store.add(Correction(Direction(source, target), row["source"], "", row["target"], ""))
    elif path.suffix == ".tsv":
        path.write_text("".join(f"{row['source']}\t{row['target']}\n" for row in rows))
    else:
        with gzip.open(path, "wt") as stream:
            stream.writelines(json.dumps(row) + "\n" for row in rows)
