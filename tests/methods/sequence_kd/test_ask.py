"""Whole runs in which a part of the pool is chosen before the teacher is asked over real HTTP."""

import json
from html import unescape

import numpy as np
import pytest

from answer_key import answer, delimited
from scripted.llm import ScriptedLlm
from tutelage.core.errors import CorpusError, RecipeError
from tutelage.core.records import Hypothesis, Pair, Segment
from tutelage.embeddings.vectors import unit_vectors
from tutelage.runs.checks.recipe_check import check_recipe, require_sound
from tutelage.runs.run import run_recipe
from tutelage.stages.selection.certainty import Certainty
from tutelage.stages.selection.chosen import Chosen
from tutelage.storage.tables import read_table
from whole_runs import make_recipe, patching_table

STEP = {"train": {"max_updates": 2}, "gate": ["chrf: not worse by more than 100"]}


@pytest.fixture
def recipe_with(domain, base_student):
    """A function that gives a recipe which asks this server about a part of sixty segments."""

    def make(llm, ask, *, method="sequence_kd", **step):
        table = patching_table(domain, base_student, llm, step=STEP)
        table["text"]["pool"]["limit"] = 60
        table["evaluation"]["teacher_scores"] = False
        table["step"][0] |= {"method": method, "ask": ask, **step}
        if method == "sequence_kd":
            del table["step"][0]["feedback"]
        return make_recipe(table)

    return make


class Lengths:
    """Vectors that tell texts by their length."""

    signature = "lengths"

    def embed(self, texts):
        return unit_vectors(np.array([[1.0, len(text)] for text in texts]))


def rows(run, step, name, record_type):
    return list(read_table(run.folder / step / f"{name}.parquet", record_type))


def funnel_of(run):
    (step,) = run.folder.glob("01-*/step.json")
    facts = json.loads(step.read_text())
    return {row["label"]: row["count"] for row in facts["funnel"]}, facts["decisions"]


@pytest.mark.parametrize(
    "strategy",
    ["random", "agreement", "coverage", ("confidence", "novelty", "rarity", "dropout", "density", "diversity")],
)
def test_the_teacher_is_asked_about_what_was_chosen_and_no_more(recipe_with, strategy, tmp_path, monkeypatch):
    monkeypatch.setattr("tutelage.embeddings.opening.open_embedder", lambda _: Lengths())
    with ScriptedLlm(script=answer) as llm:
        recipe = recipe_with(llm, {"strategy": strategy, "segments": 9})
        run = run_recipe(recipe, runs=tmp_path)
        asked = {delimited(request["messages"]) for request in llm.requests}
    found = rows(run, "01-sequence_kd", "chosen", Chosen)
    assert len(found) == 9
    assert asked == {one.segment.text for one in found}
    assert len(rows(run, "01-sequence_kd", "translations", Pair)) == 9
    funnel, (decision,) = funnel_of(run)
    assert funnel["pool"] > 40 and funnel["chosen to be asked about"] == 9
    assert "9 of" in decision and found[0].reason.startswith(("random", "confidence", "agreement", "coverage"))
    assert "chosen.parquet" in run.report.read_text()


def test_a_larger_choice_scores_nothing_again_and_asks_about_the_rest_alone(recipe_with, tmp_path):
    with ScriptedLlm(script=answer) as llm:
        run = run_recipe(recipe_with(llm, {"strategy": "confidence", "segments": 5}), runs=tmp_path)
        step = run.folder / "01-sequence_kd"
        before = {name: (step / f"{name}.parquet").stat().st_mtime_ns for name in ("pool_hypotheses", "confidences")}
        first = {one.segment.id for one in rows(run, "01-sequence_kd", "chosen", Chosen)}
        run_recipe(recipe_with(llm, {"strategy": "confidence", "segments": 8}), runs=tmp_path)
        assert len(llm.requests) == 8
    assert {name: (step / f"{name}.parquet").stat().st_mtime_ns for name in before} == before
    assert first < {one.segment.id for one in rows(run, "01-sequence_kd", "chosen", Chosen)}


def test_the_least_confident_hypotheses_are_worse_than_the_others(recipe_with, domain, tmp_path):
    from answer_key import translate

    with ScriptedLlm(script=answer) as llm:
        run = run_recipe(recipe_with(llm, {"strategy": "confidence", "share": 0.3}), runs=tmp_path)
    hypotheses = rows(run, "01-sequence_kd", "pool_hypotheses", Hypothesis)
    assert [one.id for one in rows(run, "01-sequence_kd", "confidences", Certainty)] == [one.id for one in hypotheses]
    chosen = {one.segment.id for one in rows(run, "01-sequence_kd", "chosen", Chosen)}
    wrong = {one.id: one.text != translate(one.segment.text) for one in hypotheses}
    shares = [sum(map(wrong.get, part)) / len(part) for part in (chosen, wrong.keys() - chosen)]
    assert shares[0] >= shares[1]


def test_patching_asks_about_the_chosen_part_alone(recipe_with, tmp_path):
    with ScriptedLlm(script=answer) as llm:
        recipe = recipe_with(llm, {"strategy": "coverage", "share": 0.4}, method="patching")
        run = run_recipe(recipe, runs=tmp_path)
        asked = {delimited(request["messages"]) for request in llm.requests}
    found = rows(run, "01-patching", "chosen", Chosen)
    funnel, decisions = funnel_of(run)
    assert asked & {one.segment.text for one in found} and len(found) == round(0.4 * funnel["pool"])
    assert funnel["judged by the teacher"] <= len(found) == funnel["chosen to be asked about"]
    assert any("ask.strategy = coverage" in one for one in decisions)


@pytest.mark.parametrize("method", ["sequence_kd", "patching"])
def test_a_pilot_is_asked_about_first_paid_once_and_its_lesson_is_in_the_report(recipe_with, method, tmp_path):
    ask = {"strategy": ["confidence", "rarity", "length"], "segments": 20, "pilot": 0.6}
    with ScriptedLlm(script=answer) as llm:
        run = run_recipe(recipe_with(llm, ask, method=method), runs=tmp_path)
        first = [delimited(request["messages"]) for request in llm.requests[:12]]
        calls = len(llm.requests)
    step = f"01-{method}"
    pilot = {one.text for one in rows(run, step, "pilot", Segment)}
    found = rows(run, step, "chosen", Chosen)
    assert pilot == set(first) and len(pilot) == 12 and len(found) == 20
    assert {one.segment.text for one in found if one.rank < 12} == pilot
    if method == "sequence_kd":
        assert calls == 20
    funnel, decisions = funnel_of(run)
    assert funnel["chosen to be asked about"] == 20 and any(one.startswith("ask.pilot: on 12") for one in decisions)
    (step_file,) = run.folder.glob("01-*/step.json")
    facts = json.loads(step_file.read_text())
    asked, by = facts["asked"], {row["stage"]: row for row in facts["asked_by"]}
    assert (by["pilot_translations"]["answers"], by["translations"]["answers"]) == (12, 20)
    assert by["pilot_translations"]["tokens"] > 100 and "chosen" not in by
    assert [one["name"] for one in asked["strategies"]] == ["confidence-1", "rarity-1", "length-1"]
    assert asked["pilot"]["segments"] == 12 and asked["pilot"]["rest"] == 8
    page = run.report.read_text()
    assert (
        "What was asked about" in page
        and "What each part of it brought" in page
        and "rarity-1" in page
        and asked["examples"][0]["source"] in unescape(page)
    )


@pytest.mark.parametrize("method", ["sequence_kd", "patching"])
def test_a_limit_that_nothing_fits_into_is_told_before_anything_is_asked(recipe_with, method, tmp_path):
    with ScriptedLlm(script=answer) as llm:
        with pytest.raises(CorpusError, match="fits into what may be asked"):
            run_recipe(recipe_with(llm, {"tokens": 1}, method=method), runs=tmp_path)
        assert llm.requests == []


@pytest.mark.parametrize("method", ["sequence_kd", "patching"])
def test_the_check_knows_how_much_less_is_asked(recipe_with, method, tmp_path):
    calls = []
    for ask in (None, {"strategy": "coverage", "share": 0.25}):
        found = check_recipe(recipe_with("http://127.0.0.1:9", ask, method=method), runs=tmp_path)
        calls.append(sum(one.calls for one in found.estimates[0].estimate.asked if one.kind == "translate pool"))
        assert found.estimates[0].estimate.pool_segments == 60
    assert calls == [60, 15]


def test_what_cannot_work_is_refused_before_anything_is_asked(recipe_with, tmp_path):
    with pytest.raises(RecipeError) as raised:
        require_sound(recipe_with("http://127.0.0.1:9", {"strategy": "worst"}, share=0.5), runs=tmp_path)
    told = " ".join(map(str, raised.value.problems))
    assert "ask.strategy" in told and "share, segments or tokens" in told and "leave this one out" in told
