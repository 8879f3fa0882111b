"""Whole runs in which general text is rehearsed beside what is learned."""

import shutil

import pytest

from answer_key import answer, delimited, translate
from scripted.llm import ScriptedLlm
from tutelage.core.records import Example, Rejection, Segment
from tutelage.core.settings import RehearsalSettings
from tutelage.runs.checks.recipe_check import check_recipe
from tutelage.runs.run import run_recipe
from tutelage.storage.tables import read_table
from whole_runs import make_recipe, patching_table

STEP = {"train": {"max_updates": 2}, "gate": ["chrf: not worse by more than 100"]}


@pytest.fixture
def recipe_with(domain, base_student):
    """A function that gives a recipe which learns sixty segments and rehearses sentences."""

    def make(llm, rehearsal, *, method="sequence_kd", text=("sentences.jsonl",)):
        table = patching_table(domain, base_student, llm, step=STEP)
        table["text"]["pool"]["limit"] = 60
        table["evaluation"]["teacher_scores"] = False
        table["step"][0] |= {"method": method, "rehearsal": rehearsal}
        if text:
            table["text"]["rehearsal"] = {"path": [str(domain / name) for name in text]}
        if method == "sequence_kd":
            del table["step"][0]["feedback"]
        return make_recipe(table)

    return make


def rows(run, name, record_type):
    return list(read_table(next(run.folder.glob("01-*")) / f"{name}.parquet", record_type))


def parted(run):
    """The rehearsed examples, and the others."""
    examples = rows(run, "examples", Example)
    rehearsed = [one for one in examples if one.kind == "rehearsal"]
    return rehearsed, [one for one in examples if one.kind != "rehearsal"]


def test_the_student_rehearses_what_it_wrote_before(recipe_with, tmp_path):
    with ScriptedLlm(script=answer) as llm:
        run = run_recipe(recipe_with(llm, {"ratio": 0.4}), runs=tmp_path)
        asked = {delimited(request["messages"]) for request in llm.requests}
    rehearsed, others = parted(run)
    assert len(rehearsed) == round(0.4 * len(others)) > 10
    assert asked == {one.source for one in others} | {one.raw for one in rows(run, "translations.rejected", Rejection)}
    texts = {one.text for one in rows(run, "rehearsal_pool", Segment)}
    assert {one.source for one in rehearsed} <= texts and not {one.source for one in others} & texts
    assert all(one.provenance.origin == "rehearsal" for one in rehearsed)
    assert any(one.target != translate(one.source) for one in rehearsed), "the words that it does not know"


@pytest.mark.parametrize("method", ["sequence_kd", "patching"])
def test_a_text_that_is_named_is_rehearsed_without_a_ratio(recipe_with, method, tmp_path):
    with ScriptedLlm(script=answer) as llm:
        recipe = recipe_with(llm, {}, method=method)
        estimate = check_recipe(recipe, runs=tmp_path).estimates[0].estimate
        run = run_recipe(recipe, runs=tmp_path)
    rehearsed, others = parted(run)
    assert len(rehearsed) == round(0.5 * len(others)) > 2
    assert estimate.training_examples >= 1.4 * len(others)


def test_no_ratio_and_no_text_rehearses_nothing():
    assert RehearsalSettings().ratio_for(None) == 0
    assert [RehearsalSettings(ratio=ratio).ratio_for(object()) for ratio in (0.0, 0.25)] == [0, 0.25]


def test_the_teacher_may_translate_what_is_rehearsed(recipe_with, tmp_path):
    with ScriptedLlm(script=answer) as llm:
        recipe = recipe_with(llm, {"ratio": 0.4, "by": "teacher"})
        asked = {one.kind: one for one in check_recipe(recipe, runs=tmp_path).estimates[0].estimate.asked}
        run = run_recipe(recipe, runs=tmp_path)
    rehearsed, others = parted(run)
    assert len(rehearsed) == round(0.4 * len(others)) > 10
    assert all(one.target == translate(one.source) for one in rehearsed)
    assert asked["translate rehearsal"].calls == pytest.approx(0.4 * 60, abs=1)


def test_patching_rehearses_the_text_in_place_of_right_hypotheses(recipe_with, tmp_path):
    with ScriptedLlm(script=answer) as llm:
        run = run_recipe(recipe_with(llm, {"ratio": 1.0}, method="patching"), runs=tmp_path)
    rehearsed, others = parted(run)
    assert len(rehearsed) == len(others) > 5
    assert {one.source for one in rehearsed} <= {one.text for one in rows(run, "rehearsal_pool", Segment)}
    assert all(one.hypothesis is not None and one.hypothesis != one.target for one in others)


def test_what_is_tested_is_not_rehearsed(recipe_with, domain, tmp_path):
    copy = shutil.copy(domain / "test.jsonl", tmp_path / "copy.jsonl")
    with ScriptedLlm(script=answer) as llm:
        recipe = recipe_with(llm, {"ratio": 3.0}, text=[domain / "sentences.jsonl", copy])
        run = run_recipe(recipe, runs=tmp_path)
    assert "in_test_set" in {one.reason for one in rows(run, "rehearsal_pool.rejected", Rejection)}


def test_without_a_text_distilling_has_nothing_to_rehearse(recipe_with, tmp_path):
    found = check_recipe(recipe_with("http://127.0.0.1:9", {"ratio": 0.5}, text=()), runs=tmp_path).problems
    assert any("text.rehearsal" in problem for problem in found)
