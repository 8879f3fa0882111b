"""lm-evaluation-harness as a program: its options, its files and failures, with a program that writes its layout."""

import sys
from pathlib import Path

import pytest

from places import SUPPORT
from tutelage.core.errors import UserError
from tutelage.core.retention import HarnessSettings
from tutelage.stages.retention.harness import harness_options, harness_problems, harness_stage, run_harness
from tutelage.storage.stages import StageFolder

COMMAND = (sys.executable, str(SUPPORT / "fake_lm_eval.py"))


def settings(*tasks, **changes):
    return HarnessSettings.model_validate({"command": COMMAND, "tasks": tasks, **changes})


def measure(folder, harness, *, name="before"):
    stage = StageFolder(folder, lambda _stage, _facts: None)
    student = folder / "student"
    student.mkdir(exist_ok=True)
    return harness_stage(harness, student, folder=stage, name=name)


def test_tasks_become_abilities(tmp_path):
    easy, gsm = measure(tmp_path, settings("arc_easy", "gsm", limit=5, metrics={"gsm": "exact_match,flexible-extract"}))
    assert (easy.ability, easy.percent, len(easy.marks)) == ("arc_easy", 60.0, 5)
    assert easy.marks == {"arc_easy-0": 1, "arc_easy-1": 0, "arc_easy-2": 1, "arc_easy-3": 0, "arc_easy-4": 1}
    assert easy.signature == "lm-eval:0.4.13|arc_easy@1.0|shots:0|acc_norm,none|n:5"
    assert gsm.percent == 60.0


def test_without_a_choice_the_first_measure_counts(tmp_path):
    (gsm,) = measure(tmp_path, settings("gsm"))
    assert (gsm.percent, gsm.signature.split("|")[3]) == (0.0, "exact_match,strict-match")


def test_a_group_is_the_documents_of_its_tasks(tmp_path):
    (group,) = measure(tmp_path, settings("group", limit=2))
    assert sorted(group.marks) == ["group_a-0", "group_a-1", "group_b-0", "group_b-1"]
    assert group.percent == 50.0


def test_it_runs_once(tmp_path):
    first = measure(tmp_path, settings("arc_easy"))
    kept = tmp_path / "lm-eval-before"
    stamp = (kept / "lm-eval.log").stat().st_mtime_ns
    assert measure(tmp_path, settings("arc_easy")) == first
    assert (kept / "lm-eval.log").stat().st_mtime_ns == stamp


@pytest.mark.parametrize(
    ("harness", "expected"),
    [
        (settings("broken"), "exit code 1; its last lines were:\n.*\n  ValueError: no task is called 'broken'"),
        (settings("silent"), "ended without writing results"),
        (settings("perplexed"), r"no measure that is known to be a share \(word_perplexity,none\)"),
        (settings("arc_easy", metrics={"arc_easy": "accuracy"}), "has no measure 'accuracy'. "),
        (settings("odd"), "its documents have a mean of 0.5000"),
        (settings("arc_easy", command=["no-such-lm-eval"]), "there is no program 'no-such-lm-eval'. Install"),
    ],
    ids=["fails", "silent", "no share", "unknown measure", "weighed otherwise", "missing"],
)
def test_what_goes_wrong_is_told(tmp_path, harness, expected):
    with pytest.raises(UserError, match=f"(?s){expected}"):
        measure(tmp_path, harness)
    assert not (tmp_path / "lm-eval-before").exists()


def test_options(tmp_path):
    harness = settings(
        "a", "b", limit=10, shots=5, device="cpu", batch_size=4, chat_template=False, model_args={"dtype": "float32"}
    )
    assert harness_options(harness, Path("/m/s"), out=tmp_path) == [
        "--model", "hf", "--model_args", "pretrained=/m/s,dtype=float32", "--tasks", "a,b", "--batch_size", "4",
        "--limit", "10", "--num_fewshot", "5", "--device", "cpu", "--log_samples", "--output_path", str(tmp_path),
    ]  # fmt: skip
    assert "--apply_chat_template" in harness_options(settings("a"), Path("/m/s"), out=tmp_path)
    with pytest.raises(UserError, match="comma"):
        run_harness(settings("a"), Path("/m,n/s"), out=tmp_path / "out")
    assert harness_problems(settings("a")) == []
