"""TOML that Python's parser gives up on is refused in plain words."""

import pytest

from tutelage.core.errors import RecipeError
from tutelage.core.recipe_reading import parse_recipe
from tutelage.core.toml import parse_toml
from tutelage.methods.registry import step_types


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("[" * 3000 + "]" * 3000, "nested too deeply"),
        ("{ a = " * 3000 + "1" + " }" * 3000, "nested too deeply"),
        ("1" + "0" * 5000, "too many digits"),
        ("[", "Invalid"),
    ],
)
def test_a_recipe_that_cannot_be_read_is_one_problem(value, told):
    with pytest.raises(ValueError, match=told):
        parse_toml(f"a = {value}")
    with pytest.raises(RecipeError, match=told):
        parse_recipe(f"name = {value}", step_types=step_types())


def test_a_method_that_is_no_name_is_a_problem():
    with pytest.raises(RecipeError, match="there is no method"):
        parse_recipe('name = "x"\n[[step]]\nmethod = ["patching"]', step_types=step_types())
