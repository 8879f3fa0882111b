"""The drawing of the house shows the layers that imports are held to, and the story names files that are there."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "tutelage"
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
STORY = PAGE.split("## One segment", 1)[1]


def drawn_layers():
    """The folders of each line of the drawing, from the top."""
    drawing = PAGE.split("```text\n", 1)[1].split("```", 1)[0]
    lines = [line for line in drawing.splitlines() if not line.lstrip().startswith("↓")]
    return [set(re.match(r"[\w| ]+?(?=\s{3}|$)", line)[0].replace(" ", "").split("|")) for line in lines]


def test_drawing_shows_the_layers_of_import_linter():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    layers = project["tool"]["importlinter"]["contracts"][0]["layers"]
    assert drawn_layers() == [set(layer.replace("tutelage.", "").replace(" ", "").split("|")) for layer in layers]


def test_every_folder_of_the_package_is_drawn():
    there = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    assert set().union(*drawn_layers()) == there


def test_every_file_of_the_story_is_there():
    named = re.findall(r"`([\w/]+\.py)`", PAGE)
    assert len(named) > 20
    assert [name for name in named if not (PACKAGE / name).is_file()] == []


def test_every_file_that_the_story_says_is_written_is_one_of_the_run_folder():
    written = re.findall(r"^\|.*\| ((?:`[\w./]+`(?:, )?)+) \|$", STORY, re.MULTILINE)
    names = [name for cell in written for name in re.findall(r"`([\w./]+)`", cell)]
    told = (ROOT / "docs" / "run-folder.md").read_text("utf-8")
    assert len(names) > 8
    assert [name for name in names if not re.search(rf"\b{re.escape(name)}", told)] == []
