"""Damaged recipes end in an answer or in a UserError."""

import pytest

from fuzz.driver import fuzz
from fuzz.recipes import make_target


@pytest.fixture(scope="module")
def target():
    return make_target()


def test_damaged_recipes_are_refused_in_plain_words(target, tmp_path):
    tally = fuzz(target, count=300, seed=1, keep=tmp_path)
    assert tally.faults == {}
    assert tally.refused > 200
