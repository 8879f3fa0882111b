"""The claim of economy: sound arms, the whole command on tiny texts with a teacher over real HTTP, and its verdicts."""

import json

import numpy as np
import pytest

from answer_key import answer
from benchmarks.claims.claim.command import fill_recipe
from benchmarks.claims.claim.domains import DOMAINS
from benchmarks.claims.claim.scores import RESAMPLES, Resampled
from benchmarks.claims.economy.__main__ import main
from benchmarks.claims.economy.arms import CONTROL, FULL, POINTS, STRATEGIES, list_arms
from benchmarks.claims.economy.table import Point, control_of, judge, render_frontier
from scripted.llm import ScriptedLlm
from tutelage.core.recipe_reading import parse_recipe
from tutelage.methods.registry import step_types
from tutelage.runs.checks.recipe_check import step_problems
from tutelage.stages.selection.chosen import Chosen
from tutelage.stages.selection.scores import count_tokens
from tutelage.storage.tables import read_table


def point(name, gain, *, percent=10, tokens=100.0, spread=0.1):
    gained = Resampled(gain, gain + np.linspace(-spread, spread, RESAMPLES))
    return Point(name, percent, {"tokens": tokens, "examples": 9.0, "updates": 40.0}, gained, gained)


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_recipes_of_all_arms_are_sound_and_train_until_the_dev_text_gains_no_more(domain):
    texts = [f"text.{use}={{{text.replace('DATA', 'd')}}}" for use, text in DOMAINS[domain].items()]
    arms = list(list_arms())
    for arm in arms:
        held = ["step.0.ask.tokens=100"] if arm.like else []
        recipe = parse_recipe(
            fill_recipe("economy"), step_types=step_types(), overrides=[*texts, *arm.overrides, *held]
        )
        assert step_problems(recipe) == []
        assert recipe.step[0].train.is_open
        assert (recipe.step[0].ask is None) == (arm.name in (FULL, "patching 100%"))
    assert len({arm.name for arm in arms}) == len(arms) == 2 + len(POINTS) * (len(STRATEGIES) + 1)


def test_the_command_runs_its_arms_at_equal_tokens_and_prints_the_frontier(domain, base_student, tmp_path, capsys):
    with ScriptedLlm(script=answer) as llm:
        teacher = f'teachers.engine={{kind="chat", base_url="{llm.base_url}", model="scripted"}}'
        changes = [
            teacher, f'student.model="{base_student}"', "step.0.train.max_updates=2",
            'step.0.gate=["chrf: not worse by more than 100"]', f'text.general={{path="{domain}/general.jsonl"}}',
            *(f'text.{use}={{path="{domain}/{use}.jsonl"}}' for use in ("pool", "dev", "test")),
        ]  # fmt: skip
        asked = [
            "--small",
            "--domains",
            "jupyterlab",
            "--seeds",
            "1",
            "--work",
            str(tmp_path),
            "--only",
            "random",
            "patch",
        ]
        main([*asked, *(part for change in changes for part in ("--set", change))])
    printed = capsys.readouterr().out
    folder = tmp_path / "jupyterlab-small"
    assert [f"| {name} |" in printed for name in (FULL, f"{CONTROL} 20%", "patching 20%", "patching 100%")] == [
        True
    ] * 4
    chosen = [
        list(read_table(next(folder.glob(f"{arm}-20pc-seed1/01-*")) / "chosen.parquet", Chosen))
        for arm in ("distil-random", "patching")
    ]
    assert chosen[0] == chosen[1]
    pool = json.loads((folder / "distil-all-seed1" / "run.json").read_text())["stages"]["01-sequence_kd/pool"]["rows"]
    tokens = sum(count_tokens(one.segment) for one in chosen[0])
    assert 0.1 < len(chosen[0]) / pool < 0.3 and tokens > 0
    main([*asked, "--show"])
    assert capsys.readouterr().out == printed


def test_an_arm_is_held_to_the_random_draw_at_its_own_price():
    points = [point(FULL, 4.0, percent=100), point(f"{CONTROL} 10%", 3.0), point("distil coverage 10%", 3.9)]
    points += [point(f"{CONTROL} 40%", 3.5, percent=40), point("distil coverage 40%", 3.0, percent=40)]
    assert control_of(points[2], points) is points[1]
    assert control_of(points[0], points) is None and control_of(points[1], points) is None
    told = list(judge(points))
    assert told == [
        "- distil coverage: clearly better than random at 1 of 2 prices, worse at 1.",
        "- distil random 10%: 75% of the full gain; the goal of 95% at 10 % is not reached.",
        "- distil coverage 10%: 98% of the full gain; the goal of 95% at 10 % is reached.",
    ]
    table = render_frontier("d", points, told="Of a test.")
    assert "| distil coverage 10% | 100 | 100% | +3.9 (+3.8 to +4.0) | 98% | +0.9 (+0.9 to +0.9) |" in table


def test_of_a_full_gain_that_may_be_chance_no_share_is_told():
    full = point(FULL, 0.05, percent=100)
    assert list(judge([full, point(f"{CONTROL} 10%", 3.0)])) == []
    assert "| +3.0 (+2.9 to +3.1) |  |  |" in render_frontier("d", [full, point(f"{CONTROL} 10%", 3.0)], told="")


def test_a_difference_that_may_be_chance_is_neither_better_nor_worse():
    wide = np.linspace(-1, 1, RESAMPLES)
    other = Point("distil coverage 10%", 10, {}, Resampled(3.1, 3.1 + wide), Resampled(0.0, wide))
    (told,) = judge([point(f"{CONTROL} 10%", 3.0), other])
    assert told == "- distil coverage: clearly better than random at 0 of 1 prices, worse at 0."
