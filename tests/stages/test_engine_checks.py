"""What a recipe asks of an engine that does not have it is told before anything is started."""

import pytest

from stub_models import write_stub_model
from tutelage.core.recipe_reading import validate_recipe
from tutelage.embedded import vllm_server
from tutelage.methods.registry import step_types
from tutelage.runs.checks.extras import needed_modules
from tutelage.stages.checks.asking_checks import asking_problems
from tutelage.stages.checks.engine_checks import engine_problems
from tutelage.stages.selection.checks import ask_problems
from tutelage.stages.selection.settings import AskSettings
from tutelage.students.exports.gguf_converter import VARIABLE

NO_BEAM = "llama.cpp decodes greedily or by sampling, not with a beam."


@pytest.fixture
def recipe_of(tmp_path, monkeypatch):
    """A function that makes a recipe of a chat model with its student's table and other tables."""
    monkeypatch.chdir(tmp_path)
    for name in ("llama", "marian"):
        write_stub_model(tmp_path / name, name)
    (tmp_path / "converter").write_text("")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "converter"))
    monkeypatch.setenv(vllm_server.VARIABLE, "sh")

    def make(student, **tables):
        text = {"pool": {"path": "pool.tsv"}, "test": {"path": "test.tsv"}}
        base = {"name": "x", "direction": {"source": "en", "target": "de"}, "text": text}
        step = {"method": "sequence_kd", "gate": ["chrf: better"]}
        return validate_recipe(
            {**base, "student": {"model": "llama", **student}, "step": [step], **tables}, step_types=step_types()
        )

    return make


@pytest.mark.parametrize("engine", ["auto", "ctranslate2", "transformers", "llama.cpp", "vllm"])
def test_what_an_engine_has_is_no_problem(recipe_of, engine):
    recipe = recipe_of({"engine": engine, "compute_type": "bfloat16"})
    assert engine_problems(recipe) == []
    assert ("xllamacpp" in needed_modules(recipe)) == (engine == "llama.cpp")


@pytest.mark.parametrize(
    ("student", "tables", "told"),
    [
        ({}, {"evaluation": {"beam_size": 4}}, f"evaluation.beam_size: {NO_BEAM} Set it to 1, or name another"),
        ({}, {"glossary": {"path": "x.csv", "decoding": "rerank"}}, f"glossary.decoding: {NO_BEAM}"),
        ({"model": "marian"}, {}, "student.engine: llama.cpp decodes chat models"),
        ({"compute_type": "auto"}, {}, 'in "auto". Set one of: float32, float16, bfloat16, int8.'),
    ],
)
def test_what_llama_cpp_lacks_is_told(recipe_of, student, tables, told):
    (problem,) = engine_problems(recipe_of({"engine": "llama.cpp", **student}, **tables))
    assert told in problem
    assert engine_problems(recipe_of(student, **tables)) == []


def test_vllm_is_told_the_same(recipe_of):
    problems = engine_problems(recipe_of({"engine": "vllm", "compute_type": "int8"}, evaluation={"beam_size": 2}))
    assert [problem.partition(":")[0] for problem in problems] == ["student.compute_type", "evaluation.beam_size"]


def test_contrastive_decoding_is_done_by_transformers_alone(recipe_of):
    recipe = recipe_of({"engine": "llama.cpp"}, evaluation={"contrastive": {"weight": 0.5}})
    assert any("evaluation.contrastive: it is done by transformers" in one for one in asking_problems(recipe))


def test_a_strategy_that_reads_a_beam_is_told():
    ask = AskSettings(strategy=("agreement", "rarity"), share=0.1)
    assert list(ask_problems(ask, engine="auto")) == []
    (problem,) = ask_problems(ask, engine="llama.cpp")
    assert problem.startswith(f"ask.strategy: {NO_BEAM} Leave out 'agreement'")


def test_programs_that_are_missing_are_told(recipe_of, tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "none"))
    (problem,) = engine_problems(recipe_of({"engine": "llama.cpp"}))
    assert problem.startswith("student.engine: llama.cpp's converter is not there")
    monkeypatch.setenv(vllm_server.VARIABLE, "no-such-program")
    (problem,) = engine_problems(recipe_of({"engine": "vllm"}))
    assert problem.startswith("student.engine:") and "there is no program 'no-such-program'" in problem
