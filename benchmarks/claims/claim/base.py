"""The multilingual student that claims begin with: trained by its own recipe on the same data, once."""

from __future__ import annotations

from pathlib import Path

from benchmarks.claims.claim.run import is_done
from benchmarks.corpora.place import found
from tutelage.core.protocols import Silence
from tutelage.core.recipe_reading import parse_recipe
from tutelage.methods.registry import step_types
from tutelage.runs.run import run_recipe

RECIPE = Path(__file__).parents[3] / "recipes" / "base-multi.toml"


def train_base(data: Path, runs: Path) -> Path:
    """The folder of the student; an interrupted training goes on."""
    text = RECIPE.read_text().replace("build/corpora", str(found(data)))
    recipe = parse_recipe(text, step_types=step_types())
    folder = runs / recipe.name
    if not is_done(folder):
        run_recipe(recipe, runs=runs, progress=Silence())
    return folder / "01-language_aware" / "stage-1" / "student"
