"""A patcher trained on a scripted teacher's demonstrations, and patching with it in place of the teacher."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from answer_key import orders, translate
from keyed_domain import keyed_teacher
from scripted.llm import ScriptedLlm
from tiny_students import make_tiny_causal
from tutelage.core.errors import RecipeError, TeacherError
from tutelage.core.languages import Direction
from tutelage.core.records import Example, Hypothesis, Rejection
from tutelage.labelling.roles.feedback import GiveFeedback
from tutelage.methods.train_patcher.demonstrations import Demonstration
from tutelage.methods.train_patcher.held_out import RoleAnswer
from tutelage.runs.checks.recipe_check import check_recipe
from tutelage.runs.run import run_recipe
from tutelage.storage.ledger import Ledger
from tutelage.storage.tables import read_table
from whole_runs import TRAIN, make_recipe, merged

STEP = "01-train_patcher"
ROLES = ["feedback", "analyse", "contexts", "analogies"]
CONTEXT_TOKENS = 3000


@pytest.fixture(scope="module")
def chat_model(tmp_path_factory):
    """The folder of an untrained chat model that reads long questions."""
    texts = orders(100, seed=9)
    folder = tmp_path_factory.mktemp("chat")
    prompt = GiveFeedback(Direction("en", "pt-BR"))._instruction
    spoken = [*texts, *map(translate, texts), *[prompt] * 20]
    make_tiny_causal(folder, texts=spoken, spread=False, max_position_embeddings=CONTEXT_TOKENS, hidden_size=16)
    config = json.loads((folder / "tokenizer_config.json").read_text())
    (folder / "tokenizer_config.json").write_text(json.dumps(config | {"model_max_length": CONTEXT_TOKENS}))
    return folder


def patcher_table(domain, chat_model, translator, url, **step):
    train = {**TRAIN, "learning_rate": 5e-3, "max_updates": 2, "max_target_tokens": 400, "batch_tokens": 6000}
    return {
        "name": "own",
        "direction": {"source": "en", "target": "pt-BR"},
        "student": {"model": str(chat_model)},
        "teachers": {"llm": {"kind": "chat", "model": "scripted", "base_url": url}},
        "text": {"pool": {"path": str(domain / "pool.jsonl"), "limit": 30}},
        "evaluation": {"resamples": 100, "max_target_tokens": 24},
        "step": [
            {
                "method": "train_patcher",
                "translator": str(translator),
                "held_out": 0.2,
                "measured_per_role": 3,
                "max_errors": 12,
                "train": train,
            }
            | step
        ],
    }


@dataclass
class Trained:
    """A run that trained a patcher."""

    result: Any
    recipe: Any
    asked: dict[str, int]

    @property
    def step(self) -> Path:
        return self.result.folder / STEP

    def rows(self, name, record_type):
        return list(read_table(self.step / f"{name}.parquet", record_type))


@pytest.fixture(scope="module")
def trained(domain, base_student, chat_model, tmp_path_factory):
    teacher = keyed_teacher(domain)
    with ScriptedLlm(script=teacher) as llm:
        recipe = make_recipe(patcher_table(domain, chat_model, base_student, llm.base_url))
        result = run_recipe(recipe, runs=tmp_path_factory.mktemp("runs"))
    return Trained(result, recipe, dict(teacher.asked))


def test_every_role_is_demonstrated(trained):
    shown = trained.rows("demonstrations", Demonstration)
    assert {one.role for one in shown} == set(ROLES)
    for one in shown:
        assert one.id.startswith(f"{one.role}:")
        assert json.loads(one.response)
        assert [role for role, _ in one.messages] == ["user"]


def test_nothing_said_of_a_held_out_segment_is_trained_on(trained):
    shown = trained.rows("demonstrations", Demonstration)
    held_out, kept = ({one.segment_id for one in shown if one.held_out is wanted} for wanted in (True, False))
    assert held_out and kept
    assert not held_out & kept
    trained_on = {one.id.removeprefix("demonstration:") for one in trained.rows("examples", Example)}
    assert trained_on == {one.id for one in shown if one.segment_id in kept}


def test_examples_ask_as_teachers_are_asked(trained):
    """The prompts are those that the scripted teacher was sent, letter by letter."""
    with Ledger.open(trained.result.folder.parent / "ledger.sqlite") as ledger:
        asked = {json.loads(entry.call.request)["messages"][0]["content"] for entry in ledger.entries()}
    examples = trained.rows("examples", Example)
    assert {one.task for one in examples} == set(ROLES)
    for one in examples:
        ((_, content),) = one.messages
        # an inversion asks for one pair, which no teacher was asked for
        assert content in asked or one.task == "contexts"


def test_an_inversion_shows_the_sentence_that_the_analysis_withholds(trained):
    for one in trained.rows("demonstrations", Demonstration):
        if one.role == "contexts":
            (pair,) = json.loads(one.response)["pairs"]
            assert pair["target"] == translate(pair["source"])
            assert pair["source"] not in one.messages[0][1]
            assert "<analysis>" in one.messages[0][1]


def test_no_context_is_asked_for_inversions(trained):
    assert trained.asked["feedback"] == len(trained.rows("hypotheses", Hypothesis))
    assert "contexts" not in trained.asked
    assert trained.asked["analogies"] > 0


def test_the_evidence_is_of_the_roles(trained):
    systems = {one["system"]: one for one in json.loads((trained.step / "scores.json").read_text())["scores"]}
    assert set(systems) == {"before", "after"}
    for one in systems.values():
        assert one["test"] == "demonstrations"
        names = {score["name"] for score in one["scores"]}
        assert names >= {"valid_answers", "valid_feedback", "precision", "recall", "post_edit_chrf"}
    answers = trained.rows("tests/answers-after", RoleAnswer)
    assert len(answers) == next(s["n"] for s in systems["after"]["scores"] if s["name"] == "valid_answers")
    assert max(len([a for a in answers if a.role == role]) for role in ROLES) <= 3
    # two updates teach a tiny model nothing
    assert all(one.fault for one in answers)
    assert not trained.result.decision.passed
    page = trained.result.report.read_text()
    assert "On demonstrations that were held out" in page
    report = json.loads((trained.step / "step.json").read_text())
    assert report["funnel"][-1]["count"] == len(trained.rows("examples", Example))
    assert {row["stage"] for row in report["rejections"]} >= {"held-out feedback"}


def test_going_on_asks_nothing_and_makes_nothing_again(trained):
    weights = trained.step / "student" / "model.safetensors"
    made = weights.stat().st_mtime_ns
    again = run_recipe(trained.recipe, runs=trained.result.folder.parent)
    assert weights.stat().st_mtime_ns == made
    assert again.decision == trained.result.decision


def test_written_contexts_are_the_teachers_own(domain, base_student, chat_model, tmp_path):
    with ScriptedLlm(script=keyed_teacher(domain)) as llm:
        table = patcher_table(
            domain, chat_model, base_student, llm.base_url,
            roles=["contexts"], contexts={"source": "written", "per_error": 3}, held_out=0.5,
        )  # fmt: skip
        folder = run_recipe(make_recipe(table), runs=tmp_path).folder / STEP
        asked = {request["messages"][0]["content"] for request in llm.requests}
    shown = list(read_table(folder / "demonstrations.parquet", Demonstration))
    assert {one.role for one in shown} == {"contexts"}
    assert all(one.messages[0][1] in asked for one in shown)
    assert max(len(json.loads(one.response)["pairs"]) for one in shown) > 1


def test_too_long_demonstrations_are_counted(domain, base_student, chat_model, trained, tmp_path):
    table = patcher_table(domain, chat_model, base_student, "http://127.0.0.1:1/v1")
    table["step"][0]["train"]["max_target_tokens"] = 100
    table["ledger"] = str(trained.result.folder.parent / "ledger.sqlite")
    folder = run_recipe(make_recipe(table), runs=tmp_path).folder / STEP
    rejected = list(read_table(folder / "examples.rejected.parquet", Rejection))
    assert {one.reason for one in rejected} == {"longer_than_max_target_tokens"}
    examples = list(read_table(folder / "examples.parquet", Example))
    assert len(examples) + len(rejected) == len(trained.rows("examples", Example))


def test_the_patcher_plays_the_teacher(trained, domain, base_student, tmp_path):
    """Untrained as it is, it answers, and nothing that it says can be used."""
    assert json.loads((trained.step / "student" / "patcher.json").read_text()) == {"pairs_at_once": 1}
    table = {
        "name": "patch",
        "direction": {"source": "en", "target": "pt-BR"},
        "student": {"model": str(base_student)},
        "teachers": {"own": {"kind": "patcher", "model": str(trained.step / "student"), "concurrency": 4}},
        "text": {
            "pool": {"path": str(domain / "pool.jsonl"), "limit": 3},
            "test": {"path": str(domain / "test.jsonl"), "limit": 5},
        },
        "step": [{"method": "patching", "feedback": {"source": "asked"}, "contexts": {"source": "pairs"}}],
    }
    recipe = make_recipe(merged(table, {"evaluation": {"teacher_scores": False}}))
    # after long nonsense the repair turn may leave no room for an answer
    with pytest.raises(TeacherError, match=r"none of the teacher's [123] .*(unreadable_answer|refused_by_server)"):
        run_recipe(recipe, runs=tmp_path)
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        (spend,) = ledger.spend(run="patch")
    assert spend.teacher.startswith("chat:patcher-")
    assert (spend.role, spend.cost) == ("feedback", 0.0)
    assert spend.output_tokens > 0


def problems_of(table, tmp_path):
    return "\n".join(check_recipe(make_recipe(table), runs=tmp_path).problems)


def test_what_does_not_fit_is_told_before_anything_is_asked(domain, chat_model, base_student, tmp_path):
    url = "http://127.0.0.1:1/v1"
    good = patcher_table(domain, chat_model, base_student, url)
    assert problems_of(good, tmp_path) == ""
    assert "translator: missing" in problems_of(
        merged(good, {"step": [{k: v for k, v in good["step"][0].items() if k != "translator"}]}), tmp_path
    )
    found = problems_of(
        patcher_table(domain, base_student, "nowhere", url, held_out=0.0, gate=["chrf: better"]), tmp_path
    )
    assert "only translates, and a patcher answers questions" in found
    assert "there is no model folder 'nowhere'" in found
    assert "held_out: above 0" in found
    assert "'chrf: better': this step measures on demonstrations alone" in found
    two = {**good, "step": [*good["step"], {"method": "patching"}], "text": good["text"]}
    assert "no other step fits beside it" in problems_of(two, tmp_path)
    with pytest.raises(RecipeError):
        run_recipe(make_recipe(two), runs=tmp_path)


def test_a_patcher_must_be_a_chat_model(domain, base_student, chat_model, tmp_path):
    table = patcher_table(domain, chat_model, base_student, "http://127.0.0.1:1/v1")
    for model, problem in ((str(base_student), "only translates"), ("nowhere", "no model folder"), (None, "missing")):
        table["teachers"] = {"own": {"kind": "patcher"} | ({"model": model} if model else {})}
        assert problem in problems_of(table, tmp_path)
