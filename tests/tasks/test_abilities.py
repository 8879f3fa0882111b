"""A chat model's abilities: answered, resumed, compared, judged, and in the evidence of a run."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from answer_key import orders
from keyed_domain import keyed_teacher
from places import SUPPORT
from scripted.llm import ScriptedLlm
from tiny_students import make_tiny_causal
from tutelage.core.errors import RecipeError, StudentError, UsageError, UserError
from tutelage.core.evidence import SystemScores
from tutelage.core.recipe_reading import validate_recipe
from tutelage.core.retention import RetentionSettings
from tutelage.evaluation.retention.suite import build_suite
from tutelage.methods.registry import step_types
from tutelage.runs.checks.recipe_check import check_recipe
from tutelage.runs.run import run_recipe
from tutelage.stages.retention.answers import ABILITY_ANSWERS, AbilityAnswer, AnswersInputs, results_of
from tutelage.storage.ledger import Ledger
from tutelage.storage.plain import from_plain
from tutelage.storage.stages import StageFolder
from tutelage.storage.tables import read_table
from tutelage.students.chat_writer import ChatWriter
from tutelage.students.engines.opening import open_causal_engine
from tutelage.tasks.abilities.comparison import JudgeChoice, compare_abilities_of
from tutelage.tasks.abilities.judgement import judge_answers
from whole_runs import TRAIN, make_recipe

HARNESS = [sys.executable, str(SUPPORT / "fake_lm_eval.py")]
SUITE = build_suite(["facts", "harmless"], limit=3, max_answer_tokens=4)


@pytest.fixture(scope="module")
def chat_model(tmp_path_factory):
    """The folder of a chat model with random weights."""
    folder = tmp_path_factory.mktemp("chat")
    make_tiny_causal(folder, texts=orders(100, seed=9), max_position_embeddings=512)
    return folder


@pytest.fixture(scope="module")
def answerer(chat_model, tmp_path_factory):
    from tutelage.core.languages import Direction
    from tutelage.students.loading import load_student

    student = load_student(str(chat_model), direction=Direction("en", "pt-BR"))
    engine = open_causal_engine(student, name="transformers", cache=tmp_path_factory.mktemp("cache"))
    return ChatWriter(student, engine)


@dataclass(frozen=True)
class Student:
    """One that is opened as the test says."""

    open: Callable[[], ChatWriter]
    signature = "s"


def answer(folder, open_student):
    stage = StageFolder(folder, lambda _stage, _facts: None)
    return stage.make(ABILITY_ANSWERS.named("abilities-before"), AnswersInputs(SUITE, Student(open_student)))


def refuse_to_open():
    raise AssertionError("nothing is left to answer")


def test_every_item_gets_an_answer_once(answerer, tmp_path):
    answers = list(answer(tmp_path, lambda: answerer))
    assert {one.id for one in answers} == {item.id for item in SUITE.items}
    assert list(answer(tmp_path, refuse_to_open)) == answers
    results = results_of(SUITE, answers)
    assert [(one.ability, len(one.marks)) for one in results] == [("facts", 3), ("harmless", 3)]


def test_an_interrupted_stage_goes_on_after_its_last_row(answerer, tmp_path):
    whole = list(answer(tmp_path / "whole", lambda: answerer))
    folder = tmp_path / "again"

    def open_and_fail():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        answer(folder, open_and_fail)
    with (folder / "abilities-before.partial.jsonl").open("a") as stream:
        for one in whole[:2]:
            row = {name: getattr(one, name) for name in AbilityAnswer.__slots__}
            stream.write(json.dumps({**row, "text": "kept"}) + "\n")
    answers = list(answer(folder, lambda: answerer))
    assert [one.text for one in answers[:2]] == ["kept", "kept"]
    assert {one.id for one in answers} == {one.id for one in whole}


def test_a_student_keeps_all_of_itself(chat_model, tmp_path):
    settings = RetentionSettings(abilities=("harmless",), items=12, max_answer_tokens=4)
    report = compare_abilities_of(
        str(chat_model), against=str(chat_model), settings=settings, answers=tmp_path / "kept", resamples=50
    )
    (comparison,) = report.comparisons
    assert comparison.difference == 0
    assert report.items == 12
    after = report.systems[1]
    if comparison.before > 50:  # random weights may write anything; blank answers would fail
        assert after.score("retention").value == 1.0
    assert abs(after.score("drift").value) < 1e-6
    assert after.score("drift").n <= 12
    assert (tmp_path / "kept" / "abilities-student.parquet").is_file()


def test_a_student_that_only_translates_has_none(tiny_student):
    with pytest.raises(StudentError, match="only translates"):
        compare_abilities_of(str(tiny_student("marian").origin), settings=RetentionSettings(items=1))


def longer_wins(messages):
    text = messages[0]["content"]
    first, second = (text.partition(f"<{name}>\n")[2].partition(f"\n</{name}>")[0] for name in ("A", "B"))
    winner = "A" if len(first) > len(second) else "B" if len(second) > len(first) else "tie"
    return json.dumps({"reason": "longer", "winner": winner})


REQUESTS = {"1": "Say something.", "2": "Say more.", "3": "Say the same.", "4": "Say less."}
ANSWERS = {"1": "a long answer", "2": "another long one", "3": "same", "4": "x"}
OTHERS = {"1": "short", "2": "brief", "3": "same", "4": "much longer"}


def test_open_answers_are_judged_in_both_orders(tmp_path):
    with ScriptedLlm(longer_wins) as llm, Ledger.open(tmp_path / "l") as ledger:
        judged = judge_answers(REQUESTS, ANSWERS, against=OTHERS, teacher=llm.teacher(), ledger=ledger, resamples=50)
        assert len(llm.requests) == 6
    assert (judged.wins, judged.ties, judged.losses, judged.inconsistent, judged.unjudged) == (2, 1, 1, 0, 0)
    assert judged.share_won.value == 100 * 2.5 / 4
    assert judged.share_won.low < 62.5 < judged.share_won.high
    assert judged.share_won.signature.startswith("judge-1|")


def test_a_judge_that_always_takes_the_first_decides_nothing(tmp_path):
    say = json.dumps({"reason": "it stands first", "winner": "A"})
    with ScriptedLlm(lambda _: say) as llm, Ledger.open(tmp_path / "l") as ledger:
        judged = judge_answers(REQUESTS, ANSWERS, against=OTHERS, teacher=llm.teacher(), ledger=ledger, resamples=50)
    assert (judged.wins, judged.ties, judged.losses, judged.inconsistent) == (0, 4, 0, 3)
    assert judged.share_won.value == 50.0


def test_a_judge_without_a_verdict_is_an_error(tmp_path):
    different = {"1": REQUESTS["1"]}
    with (
        ScriptedLlm(lambda _: "I like both.") as llm,
        Ledger.open(tmp_path / "l") as ledger,
        pytest.raises(UserError, match="none of 1 pair"),
    ):
        judge_answers(different, ANSWERS, against=OTHERS, teacher=llm.teacher(), ledger=ledger)


def test_a_judge_needs_two_students(chat_model):
    recipe = make_recipe(retention_table(chat_model, "http://127.0.0.1:1/v1", Path(".")))
    with pytest.raises(UsageError, match="--against"):
        compare_abilities_of(str(chat_model), judge=JudgeChoice(recipe, Path(".")))


def retention_table(student, base_url, domain, **changes):
    return {
        "name": "kept",
        "direction": {"source": "en", "target": "pt-BR"},
        "student": {"model": str(student), "engine": "transformers"},
        "teachers": {"llm": {"kind": "chat", "model": "scripted", "base_url": base_url}},
        "text": {use: {"path": str(domain / f"{use}.jsonl"), "limit": 30} for use in ("pool", "test")},
        "evaluation": {"resamples": 100, "max_target_tokens": 4, "teacher_scores": False},
        "retention": {
            "abilities": ["facts", "harmless"],
            "items": 6,
            "max_answer_tokens": 4,
            "lm_eval": {"command": HARNESS, "tasks": ["arc_easy"], "limit": 30},
        },
        "step": [
            {
                "method": "sequence_kd",
                "train": {**TRAIN, "max_updates": 1, "learning_rate": 1e-5},
                "gate": ["retention.arc_easy: at least 0.9", "chrf: not worse by more than 100"],
            }
        ],
    } | changes


@pytest.fixture(scope="module")
def kept_run(domain, chat_model, tmp_path_factory):
    with ScriptedLlm(script=keyed_teacher(domain)) as llm:
        table = retention_table(chat_model, llm.base_url, domain)
        table["step"] = table["step"] * 2
        yield run_recipe(make_recipe(table), runs=tmp_path_factory.mktemp("runs"))


def test_a_run_measures_what_was_kept(kept_run):
    rows = json.loads((kept_run.folder / "01-sequence_kd" / "scores.json").read_text())["scores"]
    systems = {(one.system, one.test): one for one in map(from_plain(SystemScores), rows)}
    after = systems["after", "abilities"]
    assert after.score("ability.arc_easy").value == 50
    assert after.score("retention.arc_easy").value == 1.0
    assert systems["before", "abilities"].score("ability.facts").n == 6
    assert kept_run.decision.passed
    assert kept_run.decision.outcomes[0].reason == (
        "Retention of arc_easy is 1.000 and the lower end of its interval 1.000, as asked: at least 0.900."
    )


def test_a_harness_that_fails_is_told_and_the_run_goes_on_without_it(domain, chat_model, tmp_path):
    with ScriptedLlm(script=keyed_teacher(domain)) as llm:
        table = retention_table(chat_model, llm.base_url, domain)
        table["retention"]["lm_eval"]["tasks"] = ["broken"]
        table["step"][0]["gate"] = ["retention.broken: at least 0.9", "chrf: not worse by more than 100"]
        result = run_recipe(make_recipe(table), runs=tmp_path)
    [line] = [line for line in result.lines if "not measured: lm-eval" in line]
    assert "exit code 1" in line
    assert not result.decision.passed
    assert "lm-eval failed" in result.decision.outcomes[0].reason
    rows = json.loads((result.folder / "01-sequence_kd" / "scores.json").read_text())["scores"]
    assert {one["system"] for one in rows if one["test"] == "abilities"} == {"before", "after"}


def test_a_run_keeps_the_answers_and_takes_them_over(kept_run):
    tests = [kept_run.folder / step / "tests" for step in ("01-sequence_kd", "02-sequence_kd")]
    first = list(read_table(tests[0] / "abilities-after.parquet", AbilityAnswer))
    assert list(read_table(tests[1] / "abilities-before.parquet", AbilityAnswer)) == first
    assert len(first) == 12
    assert (tests[1] / "lm-eval-before" / "lm-eval.log").read_text() == (
        tests[0] / "lm-eval-after" / "lm-eval.log"
    ).read_text()


def test_the_whole_run_is_compared_too(kept_run):
    rows = json.loads((kept_run.folder / "comparisons.json").read_text())["comparisons"]
    assert {row["name"] for row in rows if row["test"] == "abilities"} == {"ability.facts", "ability.harmless"}


def test_the_report_of_a_run_shows_it(kept_run):
    page = kept_run.report.read_text()
    assert "General abilities" in page
    assert "Translation against retention" in page
    assert any("retention 1.000" in line for line in kept_run.lines)


def problems(table):
    try:
        return check_recipe(validate_recipe(table, step_types=step_types()), runs=Path("runs")).problems
    except RecipeError as error:
        return error.problems


def with_gate(table, *rules):
    return {**table, "step": [{**table["step"][0], "gate": list(rules)}]}


def test_bad_recipes_are_told(domain, chat_model, tiny_student):
    good = retention_table(chat_model, "http://127.0.0.1:1/v1", domain)
    assert problems(good) == ()
    without = {name: value for name, value in good.items() if name != "retention"}
    translator = {"model": str(tiny_student("marian").origin)}
    told = {
        "measured only where the recipe has a [retention] table": with_gate(without, "retention: at least 0.9"),
        "Did you mean 'facts'?": with_gate(good, "retention.fact: at least 0.9"),
        "drift is not measured with retention.drift = 0": with_gate(
            {**good, "retention": {"drift": 0}}, "drift: at most 0.2"
        ),
        "no ability 'arithmetic' is measured": with_gate(good, "retention.arithmetic: at least 0.9"),
        "abilities and retention are of causal": with_gate({**without, "student": translator}, "abilities: better"),
        "retention: the student only translates": {**good, "student": translator},
        "no program 'no-lm-eval'": {**good, "retention": {"lm_eval": {"command": ["no-lm-eval"], "tasks": ["a"]}}},
        "the name of a built-in ability": {**good, "retention": {"lm_eval": {"command": HARNESS, "tasks": ["facts"]}}},
        "'b' is none of its tasks": {
            **good,
            "retention": {"lm_eval": {"command": HARNESS, "tasks": ["a"], "metrics": {"b": "acc"}}},
        },
        "retention.itms: unknown key. Did you mean 'items'?": {**good, "retention": {"itms": 3}},
    }
    for expected, table in told.items():
        assert any(expected in problem for problem in problems(table)), (expected, problems(table))
