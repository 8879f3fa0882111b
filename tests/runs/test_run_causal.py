"""Whole runs of a tiny chat model: the same methods as for encoder–decoder students, end to end through the gate."""

import json

import pytest

from answer_key import orders, translate
from keyed_domain import keyed_teacher
from scripted.llm import ScriptedLlm
from tiny_students import make_tiny_causal
from tutelage.core.records import Example, Feedback
from tutelage.runs.run import run_recipe
from tutelage.storage.tables import read_table
from tutelage.students.naming import open_student
from whole_runs import TRAIN, make_recipe


@pytest.fixture(scope="module")
def chat_model(tmp_path_factory):
    """The folder of an untrained chat model with a short instruction of its own."""
    texts = orders(300, seed=9)
    folder = tmp_path_factory.mktemp("chat")
    shape = {"hidden_size": 48, "intermediate_size": 96, "num_attention_heads": 4, "num_key_value_heads": 4}
    make_tiny_causal(folder, texts=[*texts, *map(translate, texts)], spread=False, **shape)
    (folder / "instruction.txt").write_text("{target_language}: {source}")
    return folder


@pytest.fixture(scope="module")
def causal_run(domain, chat_model, tmp_path_factory):
    """Distilled from the teacher, and then patched by it."""
    train = {**TRAIN, "learning_rate": 5e-3, "max_updates": 60, "batch_tokens": 1500}
    distil = {"method": "sequence_kd", "train": train}
    lora = {"rank": 4, "targets": ["q_proj", "v_proj", "down_proj"]}
    patch = {
        "method": "patching",
        "feedback": {"source": "translated"},
        "train": {**TRAIN, "learning_rate": 2e-3, "max_updates": 8, "lora": lora},
        "gate": ["chrf: not worse by more than 50"],
    }
    with ScriptedLlm(script=keyed_teacher(domain)) as llm:
        recipe = make_recipe(
            {
                "name": "causal",
                "direction": {"source": "en", "target": "pt-BR"},
                "student": {"model": str(chat_model)},
                "teachers": {"llm": {"kind": "chat", "model": "scripted", "base_url": llm.base_url}},
                "text": {use: {"path": str(domain / f"{use}.jsonl"), "limit": 40} for use in ("dev", "test")}
                | {"pool": {"path": str(domain / "pool.jsonl"), "limit": 120}},
                "evaluation": {"resamples": 100, "max_target_tokens": 24},
                "step": [distil, patch],
            }
        )
        yield run_recipe(recipe, runs=tmp_path_factory.mktemp("runs"))


def test_a_chat_model_is_distilled_through_the_gate(causal_run):
    (gate,) = json.loads((causal_run.folder / "01-sequence_kd" / "gate.json").read_text())["gate"]
    assert gate["verdict"] == "better"
    assert gate["passed"]
    training = json.loads((causal_run.folder / "01-sequence_kd" / "student" / "training.json").read_text())
    losses = [point["dev_loss"] for point in training["losses"] if point["dev_loss"] is not None]
    assert training["updates"] == 60
    assert losses[-1] < 2.0


def test_the_same_student_is_patched(causal_run):
    step = causal_run.folder / "02-patching"
    assert any(one.flagged for one in read_table(step / "feedback.parquet", Feedback))
    assert {one.kind for one in read_table(step / "examples.parquet", Example)} >= {"post-edit"}
    assert causal_run.decision.passed
    assert causal_run.report.is_file()


def test_the_second_step_takes_over_what_the_first_measured_of_its_student(causal_run):
    after, before = (
        causal_run.folder / step / "tests" / f"domain-{name}.parquet"
        for step, name in (("01-sequence_kd", "after"), ("02-patching", "before"))
    )
    assert before.samefile(after)
    notes = json.loads((causal_run.folder / "run.json").read_text())["stages"]
    assert "seconds" in notes["01-sequence_kd/tests/domain-after"]
    assert "seconds" not in notes["02-patching/tests/domain-before"]


def test_the_new_student_takes_template_and_instruction_along(causal_run, chat_model):
    for name in ("chat_template.jinja", "instruction.txt"):
        assert (causal_run.student / name).read_text().strip() == (chat_model / name).read_text().strip()
    from tutelage.core.decoding import Decoding
    from tutelage.core.languages import Direction

    engine = open_student(str(causal_run.folder), direction=Direction("en", "pt-BR"))
    (translation,) = engine.translate(["Open the new file."], decoding=Decoding(max_target_tokens=24))
    assert translation
