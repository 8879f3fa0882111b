"""Runs in which people are the teacher: their post-edits, or a translation memory, and no teacher or key."""

from dataclasses import dataclass

import pytest

from answer_key import EUROPEAN, names_wrong_word, orders, translate, translate_european, write_rows
from tutelage.core.errors import CorpusError
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


def memory_rows(drawn, *, document):
    return [{"source": text, "target": translate(text), "doc": document(place)} for place, text in enumerate(drawn)]


@pytest.fixture(scope="module")
def checked(domain, base_student, tmp_path_factory):
    """A memory alone, of four documents in three parts: nothing else to measure on."""
    folder = tmp_path_factory.mktemp("memory")
    write_rows(folder / "memory.jsonl", memory_rows(orders(160, seed=9), document=lambda place: f"d{place % 4}"))
    table = people_table(domain, base_student, step={"leave_out": 3, "gate": ["left_out.chrf: better"]})
    table["step"][0]["train"] |= {"epochs": 30}
    table["text"] = {"post_edits": {"path": str(folder / "memory.jsonl")}}
    recipe = make_recipe(table)
    assert check_recipe(recipe, runs=folder).problems == ()
    return PeopleRun(recipe, folder, run_recipe(recipe, runs=folder))


def test_a_memory_alone_is_learned_and_judged_by_the_documents_that_were_left_out(checked):
    assert checked.result.decision.passed
    (outcome,) = checked.result.decision.outcomes
    assert outcome.rule == "left_out.chrf: better"
    page = checked.result.report.read_text()
    assert "4 documents in 3 parts" in page
    assert checked.result.lines[0].startswith("verdict: better")


def test_no_part_is_translated_by_a_student_that_has_seen_its_documents(checked):
    pool = {segment.id: segment.document for segment in checked.rows("pool", Segment)}
    feedback = {row.id: row.hypothesis.segment.document for row in checked.rows("feedback", Feedback)}
    translated = []
    for part in (1, 2, 3):
        left = {row.document for row in checked.rows(f"left_out/part-{part}/pool", Segment)}
        examples = checked.rows(f"left_out/part-{part}/examples", Example)
        assert examples
        assert not left & {feedback[example.provenance.parents[0]] for example in examples}
        outputs = checked.rows(f"left_out/part-{part}/hypotheses", Hypothesis)
        assert {row.segment.document for row in outputs} == left
        translated += [row.id for row in outputs]
    assert sorted(translated) == sorted(pool)


def test_a_memory_that_hurts_is_not_promoted(domain, base_student, tmp_path):
    """Each document is translated otherwise, so that nothing of one helps another."""
    drawn = orders(120, seed=9)
    rows = [
        {"source": text, "target": f"nada {translate(text).swapcase()}", "doc": f"d{n % 3}"}
        for n, text in enumerate(drawn)
    ]
    rows = [row | {"target": row["target"][::-1]} if row["doc"] == "d0" else row for row in rows]
    rows = [row | {"target": translate(row["source"])} if row["doc"] == "d1" else row for row in rows]
    write_rows(tmp_path / "memory.jsonl", rows)
    step = {"leave_out": 3, "gate": ["left_out.chrf: not worse"], "train": {"max_updates": 40}}
    table = people_table(domain, base_student, step=step)
    table["text"] = {"post_edits": {"path": str(tmp_path / "memory.jsonl")}}
    table["filters"] = {"language": False}
    result = run_recipe(make_recipe(table), runs=tmp_path)
    assert (result.decision.passed, result.student) == (False, base_student)


def test_one_document_cannot_be_left_out(domain, base_student, tmp_path):
    write_rows(tmp_path / "memory.jsonl", memory_rows(orders(20, seed=9), document=lambda _: "d"))
    table = people_table(domain, base_student, step={"leave_out": 2, "gate": ["left_out.chrf: better"]})
    table["text"] = {"post_edits": {"path": str(tmp_path / "memory.jsonl")}}
    with pytest.raises(CorpusError, match=r"one document.*step\.leave_out|step\.leave_out.*one document"):
        run_recipe(make_recipe(table), runs=tmp_path)


def test_contexts_come_from_a_memory_without_any_teacher(domain, base_student, tmp_path):
    rows = [{"source": text, "mt": translate_european(text), "pe": translate(text)} for text in orders(40, seed=9)]
    write_rows(tmp_path / "edits.jsonl", rows)
    memory = [{"source": text, "target": translate(text)} for text in orders(300, seed=21)]
    write_rows(tmp_path / "memory.jsonl", memory)
    names = {"post_edits": "edits", "memory": "memory"}
    text = {use: {"path": str(tmp_path / f"{name}.jsonl")} for use, name in names.items()}
    step = {"contexts": {"source": "memory", "per_error": 2}, "train": {"max_updates": 1}}
    result = run_recipe(make_recipe(people_table(domain, base_student, text=text, step=step)), runs=tmp_path)
    contexts = list(read_table(result.folder / "01-patching/contexts.parquet", Example))
    assert {(one.source, one.target) for one in contexts} <= {(row["source"], row["target"]) for row in memory}
    words = {one.provenance.parents[-1] for one in contexts}
    assert {"file→arquivo", "user→usuário", "screen→monitor", "folder→diretório"} <= words
