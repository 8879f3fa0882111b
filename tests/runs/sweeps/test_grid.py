"""What --grid and --seeds mean, and how points are named."""

import pytest

from tutelage.core.errors import UsageError
from tutelage.runs.sweeps.grid import Varied, assignments, describe_assignment, parse_grid, point_name, short_keys

RATE = "step.0.train.learning_rate"


def test_values_are_split_at_commas_outside_brackets_and_quotes():
    grid = [
        'step.0.gate=["chrf: better", "bleu: better"],["chrf: better"]',
        'student.model="a,b",c',
        f"{RATE}=1e-4, 2e-4",
    ]
    assert parse_grid(grid) == (
        Varied("step.0.gate", ('["chrf: better", "bleu: better"]', '["chrf: better"]')),
        Varied("student.model", ('"a,b"', "c")),
        Varied(RATE, ("1e-4", "2e-4")),
    )


def test_every_combination_with_the_seed_changing_fastest():
    varied = parse_grid([f"{RATE}=1,2"], seeds="3,4")
    assert [tuple(value for _, value in one) for one in assignments(varied)] == [
        ("1", "3"), ("1", "4"), ("2", "3"), ("2", "4"),
    ]  # fmt: skip
    assert varied[-1] == Varied("seed", ("3", "4"))


@pytest.mark.parametrize(
    ("grid", "seeds", "told"),
    [
        ([], None, "nothing is varied"),
        (["step.0.train.epochs"], None, "not of the form"),
        (["step.0.train.epochs=1,,2"], None, "not of the form"),
        (["step.0.train.epochs="], None, "not of the form"),
        ([f"{RATE}=1e-4,0.0001"], None, "'0.0001' is given twice"),
        ([f"{RATE}=1", f"{RATE}=2"], None, "varied twice"),
        (["seed=1,2"], "1,2", "varied twice"),
        (["name=a,b"], None, "'name' cannot be varied"),
        (["ledger=a,b"], None, "'ledger' cannot be varied"),
        ([], "1,two", "'two' is not a seed"),
        ([], "1,01", "given twice"),
    ],
)
def test_what_is_unclear_is_refused(grid, seeds, told):
    with pytest.raises(UsageError, match=told):
        parse_grid(grid, seeds=seeds)


def test_keys_are_told_by_the_shortest_end_that_is_their_own():
    keys = ["step.0.train.epochs", "step.1.train.epochs", "step.0.select.share", "seed", "step.0.train.seed"]
    assert list(short_keys(keys).values()) == ["0.train.epochs", "1.train.epochs", "share", "seed", "train.seed"]


def test_points_are_named_after_what_they_set():
    assert point_name("demo", ((RATE, "1e-4"), ("seed", "2"))) == "demo_learning_rate-1e-4_seed-2"
    assert describe_assignment(((RATE, "1e-4"), ("seed", "2"))) == "learning_rate 1e-4, seed 2"


def test_values_that_look_the_same_as_a_folder_get_different_names():
    names = {point_name("x", (("student.model", value),)) for value in ("a/b", "a b", "a-b", "a" * 400, "a" * 401)}
    assert len(names) == 5
    assert all(len(name) < 200 and "/" not in name and " " not in name for name in names)


def test_numbers_of_values():
    assert parse_grid([f"{RATE}=1e-4,2"])[0].numbers == (1e-4, 2.0)
    assert parse_grid(["step.0.train.schedule=cosine,linear"])[0].numbers is None
