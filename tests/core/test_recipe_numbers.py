"""No number of a recipe is infinite, none at all, or too large to be meant: each is a problem of the check."""

import math
import re
from typing import get_args

import pytest
from pydantic import ValidationError

from tutelage.core.errors import RecipeError, UsageError
from tutelage.core.recipe_reading import parse_recipe
from tutelage.core.settings import Settings
from tutelage.evaluation.rules import rule_problems
from tutelage.methods.registry import step_types
from tutelage.teachers.prices import read_prices

WRONG = (math.inf, -math.inf, math.nan, 1e300, -1e300, 10**20, 10**400)
RECIPE = """
name = "numbers"
direction = { source = "en", target = "de" }
student.model = "embedded:en-pt"
[[step]]
method = "sequence_kd"
"""


def tables():
    """Every settings type of the package."""
    step_types().values()
    found, waiting = set(), [Settings]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            if kind not in found and kind.__module__.startswith("tutelage."):
                found.add(kind)
                waiting.append(kind)
    return sorted(found, key=lambda kind: kind.__name__)


def kinds_within(annotation):
    """All types that an annotation names, such as `float` and `None` of `float | None`."""
    inner = [kind for part in get_args(annotation) for kind in kinds_within(part)]
    return inner or [annotation]


def numbers():
    """Every field that takes a number, with how a wrong one is written there."""
    for table in tables():
        for name, field in table.model_fields.items():
            if {int, float} & set(kinds_within(field.annotation)):
                is_table = str(field.annotation).startswith("dict[")
                yield pytest.param(table, name, is_table, id=f"{table.__name__}.{name}")


def test_every_table_is_looked_at():
    assert len(tables()) > 25
    assert len(list(numbers())) > 90


@pytest.mark.parametrize(("table", "name", "is_table"), list(numbers()))
def test_a_number_that_cannot_be_meant_is_refused(table, name, is_table):
    for wrong in WRONG:
        with pytest.raises(ValidationError) as raised:
            table.model_validate({name: {"a": wrong} if is_table else wrong})
        assert name in {fault["loc"][0] for fault in raised.value.errors()}, wrong


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e300", "1" + "0" * 400, "1" + "0" * 5000])
@pytest.mark.parametrize("key", ["seed", "budget.cost", "step.0.train.epochs", "filters.length_ratio"])
def test_an_override_is_refused_alike(key, value):
    with pytest.raises(RecipeError, match=re.escape(key)):
        parse_recipe(RECIPE, step_types=step_types(), overrides=[f"{key}={value}"])


def test_a_negative_seed_is_refused():
    with pytest.raises(RecipeError, match="seed"):
        parse_recipe(RECIPE, step_types=step_types(), overrides=["seed=-1"])


@pytest.mark.parametrize("amount", ["nan", "inf", "-1", "1e300"])
def test_a_gate_cannot_ask_for_such_an_amount(amount):
    assert rule_problems([f"chrf: better by at least {amount}"])
    assert rule_problems([f"ter: at most {amount}"])


@pytest.mark.parametrize("price", ["nan", "inf", "1e300", "1" + "0" * 5000])
def test_a_price_cannot_be_such_a_number(price, tmp_path):
    file = tmp_path / "prices.toml"
    file.write_text(f'[[price]]\nmodel = "m"\ninput = {price}\noutput = 1.0\n')
    with pytest.raises(UsageError):
        read_prices(file)


def test_what_is_wrong_is_shown_shortened():
    with pytest.raises(RecipeError) as raised:
        parse_recipe(RECIPE, step_types=step_types(), overrides=[f'step.0.method="{"x" * 5000}"'])
    assert len(str(raised.value)) < 500
