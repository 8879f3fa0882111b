"""A whole run that learns against what the student wrote, and measures how far to go from its old weights."""

import json

import pytest

from answer_key import answer
from scripted.llm import ScriptedLlm
from tutelage.core.records import Example, Feedback
from tutelage.runs.checks.recipe_check import step_problems
from tutelage.runs.run import run_recipe
from tutelage.storage.tables import read_table
from tutelage.training.blending import LEAST
from whole_runs import make_recipe, patching_table

STEP = {"train": {"max_updates": 4}, "gate": ["chrf: not worse by more than 100"]}


@pytest.mark.parametrize("contrast", ["unlikelihood", "simpo"])
def test_a_post_edit_is_learned_against_its_hypothesis(domain, base_student, tmp_path, contrast):
    step = {**STEP, "corrections": {"corrected_weight": 2.0, "contrast": contrast}}
    step["train"] = {**STEP["train"], "blend": "measured"}
    with ScriptedLlm(script=answer) as llm:
        table = patching_table(domain, base_student, llm, step=step)
        table["text"]["pool"]["limit"], table["evaluation"]["teacher_scores"] = 40, False
        run = run_recipe(make_recipe(table), runs=tmp_path)
    folder = run.folder / "01-patching"
    wrong = {one.id: one for one in read_table(folder / "feedback.parquet", Feedback) if one.flagged}
    examples = list(read_table(folder / "examples.parquet", Example))
    for one in examples:
        feedback = wrong[one.id.partition(":")[2]]
        assert (one.hypothesis, one.target) == (feedback.hypothesis.text, feedback.post_edit)
    training = json.loads((folder / "student" / "training.json").read_text())
    targets = sum(len(one.target.split()) for one in examples)
    assert training["target_tokens"] > targets, "what must not be written gives losses too"
    assert LEAST <= training["blend"] <= 1
    (decision,) = json.loads((folder / "step.json").read_text())["decisions"]
    assert decision.startswith(f"train.blend = {training['blend']:g}:")


def test_a_preference_does_not_go_with_rationales(tmp_path):
    table = patching_table(tmp_path, tmp_path, "http://unused", step={"corrections": {"contrast": "cpo"}})
    table["step"][0]["rationales"] = {}
    assert any("corrections.contrast" in problem for problem in step_problems(make_recipe(table)))
    table["step"][0]["corrections"]["contrast"] = "unlikelihood"
    assert not any("corrections.contrast" in problem for problem in step_problems(make_recipe(table)))
