"""Whole runs with a tiny chat model: elicited, rehearsed, trained and measured, on the real path."""

import json

import pytest

from answer_key import answer, orders, pairs, translate, write_rows
from scripted.llm import ScriptedLlm
from tiny_students import make_tiny, make_tiny_causal
from tutelage.core.errors import CorpusError, StudentError
from tutelage.core.languages import Direction
from tutelage.core.records import Example, Rejection
from tutelage.runs.run import run_recipe
from tutelage.stages.rehearsal import eliciting, training
from tutelage.stages.rehearsal.rationale import Rationale
from tutelage.storage.tables import read_table
from tutelage.students.loading import load_student
from tutelage.students.student_folder import student_signature
from whole_runs import make_recipe

TRAIN = {"learning_rate": 1e-3, "max_updates": 2, "batch_tokens": 600, "label_smoothing": 0.0, "precision": "float32"}
PAIRS = 10


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The texts, and a chat model with random weights and a short instruction."""
    folder = tmp_path_factory.mktemp("radis")
    drawn = orders(2 * PAIRS + 30, seed=4)
    write_rows(folder / "parallel.jsonl", pairs(drawn[:PAIRS]))
    write_rows(folder / "pool.jsonl", [{"source": text} for text in drawn[PAIRS : 2 * PAIRS]])
    write_rows(folder / "test.jsonl", pairs(drawn[2 * PAIRS :]))
    chats = [[("user", f"What is {n}?"), ("assistant", f"A number, {n}.")] for n in range(9)]
    rows = [{"messages": [{"role": role, "content": text} for role, text in turns]} for turns in chats]
    write_rows(folder / "chats.jsonl", rows)
    make_tiny_causal(folder / "chat", texts=drawn)
    (folder / "chat" / "instruction.txt").write_text("{target_language}: {source}")
    return folder


def recipe_of(folder, *, student="chat", teachers=None, **step):
    step = {
        "method": "radis", "train": TRAIN, "gate": ["chrf: not worse by more than 100"],
        "rationales": {"max_rationale_tokens": 12}, **step,
    }  # fmt: skip
    uses = ("parallel" if step["method"] == "radis" else "pool", "test")
    return make_recipe(
        {
            "name": "r",
            "direction": {"source": "en", "target": "pt-BR"},
            "student": {"model": str(folder / student)},
            "teachers": teachers or {},
            "text": {use: {"path": str(folder / f"{use}.jsonl")} for use in uses},
            "evaluation": {"resamples": 100, "max_target_tokens": 12, "teacher_scores": False},
            "step": [step],
        }
    )


def rows(run, name, kind):
    return list(read_table(run / f"{name}.parquet", kind))


def test_resumed_after_a_kill_between_stages_and_cut_rationales_have_no_end(folder, tmp_path, monkeypatch):
    recipe, step = recipe_of(folder), tmp_path / "r" / "01-radis"

    def killed(*_arguments, **_settings):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(training, "student_stage", killed)
        with pytest.raises(KeyboardInterrupt):
            run_recipe(recipe, runs=tmp_path)
    before = {path.name: path.stat().st_mtime_ns for path in step.glob("*.parquet")}
    assert {"pairs.parquet", "examples.parquet", "rationales.parquet", "rehearsed.parquet"} <= set(before)
    monkeypatch.setattr(eliciting, "open_writer", killed)
    result = run_recipe(recipe, runs=tmp_path)
    assert {name: (step / name).stat().st_mtime_ns for name in before} == before
    assert result.report.is_file()

    written, rehearsed = rows(step, "rationales", Rationale), rows(step, "rehearsed", Example)
    assert len(written) == len(rehearsed) == PAIRS
    empty = {one.id for one in written if not one.text.strip()}
    assert {one.id for one in rehearsed if one.rationale is None} == empty
    assert {one.id for one in rehearsed if one.cut} == {one.id for one in written if not one.finished} - empty
    assert any(one.cut for one in rehearsed)
    student = load_student(str(folder / "chat"), direction=Direction("en", "pt-BR"))
    encoded = student.encode_examples(rehearsed, max_source_tokens=99, max_target_tokens=99)
    ends = [one.true.target[-1] == student.format.end_id for one in encoded]
    assert ends == [not one.cut for one in rehearsed]
    story = json.loads((step / "student" / "training.json").read_text())
    assert (story["examples"], story["updates"]) == (PAIRS, 2)


def test_sdft_with_instruction_data_and_rationales_written_anew(folder, tmp_path):
    """A student with random weights rewrites nothing well, so that every reference is kept, and counted."""
    recipe = recipe_of(
        folder,
        target="rewritten",
        instructions={"path": str(folder / "chats.jsonl"), "share": 0.2},
        rationales={"max_rationale_tokens": 12, "refresh": 1, "fraction": 0.5, "temperature": 1.0},
    )
    result = run_recipe(recipe, runs=tmp_path)
    step = tmp_path / "r" / "01-radis"
    examples = rows(step, "examples", Example)
    kinds = [one.kind for one in examples]
    refused = [one for one in rows(step, "examples.rejected", Rejection) if one.stage == "rewritten"]
    assert kinds.count("instruction") == round(PAIRS * 0.2 / 0.8)
    assert kinds.count("parallel") == len(refused)
    assert kinds.count("parallel") + kinds.count("rewritten") == PAIRS
    for part in ("part-1", "part-2"):
        assert len(rows(step / part, "rationales", Rationale)) == PAIRS // 2
        assert (step / part / "student" / "config.json").is_file()
    first, second = (rows(step / part, "rationales", Rationale) for part in ("part-1", "part-2"))
    weights = {one.provenance.teacher.split("|")[0] for one in (*first, *second)}
    assert weights == {student_signature(folder / "chat")}, "all are of the student as it came in"
    assert [one.id for one in first] == [one.id for one in second]
    assert [one.text for one in first] != [one.text for one in second], "sampled anew"
    assert result.student == step / "part-2" / "student"


def test_another_step_rehearses_with_a_teachers_rationales(folder, tmp_path):
    def say(messages):
        asked = messages[-1]["content"]
        if "rationale" in asked:
            assert "<source>" in asked
            assert "<translation>" in asked
            return json.dumps({"rationale": "" if "file" in asked else "A word is used as in the manual."})
        return answer(messages)

    with ScriptedLlm(script=say) as llm:
        teachers = {"llm": {"kind": "chat", "model": "scripted", "base_url": llm.base_url}}
        recipe = recipe_of(folder, teachers=teachers, method="sequence_kd", rationales={"source": "teacher"})
        run_recipe(recipe, runs=tmp_path)
        asked = len(llm.requests)
        run_recipe(recipe, runs=tmp_path)
        assert len(llm.requests) == asked, "all answers are in the ledger"
    step = tmp_path / "r" / "01-sequence_kd"
    examples, refused = rows(step, "rehearsed", Example), rows(step, "rationales.rejected", Rejection)
    without = {one.id for one in examples if one.rationale is None}
    assert without == {one.id for one in refused if one.reason == "empty"}
    assert 0 < len(without) < len(examples)
    assert {one.rationale for one in examples} == {None, "A word is used as in the manual."}
    assert not any(one.cut for one in examples)


def test_patching_rehearses_in_the_same_training(folder, tmp_path):
    """The corrections of a random student's errors, each with what it goes on to write itself."""
    with ScriptedLlm(script=answer) as llm:
        teachers = {"llm": {"kind": "chat", "model": "scripted", "base_url": llm.base_url}}
        recipe = recipe_of(
            folder, teachers=teachers, method="patching", threshold=0.99, feedback={"source": "translated"}
        )
        run_recipe(recipe, runs=tmp_path)
    step = tmp_path / "r" / "01-patching"
    patches, rehearsed = rows(step, "examples", Example), rows(step, "rehearsed", Example)
    assert {one.kind for one in patches} == {"post-edit"}
    assert [(one.id, one.target, one.provenance) for one in rehearsed] == [
        (one.id, one.target, one.provenance) for one in patches
    ]
    assert all(one.target == translate(one.source) for one in rehearsed)
    assert any(one.rationale for one in rehearsed)
    funnel = {row["label"]: row["count"] for row in json.loads((step / "step.json").read_text())["funnel"]}
    assert list(funnel.values())[-1] == len(patches), "the verdict names the last row"
    assert funnel["asked for a rationale"] == len(patches)
    assert funnel["trained with a rationale"] == sum(one.rationale is not None for one in rehearsed)


def test_a_student_that_only_translates_is_told_when_it_comes_unchecked(folder, tmp_path, monkeypatch):
    """As from the hub, where the model's kind is seen only when it is loaded."""
    make_tiny("marian", folder / "marian")
    monkeypatch.setattr("tutelage.stages.rehearsal.problems.only_translates", lambda _student: False)
    with pytest.raises(StudentError, match=r"encoder–decoder student, which only translates\. Take a chat model"):
        run_recipe(recipe_of(folder, student="marian"), runs=tmp_path)
    assert not (tmp_path / "r" / "01-radis" / "student").exists()


@pytest.mark.parametrize("instructed", [False, True])
def test_own_translations_that_are_all_dropped_stop_the_run_before_training(folder, tmp_path, instructed):
    chats = {"instructions": {"path": str(folder / "chats.jsonl"), "share": 0.2}} if instructed else {}
    recipe = recipe_of(folder, target="self", rationales={"fraction": 0}, **chats)
    with pytest.raises(CorpusError, match="none of the student's own translations can be trained on"):
        run_recipe(recipe, runs=tmp_path)
    assert not list(tmp_path.glob("r/01-radis/student"))
