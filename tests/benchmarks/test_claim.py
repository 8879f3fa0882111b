"""What claims share: arms are run in order and held to those they are like, and a table says what it is of."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.claims.claim import run
from benchmarks.claims.claim.arms import Arm, choose_arms
from benchmarks.claims.claim.command import fill_recipe, make_arms_parser
from benchmarks.claims.claim.run import Claim, run_arms
from benchmarks.claims.claim.scores import RESAMPLES, Resampled, draw_counts, gather_runs, resample_chrf
from benchmarks.claims.claim.tables import describe_run, join_blocks
from benchmarks.claims.language_aware.__main__ import begin
from tutelage.core.records import Pair, Segment

FIRST, HELD = Arm("stage 1", ("a=1",)), Arm("after", ("b=2",), like="stage 1", held="student")


def test_an_arm_is_held_to_the_folder_of_the_one_it_is_like(tmp_path, monkeypatch):
    ran = []

    def record(recipe, arm, overrides, *, seed, work):
        folder = work / run.folder_name(arm, seed=seed)
        (folder / "01-language_aware").mkdir(parents=True)
        ran.append((recipe, arm, overrides))
        return SimpleNamespace(folder=folder, lines=["done"])

    monkeypatch.setattr(run, "run_arm", record)
    told = list(run_arms(Claim(tmp_path, "r", ["s=0"], [FIRST, HELD]), 3, hold=begin))
    student = tmp_path / "stage-1-seed3" / "01-language_aware" / "stage-1" / "student"
    assert ran == [
        ("r", "stage 1", ("s=0", "a=1")),
        ("r", "after", ("s=0", "b=2", f"student.model={json.dumps(str(student))}")),
    ]
    assert told == ["seed 3  stage 1: done", "seed 3  after: done"]


def test_an_arm_that_is_wanted_brings_the_one_it_is_held_to():
    assert choose_arms([FIRST, HELD, Arm("other", ())], ["after"]) == [FIRST, HELD]


def test_only_arms_that_are_done_with_all_seeds_are_shown(tmp_path):
    for name, state in (("a-seed1", "done"), ("a-seed2", "done"), ("b-seed1", "done"), ("b-seed2", "running")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").write_text(json.dumps({"state": state, "tutelage": "9", "machine": "m"}))
    found = gather_runs(["a", "b"], [1, 2], work=tmp_path, cost=lambda folder: {"seed": int(folder.name[-1])})
    assert [(arm.name, arm.cost("seed")) for arm in found] == [("a", 1.5)]
    assert describe_run(tmp_path / "a-seed1", "Student s") == "Student s; tutelage 9; m."
    with pytest.raises(SystemExit, match="No arm is done with the seeds 1, 2 in"):
        gather_runs(["b"], [1, 2], work=tmp_path)


def test_intervals_leave_out_resamples_without_a_value():
    score = Resampled(1.0, np.array([0.0, 2.0, np.nan]))
    assert score.ends == pytest.approx((0.05, 1.95))
    assert score.signed == "+1.0 (+0.1 to +1.9)" and join_blocks([["a", "b"], ["c"]]) == "a\nb\n\nc"
    assert join_blocks([["| a | b |", "|---|--:|"], ["| a |", "|---|", "| 1 |"]]) == "| a |\n|---|\n| 1 |"


def test_a_claim_is_as_unsure_of_a_text_with_copies_as_a_report(tmp_path):
    """Four copies of each of ten sentences tell no more than one."""
    texts = [
        f"the {word} file opens" for word in ("old", "new", "big", "red", "odd", "raw", "dry", "hot", "wet", "shy")
    ]
    pairs = [
        Pair(Segment(f"{text}/{copy}", text, "en"), Segment(f"{text}/{copy}", text[::-1], "pt-BR"))
        for text in texts
        for copy in range(4)
    ]
    broken = {pair.id: pair.target.text[: 4 + len(pair.source.text) % 3 * 6] for pair in pairs}
    once = [pair for pair in pairs if pair.id.endswith("/0")]
    copied, alone = resample_chrf([broken], pairs), resample_chrf([broken], once)
    assert copied.value == pytest.approx(alone.value)
    assert copied.ends == pytest.approx(alone.ends)
    counts = draw_counts([pair.source.text for pair in pairs])
    assert counts.shape == (RESAMPLES, 40) and (counts[:, 0] == counts[:, 3]).all() and counts[:, 0].std() > 0


@pytest.mark.parametrize("claim", ["economy", "patching", "patching_llm", "language_aware", "radis", "paraphrase"])
def test_every_claim_has_a_recipe_and_a_folder_of_runs(claim, tmp_path):
    filled = fill_recipe(claim, data=tmp_path, STUDENT="s", ADDRESS="a", MODEL="m")
    assert not {"DATA", "STUDENT", "ADDRESS", "MODEL"} & set(filled.replace('"', " ").replace("/", " ").split())
    arguments = make_arms_parser(claim, "", seeds=[7]).parse_args([])
    assert (arguments.seeds, arguments.work) == ([7], Path("build/claims") / claim)
