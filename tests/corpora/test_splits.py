import pytest

from tutelage.core.errors import UsageError
from tutelage.core.records import Segment
from tutelage.corpora.splits import part_of, take_part

KNOWN = ["test", "train", "train", "dev", "train", "train", "train", "train"]
SHARES = {"train": 0.8, "dev": 0.1, "test": 0.1}


def test_known_keys_stay_where_they_are_on_every_machine():
    assert [part_of(f"doc{n}", SHARES, seed=1) for n in range(8)] == KNOWN


def test_shares_are_met_and_the_seed_matters():
    keys = [f"key{n}" for n in range(20_000)]
    parts = [part_of(key, SHARES, seed=3) for key in keys]
    assert abs(parts.count("train") / 20_000 - 0.8) < 0.01
    assert abs(parts.count("test") / 20_000 - 0.1) < 0.01
    assert parts != [part_of(key, SHARES, seed=4) for key in keys]


@pytest.mark.parametrize("by", ["document", "segment"])
def test_parts_are_disjoint_and_complete(by):
    segments = [Segment(f"s{n}", "x", "en", document=f"d{n % 40}") for n in range(400)]
    parts = {part: list(take_part(segments, part, SHARES, by=by, seed=5)) for part in SHARES}
    ids = [segment.id for part in parts.values() for segment in part]
    assert sorted(ids) == sorted(segment.id for segment in segments)
    documents = [{segment.document for segment in part} for part in parts.values()]
    shared = documents[0] & documents[1] | documents[0] & documents[2]
    assert bool(shared) == (by == "segment")


def test_bad_shares_and_names():
    with pytest.raises(UsageError, match="add up to 1"):
        part_of("x", {"a": 0.5}, seed=0)
    with pytest.raises(UsageError, match="Did you mean 'train'"):
        next(take_part([], "trian", SHARES, seed=0), None)
    assert part_of("x", {"a": 0.0, "b": 1.0}, seed=0) == "b"
