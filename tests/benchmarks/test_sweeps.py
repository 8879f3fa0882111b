"""The sweeps of the papers' figures: sound recipes at every point, and pictures and tables of runs made by hand."""

import gzip
import json
from dataclasses import replace

import pytest

from benchmarks.claims.claim.plot import draw_panels
from benchmarks.sweeps import recipes
from benchmarks.sweeps.__main__ import describe
from benchmarks.sweeps.figures import FIGURES, Axis, Curve
from benchmarks.sweeps.readings import draw_panels_of, read_places
from benchmarks.sweeps.recipes import MATERIALS
from tutelage.core.evidence import Comparison
from tutelage.runs.checks.recipe_check import step_problems
from tutelage.runs.sweeps.grid import parse_grid
from tutelage.storage.atomic import write_whole

SENTENCE = {"en": "Opens the file {n} of this list.", "pt_BR": "Abre o arquivo {n} desta lista mesmo."}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A few rows of each file that the recipes read."""
    folder = tmp_path_factory.mktemp("data")
    rows = [
        {
            "id": f"{origin}{n}",
            "doc": f"{n}",
            "origin": origin,
            **{lang: text.format(n=n) for lang, text in SENTENCE.items()},
        }
        for origin in ("ddtp", "libreoffice-help", "prose")
        for n in range(60)
    ]
    many = [{**row, "de": row["en"], "fr": row["en"]} for row in rows]
    named = {"en-pt_BR.train": rows, "en-pt_BR.dev": rows, "mono.en": rows, "multi.train": many, "multi.dev": many}
    for name, written in named.items():
        with gzip.open(folder / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in written)
    return folder


@pytest.fixture(scope="module")
def materials(data, tmp_path_factory):
    """The material of every recipe; stage 1 counts as trained."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recipes, "is_done", lambda folder: True)
        patch.setattr(recipes, "step_folder", lambda folder: folder / "01-language_aware")
        return {name: make(data, tmp_path_factory.mktemp("work")) for name, make in MATERIALS.items()}


@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_the_recipe_of_every_point_is_sound_and_differs_from_the_others(figure, materials):
    material = materials[figure.recipe]
    for curve in figure.curves:
        values = [material.fill(value) for value in curve.values.values()]
        (varied,) = parse_grid([f"{curve.key}={','.join(values)}"])
        assert list(varied.values) == values
        points = [material.recipe("x", (*curve.settings, f"{curve.key}={value}")) for value in values]
        assert [problem for point in points for problem in step_problems(point)] == []
        assert all(point.step[0].train.max_updates and point.text.dev is None for point in points)
        assert len({str(point) for point in points}) == len(values) >= 3


def put_sweep(folder, scores):
    """A sweep's folder with a finished run for each value; `scores` are chrF before and after."""
    points = []
    for value, (before, after) in scores.items():
        name, step = f"x-{value}", folder / f"x-{value}" / "01-patching"
        points.append({"name": name, "set": {"step.0.rounds": value}, "state": "done", "message": "", "exit_code": 0})
        systems = [
            {"system": system, "test": "domain", "scores": [{"name": "chrf", "value": v, "low": v - 1, "high": v + 1}]}
            for system, v in (("before", before), ("after", after))
        ]
        write_whole(step / "scores.json", json.dumps({"scores": systems}))
    write_whole(folder / "sweep.json", json.dumps({"points": points}))


def test_the_picture_and_the_table_show_the_points_that_are_done(tmp_path, monkeypatch):
    from tutelage.runs.sweeps import results

    compared = (Comparison("domain", "chrf", 40.0, 42.5, 2.5, 2.0, 3.1, 0.001, True, 9),)
    second = results.Outcome("better", True, compared, 0, 0, 0.0, 50, 1.0, None)
    outcomes = {"x-1": replace(second, comparisons=()), "x-2": second}
    monkeypatch.setattr(results, "_read_outcome", lambda folder: outcomes[folder.name])
    put_sweep(tmp_path, {"2": (40.0, 42.5), "1": (40.0, 41.0)})
    curve = Curve("rounds", "step.0.rounds", {"1": "1", "2": "2", "3": "3"})
    figure = replace(FIGURES["iterations"], curves=(curve,), axes=(Axis("domain", "chrf", "chrF ↑"),))
    places = {"rounds": read_places(tmp_path, {value: place for place, value in curve.values.items()})}
    (panel,) = draw_panels_of(figure, places)
    assert [(one.across, one.up, one.up_ends) for one in panel.families[0].points] == [
        (0.0, 41.0, (40.0, 42.0)),
        (1.0, 42.5, (42.0, 43.1)),
    ]
    assert panel.before == 40.0 and panel.ticks == ["1", "2", "3"]
    draw_panels([panel], tmp_path / "x.svg")
    assert "chrF ↑" in (tmp_path / "x.svg").read_text()
    shown = describe(figure, places)
    assert "| rounds | 2 | 42.5 (41.5 to 43.5) | +2.5 (+2.0 to +3.1) | 50 |" in shown
    assert "| before | | 40.0 (39.0 to 41.0) |" in shown and figure.finds in shown
    staged = describe(replace(figure, systems={"before": "stage 1", "after": "stage 2"}), places)
    assert "| rounds, stage 1 | 2 | 40.0 (39.0 to 41.0) |  |  |" in staged, (
        "a run's updates are not those of its first stage"
    )
    assert "| rounds, stage 2 | 2 | 42.5 (41.5 to 43.5) | +2.5 (+2.0 to +3.1) | 50 |" in staged
