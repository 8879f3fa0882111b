import random
import tracemalloc

import pytest

from tutelage.corpora import hashes
from tutelage.corpora.hashes import HashSet


def test_it_holds_what_a_set_holds_in_whatever_order_it_comes(monkeypatch):
    monkeypatch.setattr(hashes, "FEWEST_RECENT", 7)
    generator, held, wanted = random.Random(1), HashSet(), set()
    for _ in range(5000):
        key = generator.choice(
            (generator.getrandbits(64), generator.randrange(300), 2**64 - 1 - generator.randrange(300))
        )
        assert (key in held) == (key in wanted)
        assert held.add(key) == (key not in wanted)
        wanted.add(key)
    assert (len(held), set(held), len(list(held))) == (len(wanted), wanted, len(wanted))


def test_an_empty_one_holds_nothing():
    assert (0 in HashSet(), len(HashSet()), list(HashSet())) == (False, 0, [])


@pytest.mark.parametrize("count", [300_000])
def test_a_hash_takes_less_than_a_third_of_what_it_takes_in_a_set(count):
    def bytes_of(make):
        tracemalloc.start()
        generator, made = random.Random(1), make()
        for _ in range(count):
            made.add(generator.getrandbits(64))
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return held

    assert bytes_of(HashSet) < bytes_of(set) / 3
