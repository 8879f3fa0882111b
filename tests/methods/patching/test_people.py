"""Runs in which people are the teacher: their post-edits, or a translation memory, and no teacher or key."""

from dataclasses import dataclass

import pytest

from answer_key import EUROPEAN, names_wrong_word, orders, translate, translate_european, write_rows
from tutelage.core.records import Example, Feedback, Hypothesis, Pair, Rejection, Segment
from tutelage.methods.patching.problems import patching_problems
from tutelage.methods.patching.settings import PatchingSettings
from tutelage.runs.checks.recipe_check import check_recipe
from tutelage.runs.run import run_recipe
from tutelage.stages.post_edits import GIVEN, PEOPLE
from tutelage.storage.tables import read_table
from whole_runs import make_recipe, patching_table


@dataclass
class PeopleRun:
    recipe: object
    runs: object
    result: object

    def rows(self, name, record_type):
        return list(read_table(self.result.folder / "01-patching" / f"{name}.parquet", record_type))


def people_table(domain, student, **changes):
    """A recipe without a teacher."""
    table = patching_table(domain, student, "http://nobody", **changes)
    del table["teachers"], table["text"]["pool"]
    table["step"][0]["feedback"] = {"source": "people"} | changes.get("feedback", {})
    return table


@pytest.fixture(scope="module")
def corrected(domain, base_student, tmp_path_factory):
    """Half of the post-edits with a draft of another machine, half without one, one draft that nobody changed."""
    folder = tmp_path_factory.mktemp("people")
    drawn = orders(160, seed=9, placeholders=True)
    rows = [{"source": text, "mt": translate_european(text), "pe": translate(text)} for text in drawn[:80]]
    rows += [{"source": text, "mt": "", "pe": translate(text)} for text in drawn[80:]]
    write_rows(folder / "post_edits.jsonl", [*rows, {"source": "Save {name} now.", "mt": "x", "pe": "Salve agora."}])
    table = people_table(domain, base_student, text={"post_edits": {"path": str(folder / "post_edits.jsonl")}})
    recipe = make_recipe(table)
    return PeopleRun(recipe, folder, run_recipe(recipe, runs=folder))


def test_people_make_the_student_better_without_any_teacher(corrected):
    assert corrected.result.decision.passed
    assert corrected.result.lines[0].startswith("verdict: better  chrF ")
    kinds = {example.kind for example in corrected.rows("examples", Example)}
    assert kinds == {"post-edit"}


def test_the_report_offers_the_students_outputs_for_review(corrected):
    folder = corrected.result.folder
    assert f"tutelage review {folder} TEXT -o {folder / 'review'}" in corrected.result.report.read_text()


def test_a_draft_is_the_one_that_came_or_what_the_student_writes_now(corrected, base_student):
    hypotheses = corrected.rows("hypotheses", Hypothesis)
    drafts = {pair.id: pair.draft for pair in corrected.rows("post_edits", Pair)}
    assert [one.segment for one in hypotheses] == corrected.rows("pool", Segment)
    given = [one for one in hypotheses if drafts[one.id] is not None]
    own = [one for one in hypotheses if drafts[one.id] is None]
    assert given
    assert all((one.text, one.student) == (drafts[one.id], GIVEN) for one in given)
    assert own
    assert all(one.student != GIVEN for one in own)
    assert {drafts[one.id] for one in own} == {None}


def test_error_spans_are_what_the_translator_changed(corrected):
    found = set()
    for row in corrected.rows("feedback", Feedback):
        if row.hypothesis.student != GIVEN:
            continue
        assert row.flagged == names_wrong_word(row.hypothesis.segment.text)
        assert row.provenance.teacher == PEOPLE
        for error in row.errors:
            wrong = row.hypothesis.text[error.target_start : error.target_end]
            if EUROPEAN.get(error.correction) == wrong:
                found.add(error.correction)
    assert found == set(EUROPEAN)


def test_a_post_edit_that_lost_a_placeholder_is_rejected_with_its_reason(corrected):
    rejected = corrected.rows("post_edits.rejected", Rejection)
    assert "placeholders_lost" in {rejection.reason for rejection in rejected}


def test_running_again_makes_nothing(corrected):
    tables = {path: path.stat().st_mtime_ns for path in corrected.result.folder.rglob("*.parquet")}
    run_recipe(corrected.recipe, runs=corrected.runs)
    assert {path: path.stat().st_mtime_ns for path in tables} == tables


def test_drafts_of_a_file_of_their_own_are_joined_by_the_source(domain, base_student, tmp_path):
    drawn = orders(40, seed=9)
    write_rows(tmp_path / "after.jsonl", [{"source": text, "target": translate(text)} for text in drawn])
    write_rows(tmp_path / "before.jsonl", [{"source": text, "target": "rascunho"} for text in reversed(drawn[:30])])
    text = {"post_edits": {"path": str(tmp_path / "after.jsonl")}, "drafts": {"path": str(tmp_path / "before.jsonl")}}
    step = {"train": {"max_updates": 1}}
    result = run_recipe(make_recipe(people_table(domain, base_student, text=text, step=step)), runs=tmp_path)
    hypotheses = list(read_table(result.folder / "01-patching/hypotheses.parquet", Hypothesis))
    given = [one for one in hypotheses if one.segment.text in drawn[:30]]
    own = [one for one in hypotheses if one.segment.text in drawn[30:]]
    assert {(one.text, one.student) for one in given} == {("rascunho", GIVEN)}
    assert own
    assert GIVEN not in {one.student for one in own}


def test_a_second_round_judges_what_the_student_writes_then(domain, base_student, tmp_path):
    rows = [{"source": text, "mt": "rascunho", "pe": translate(text)} for text in orders(40, seed=9)]
    write_rows(tmp_path / "edits.jsonl", rows)
    text = {"post_edits": {"path": str(tmp_path / "edits.jsonl")}}
    step = {"rounds": 2, "stop_when_within_noise": False, "train": {"max_updates": 1}}
    result = run_recipe(make_recipe(people_table(domain, base_student, text=text, step=step)), runs=tmp_path)
    rounds = [
        list(read_table(result.folder / f"01-patching/round-{number}/hypotheses.parquet", Hypothesis))
        for number in (1, 2)
    ]
    assert {one.student for one in rounds[0]} == {GIVEN}
    assert GIVEN not in {one.student for one in rounds[1]}


def test_the_check_tells_what_is_missing_and_counts_no_call(domain, base_student, tmp_path):
    table = people_table(domain, base_student)
    problems = check_recipe(make_recipe(table), runs=tmp_path).problems
    assert any(problem.startswith("text.post_edits: missing") for problem in problems)
    write_rows(tmp_path / "edits.jsonl", [{"source": text, "target": translate(text)} for text in orders(5, seed=9)])
    table["text"]["post_edits"] = {"path": str(tmp_path / "edits.jsonl")}
    found = check_recipe(make_recipe(table), runs=tmp_path)
    assert found.problems == ()
    assert (found.estimates[0].calls, found.estimates[0].estimate.pool_segments) == (0, 5)
    assert any("text.post_edits: only 5 segments" in note for note in found.notes)


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        ({"ask": {"segments": 5}}, "ask: people have answered already"),
        ({"contexts": {"source": "retrieved"}}, "teacher: no [teachers.NAME] table is there."),
        ({"contexts": {"source": "pairs"}}, "contexts.writer: no [teachers.NAME] table is there."),
    ],
)
def test_what_needs_a_teacher_says_so(domain, base_student, step, problem):
    recipe = make_recipe(people_table(domain, base_student, step=step))
    settings = recipe.step[0]
    assert isinstance(settings, PatchingSettings)
    assert any(one.startswith(problem) for one in patching_problems(settings, recipe))
