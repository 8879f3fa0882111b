"""A run whose students a teacher rates: measured on the test set, decided on by the gate, and not asked again."""

import json

from scripted.llm import ScriptedLlm
from small_runs import small_recipe
from tutelage.runs.run import run_recipe
from whole_runs import say

TEST = 40


def rate(messages):
    """About the same for all, by the length of what it is shown."""
    return json.dumps({"score": 60 + len(messages[0]["content"]) % 3})


def test_the_gate_decides_by_what_a_teacher_rates(tmp_path):
    with ScriptedLlm(say) as llm, ScriptedLlm(rate) as judge:
        recipe = small_recipe(
            tmp_path,
            llm,
            test=TEST,
            teachers={"judge": {"kind": "chat", "model": "judge", "base_url": judge.base_url}},
            evaluation={"metrics": {"quality": {"teacher": "judge", "asks": "score"}}},
            step={"teacher": "llm", "gate": ["quality: not worse by more than 3"]},
        )
        result = run_recipe(recipe, runs=tmp_path / "runs")
        asked = len(judge.requests)
        run_recipe(recipe, runs=tmp_path / "runs")
        assert len(judge.requests) == asked
    step = next(result.folder.glob("01-*"))
    scores = json.loads((step / "scores.json").read_text())["scores"]
    measured = {one["system"]: one for one in scores if one["test"] == "domain"}
    for system in ("before", "after", "teacher"):
        (found,) = (one for one in measured[system]["scores"] if one["name"] == "quality")
        assert found["signature"].startswith("quality|teacher:chat:judge")
        assert found["low"] <= found["value"] <= found["high"]
    (decided,) = json.loads((step / "gate.json").read_text())["gate"]
    assert decided["passed"], decided
    assert decided["outcomes"][0]["reason"].startswith("Quality")
    assert TEST < asked <= 3 * TEST, "each different translation of the test set once"
