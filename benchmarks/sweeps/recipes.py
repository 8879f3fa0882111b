"""The recipes that figures vary: those of the claims, on fewer segments."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.claims.claim.command import fill_recipe
from benchmarks.claims.claim.run import is_done, run_arm, step_folder
from benchmarks.claims.claim.texts import use_text
from benchmarks.claims.language_aware.arms import directions
from benchmarks.claims.language_aware.texts import draw_short
from benchmarks.claims.radis import arms as radis
from benchmarks.claims.radis.texts import draw
from benchmarks.sweeps.figures import AFTER_STAGE_1, AWARE, BOTH_STAGES, PATCHING, RADIS, TEST, TRAIN
from tutelage.core.recipe import Recipe
from tutelage.core.recipe_reading import parse_recipe
from tutelage.corpora.texts import Texts
from tutelage.methods.registry import step_types

SMALL_POOL = ("pool.limit=600", "test.limit=250", "sentences.limit=20000")
RADIS_SIZE = replace(
    radis.SIZES["small"], pairs=64, test=40, rationale_tokens=40, abilities=("facts",), items=24, drift=24
)
RADIS_UPDATES, STAGE_1_UPDATES, STAGE_2_UPDATES = 12, 24, 12


@dataclass(frozen=True, slots=True)
class Material:
    """A claim's recipe with what all points of a figure set in it."""

    text: str
    settings: tuple[str, ...]
    names: Mapping[str, str] = field(default_factory=dict)
    """What the names in capitals stand for in values."""
    without: tuple[str, ...] = ()
    """Texts that the claim has and the figure has not."""

    def recipe(self, name: str, settings: tuple[str, ...] = ()) -> Recipe:
        """The whole recipe, with more settings."""
        overrides = [*self.settings, *settings, f"name={name}"]
        parsed = parse_recipe(self.text, step_types=step_types(), overrides=overrides)
        text = parsed.text.model_copy(update=dict.fromkeys(self.without))
        return parsed.model_copy(update={"text": text})

    def fill(self, value: str) -> str:
        """The value with its names filled in."""
        for name, meant in self.names.items():
            value = value.replace(name, meant)
        return value


def patching_material(data: Path, work: Path) -> Material:
    """Package descriptions for the embedded student; without a dev text, which would choose among iterations."""
    text = fill_recipe("patching", data=data)
    recipe = parse_recipe(text, step_types=step_types(), overrides=[f"text.{limit}" for limit in SMALL_POOL])
    texts = Texts(recipe.text, recipe.direction.direction)
    drawn = (
        use_text("pool", texts.pairs("pool"), work / "text-pool.jsonl"),
        use_text("test", texts.pairs("test"), work / "text-test.jsonl"),
        use_text("sentences", texts.segments("sentences"), work / "text-sentences.jsonl"),
    )
    settings = ("step.0.threshold=0.95", "step.0.stop_when_within_noise=false", 'step.0.gate=["chrf: better"]')
    return Material(text, (*drawn, *settings), without=("dev", "general"))


def radis_material(data: Path, work: Path) -> Material:
    """Short pairs for SmolLM2, which learns translation and rationale apart."""
    text, size = fill_recipe("radis", data=data), RADIS_SIZE
    drawn = draw(text, size)
    texts = (
        use_text("parallel", drawn.train, work / "text-parallel.jsonl"),
        use_text("test", drawn.test, work / "text-test.jsonl"),
    )
    (apart,) = (one for one in radis.list_radis_arms(size, conversations="", sources="") if one.name == radis.APART)
    held = f"step.0.train.max_updates={RADIS_UPDATES}"
    return Material(text, (*size.training, *size.retention, *apart.overrides, *texts, held))


def aware_material(data: Path, work: Path) -> Material:
    """Short pairs between English and two languages for SmolLM2: stage 1 and stage 2."""
    train, test = (draw_short(data, use, AWARE, work) for use in ("train", "dev"))
    settings = (
        *AWARE.settings,
        directions(AWARE, train, test, part="test"),
        "step.0.stage_1=true",
        f"step.0.train.max_updates={STAGE_1_UPDATES}",
        f"step.0.unlikelihood.train.max_updates={STAGE_2_UPDATES}",
    )
    names = {str(TRAIN): str(train), str(TEST): str(test)}
    return Material(fill_recipe("language_aware", STUDENT=AWARE.model), settings, names)


def later_material(data: Path, work: Path) -> Material:
    """Stage 2 alone, after a stage 1 that is trained once for all figures."""
    whole = aware_material(data, work)
    if not is_done(work / "stage-1-seed1"):
        run_arm(whole.text, "stage-1", [*whole.settings, "step.0.stage_2=false"], seed=1, work=work)
    student = step_folder(work / "stage-1-seed1") / "stage-1" / "student"
    begun = (f"student.model={json.dumps(str(student))}", "step.0.stage_1=false")
    return replace(whole, settings=(*whole.settings, *begun))


MATERIALS: Mapping[str, Callable[[Path, Path], Material]] = {
    PATCHING: patching_material,
    RADIS: radis_material,
    BOTH_STAGES: aware_material,
    AFTER_STAGE_1: later_material,
}
