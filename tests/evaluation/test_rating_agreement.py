"""Krippendorff's alpha against published tables and tables computed by hand."""

import numpy as np
import pytest

from tutelage.evaluation.rating.agreement import krippendorff_alpha, measure_agreement_of

_ = None
# Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", table C: four observers, twelve units
FOUR_OBSERVERS = list(
    zip(
        [1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3],
        [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _],
        strict=True,
    )
)
# the same paper, tables A and B: two observers
BINARY = list(zip([0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0], strict=True))
LETTERS = [[ord(mark) for mark in unit] for unit in zip("aabbdcccedda", "babbbccceddd", strict=True)]
# three coders, of whom no two saw the same units
THREE_CODERS = list(
    zip(
        [_, _, _, _, _, 3, 4, 1, 2, 1, 1, 3, 3, _, 3],
        [1, _, 2, 1, 3, 3, 4, 3, _, _, _, _, _, _, _],
        [_, _, 2, 1, 3, 4, 4, _, 2, 1, 1, 3, 3, _, 4],
        strict=True,
    )
)


@pytest.mark.parametrize(
    ("units", "metric", "published"),
    [
        (FOUR_OBSERVERS, "nominal", 0.743),
        (FOUR_OBSERVERS, "ordinal", 0.815),
        (FOUR_OBSERVERS, "interval", 0.849),
        (BINARY, "nominal", 0.095),
        (LETTERS, "nominal", 0.692),
        (THREE_CODERS, "nominal", 0.691),
        (THREE_CODERS, "interval", 0.811),
    ],
)
def test_published_tables(units, metric, published):
    assert round(krippendorff_alpha(units, metric=metric), 3) == published


def test_by_hand():
    # coincidences 11: 2, 12 and 21: 1 each, 22: 2; n = 6; by chance 2·3·3/5 = 3.6 of them would differ
    units = [(1, 1), (1, 2), (2, 2)]
    assert krippendorff_alpha(units, metric="nominal") == pytest.approx(1 - 2 / 3.6)
    # two values: the kinds of difference do not matter
    assert krippendorff_alpha(units, metric="ordinal") == pytest.approx(1 - 2 / 3.6)
    assert krippendorff_alpha(units, metric="interval") == pytest.approx(1 - 2 / 3.6)


def test_interval_by_hand():
    # values 1, 5 | 5, 5: observed (1 − 5)² twice = 32; by chance 2·1·3·16 / 3 = 32
    assert krippendorff_alpha([(1, 5), (5, 5)], metric="interval") == pytest.approx(0.0)


@pytest.mark.parametrize("metric", ["nominal", "ordinal", "interval"])
def test_invariants(metric):
    generator = np.random.default_rng(1)
    units = [tuple(int(value) for value in row) for row in generator.integers(1, 6, size=(400, 3))]
    assert abs(krippendorff_alpha(units, metric=metric)) < 0.06
    assert krippendorff_alpha([(value, value) for value, *_ in units], metric=metric) == pytest.approx(1.0)
    mixed = [tuple(reversed(unit)) for unit in reversed(units)]
    alpha = krippendorff_alpha(units, metric=metric)
    assert krippendorff_alpha(mixed, metric=metric) == pytest.approx(alpha)
    # a text with one rating alone adds nothing
    assert krippendorff_alpha([*units, (5, None, None)], metric=metric) == pytest.approx(alpha)


@pytest.mark.parametrize("units", [[], [(1, None), (None, 2)], [(3, 3), (3, 3)]])
def test_where_there_is_nothing_to_agree_on(units):
    assert krippendorff_alpha(units, metric="ordinal") is None
    found = measure_agreement_of([units], metric="ordinal", seed=1)
    assert (found.value, found.low, found.high) == (None, None, None)


def test_interval_over_items():
    generator = np.random.default_rng(2)
    items = []
    for _number in range(60):
        true = generator.integers(1, 6, size=3)
        items.append([(int(value), int(np.clip(value + generator.integers(-1, 2), 1, 5))) for value in true])
    found = measure_agreement_of(items, metric="ordinal", seed=1, resamples=200)
    assert found.value == krippendorff_alpha([unit for item in items for unit in item], metric="ordinal")
    assert found.low < found.value < found.high < 1
    assert found.n == 180
