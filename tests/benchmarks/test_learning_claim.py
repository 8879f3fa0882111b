"""The claim of learning: sound arms, and the whole command on tiny texts with a teacher over real HTTP."""

import numpy as np
import pytest

from answer_key import answer
from benchmarks.claims.claim.command import fill_recipe
from benchmarks.claims.claim.domains import DOMAINS
from benchmarks.claims.claim.scores import RESAMPLES, Resampled
from benchmarks.claims.learning.__main__ import main
from benchmarks.claims.learning.arms import PLAIN, list_arms
from benchmarks.claims.learning.table import Learned, render_arms
from scripted.llm import ScriptedLlm
from tutelage.core.recipe_reading import parse_recipe
from tutelage.core.records import Example
from tutelage.methods.registry import step_types
from tutelage.runs.checks.recipe_check import step_problems
from tutelage.storage.tables import read_table


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_recipes_of_all_arms_are_sound_and_differ_in_learning_alone(domain):
    texts = [f"text.{use}={{{text.replace('DATA', 'd')}}}" for use, text in DOMAINS[domain].items()]
    read = [
        parse_recipe(fill_recipe("learning"), step_types=step_types(), overrides=[*texts, *arm.overrides])
        for arm in list_arms()
    ]
    for recipe in read:
        assert step_problems(recipe) == []
        assert recipe.step[0].train.is_open
    assert len({repr(recipe.step) for recipe in read}) == len(read)
    assert len({repr((recipe.text, recipe.teachers)) for recipe in read}) == 1


def test_the_command_runs_its_arms_and_prints_the_table(domain, base_student, tmp_path, capsys):
    with ScriptedLlm(script=answer) as llm:
        changes = [
            f'teachers.engine={{kind="chat", base_url="{llm.base_url}", model="scripted"}}',
            f'student.model="{base_student}"', "step.0.train.max_updates=2",
            'step.0.gate=["chrf: not worse by more than 100"]',
            f'text.general={{path="{domain}/general.jsonl"}}', f'text.rehearsal={{path="{domain}/sentences.jsonl"}}',
            *(f'text.{use}={{path="{domain}/{use}.jsonl"}}' for use in ("pool", "dev", "test")),
        ]  # fmt: skip
        asked = ["--small", "--domains", "jupyterlab", "--seeds", "1", "--work", str(tmp_path)]
        asked += ["--only", "rehearsal + blend", "simpo"]
        main([*asked, *(part for change in changes for part in ("--set", change))])
    printed = capsys.readouterr().out
    assert [f"| {name} |" in printed for name in (PLAIN, "rehearsal + blend", "simpo", "cpo")] == [True] * 3 + [False]
    folder = tmp_path / "jupyterlab-small" / "rehearsal-with-blend-seed1" / "01-patching"
    kinds = [one.kind for one in read_table(folder / "examples.parquet", Example)]
    assert kinds.count("rehearsal") == round(0.5 * kinds.count("post-edit")) > 0
    assert '"blend":' in (folder / "student" / "training.json").read_text()
    main([*asked, "--show"])
    assert capsys.readouterr().out == printed


def learned(name, gain, general):
    spread = np.linspace(-0.1, 0.1, RESAMPLES)
    chrf = {"domain": Resampled(gain, gain + spread), "general": Resampled(general, general + spread)}
    return Learned(name, 40.0, chrf, {"domain": gain, "general": general})


def test_arms_are_held_against_the_plain_one():
    table = render_arms("d", [learned(PLAIN, 2.0, -1.0), learned("cpo", 2.5, -0.5)], told="Of a test.")
    assert "| plain | +2.0 (+1.9 to +2.1) |  | -1.0 (-1.1 to -0.9) |  | +2.0 | -1.0 | 40 |" in table
    assert "| cpo | +2.5 (+2.4 to +2.6) | +0.5 (+0.5 to +0.5) |" in table
