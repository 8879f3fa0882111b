"""Fuzzy matches of a translation memory."""

import tracemalloc

import pytest

from tutelage.core.records import Pair, Segment
from tutelage.corpora import fuzzy_matches
from tutelage.corpora.fuzzy_matches import find_matches


def pair(number, source, target="t"):
    return Pair(Segment(f"m:{number}", source, "en"), Segment(f"m:{number}", target, "de"))


MEMORY = [
    pair(1, "Could not open the file."),
    pair(2, "Could not open the files."),
    pair(3, "COULD NOT  open the file."),
    pair(4, "Something else entirely"),
    pair(5, "Could not open the file.", "another"),
    pair(6, "Could not open the file."),
]


def found(text, **options):
    return [(match.pair.id, round(match.likeness, 2)) for match in find_matches([text], MEMORY, **options)[0]]


def test_the_likest_come_first_and_equal_pairs_count_once():
    assert found("Could not open the file.", most=9) == [("m:1", 1.0), ("m:3", 1.0), ("m:5", 1.0), ("m:2", 0.98)]


def test_at_most_so_many_are_kept_whatever_their_order_in_the_memory():
    assert [name for name, _ in found("Could not open the files.", most=1)] == ["m:2"]
    assert len(found("Could not open the file.", most=2)) == 2


def test_what_is_not_like_enough_is_no_match():
    assert found("Restart the kernel") == []
    assert found("Could not close a file.", at_least=0.95) == []
    assert found("Could not close a file.", at_least=0.7)


def test_each_text_has_its_own():
    first, second = find_matches(["Something else entirely!", "zzz"], MEMORY)
    assert [match.pair.id for match in first] == ["m:4"]
    assert second == ()


def test_no_text_and_no_memory():
    assert find_matches([], MEMORY) == []
    assert find_matches(["a"], []) == [()]


@pytest.mark.parametrize("cells", [1, 7, 4_000_000])
def test_parts_of_the_memory_change_nothing(monkeypatch, cells):
    whole = find_matches(["Could not open the file.", "Something"], MEMORY, most=2)
    monkeypatch.setattr(fuzzy_matches, "CELLS", cells)
    assert find_matches(["Could not open the file.", "Something"], MEMORY, most=2) == whole


def test_a_large_memory_streams(monkeypatch):
    monkeypatch.setattr(fuzzy_matches, "LARGEST_PART", 500)
    memory = (pair(number, f"Open window {number} of the house and look at it. " * 4) for number in range(20_000))
    tracemalloc.start()
    matches = find_matches(["Open window 19999 of the house and look at it. " * 4], memory)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert matches[0][0].pair.id == "m:19999"
    assert peak < 4_000_000
