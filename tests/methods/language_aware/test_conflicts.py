"""Which wrong directions each policy draws, by examples that were counted by hand."""

from collections import Counter

import pytest

from tutelage.core.languages import Direction
from tutelage.core.records import Example, Rejection
from tutelage.methods.language_aware.conflicts import (
    NO_OTHER,
    ConflictSource,
    changes_target,
    count_conflicts,
    count_directions,
    draw_conflicts,
)

EN_DE, EN_FR, DE_EN, FR_EN = (Direction(*pair.split("-")) for pair in ("en-de", "en-fr", "de-en", "fr-en"))
DE_FR, FR_DE = Direction("de", "fr"), Direction("fr", "de")


def examples(counts):
    return [
        Example(f"{way}:{number}", "translate", way.source, way.target, f"s{number}", f"t{number}")
        for way, count in counts.items()
        for number in range(count)
    ]


def drawn(counts, policy, *, seed=1, draw=0, **changes):
    given = examples(counts)
    source = ConflictSource(policy, count_directions(given), **changes)
    rows = list(draw_conflicts(given, source, seed=seed, draw=draw))
    return [row for row in rows if isinstance(row, Example)], [row for row in rows if isinstance(row, Rejection)]


def test_candidates_are_counted_without_the_examples_own_direction():
    counts = {EN_DE: 3, EN_FR: 2, DE_EN: 1}
    source = ConflictSource("any-other", counts)
    assert source.candidates(EN_DE) == {EN_FR: 2, DE_EN: 1}, "its own direction is drawn anew"
    assert source.candidates(DE_EN) == {EN_DE: 3, EN_FR: 2}
    changed = ConflictSource("target-changed", counts)
    assert changed.candidates(EN_DE) == {EN_FR: 2, DE_EN: 1}


def test_any_other_keeps_the_target_as_often_as_counted():
    """Four directions of equal size: no example loses its conflict, and into English a third of them keep English."""
    size = 500
    kept, dropped = drawn(dict.fromkeys((EN_DE, EN_FR, DE_EN, FR_EN), size), "any-other")
    assert len(kept) == 4 * size
    assert dropped == []
    counted = count_conflicts(kept)
    assert counted.conflicts == 4 * size
    into_english = [one for one in kept if one.target_lang == "en" and one.conflict]
    same = [one for one in into_english if one.conflict_direction.target == "en"]
    assert len(same) / len(into_english) == pytest.approx(1 / 3, abs=0.04)
    # en→x never keeps its target (1/2 of the examples), x→en does in 1 of 3 conflicts
    assert counted.target_changed / counted.conflicts == pytest.approx(5 / 6, abs=0.03)


def test_target_changed_always_changes_it():
    kept, dropped = drawn({EN_DE: 40, EN_FR: 40, DE_EN: 40, FR_EN: 40}, "target-changed")
    counted = count_conflicts(kept)
    assert (counted.conflicts, counted.target_changed, dropped) == (160, 160, [])
    english = Counter(one.conflict for one in kept if one.direction == DE_EN)
    assert set(english) == {"en>de", "en>fr"}


def test_target_changed_draws_directions_as_often_as_they_occur():
    kept, _ = drawn({EN_DE: 1000, EN_FR: 300, DE_EN: 100}, "target-changed")
    found = Counter(one.conflict for one in kept if one.direction == EN_DE)
    assert found["en>fr"] / 1000 == pytest.approx(0.75, abs=0.05)


def test_reverse_and_zero_shot_pairs():
    kept, _ = drawn({EN_DE: 3, FR_EN: 2}, "reverse")
    assert {(one.direction, one.conflict) for one in kept} == {(EN_DE, "de>en"), (FR_EN, "en>fr")}
    kept, dropped = drawn({EN_DE: 20, EN_FR: 20}, "zero-shot-pair", zero_shot=(DE_FR, FR_DE))
    assert {(one.direction, one.conflict) for one in kept} == {(EN_DE, "de>fr"), (EN_FR, "fr>de")}
    assert dropped == []


def test_an_example_without_a_wrong_direction_stays_and_is_counted():
    kept, dropped = drawn({EN_DE: 2, FR_DE: 1}, "target-changed")
    assert [one.conflict for one in kept] == [None, None, None]
    assert [one.reason for one in dropped] == [NO_OTHER] * 3
    kept, dropped = drawn({EN_DE: 2}, "zero-shot-pair", zero_shot=(FR_DE,))
    assert [one.reason for one in dropped] == [NO_OTHER] * 2


def test_a_student_told_the_target_alone_has_no_conflict_with_the_same_target():
    counts = {DE_EN: 50, FR_EN: 50}
    told_both, _ = drawn(counts, "any-other")
    assert any(one.conflict for one in told_both)
    told_target, dropped = drawn(counts, "any-other", says_source=False)
    assert not any(one.conflict for one in told_target)
    assert [one.reason for one in dropped] == [NO_OTHER] * 100
    told_target, dropped = drawn(counts | {EN_DE: 50}, "any-other", says_source=False)
    assert {one.conflict for one in told_target if one.target_lang == "en"} == {"en>de"}
    assert dropped == []


def test_draws_are_seeded_and_those_of_other_numbers_differ():
    counts = {EN_DE: 30, EN_FR: 30, DE_EN: 30}
    first = [one.conflict for one in drawn(counts, "target-changed")[0]]
    assert first == [one.conflict for one in drawn(counts, "target-changed")[0]]
    assert first != [one.conflict for one in drawn(counts, "target-changed", seed=2)[0]]
    second, _ = drawn(counts, "target-changed", draw=1)
    assert first != [one.conflict for one in second]
    assert second[0].id == "en→de:0#2"


@pytest.mark.parametrize(
    ("conflict", "own", "changed"),
    [
        ("en-pt", "en-pt-BR", False), ("en-no", "en-nb", False), ("en-nb", "en-no", False), ("de-en", "fr-en", False),
        ("en-nn", "en-nb", True), ("en-de", "en-fr", True),
    ],
)  # fmt: skip
def test_regions_and_macrolanguages_are_no_other_language(conflict, own, changed):
    ways = [Direction(*way.split("-", 1)) for way in (conflict, own)]
    assert changes_target(*ways) is changed
