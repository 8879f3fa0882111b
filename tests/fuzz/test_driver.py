"""The driver counts what breaks a target, keeps the first input of each fault, and repeats a mutation by its number."""

import time

from fuzz.driver import Target, fuzz, mutation
from tutelage.core.errors import UsageError


def draw(generator):
    return str(generator.randrange(100)).encode()


def refuse_the_small(data):
    number = int(data)
    if number < 30:
        raise UsageError("too small")
    if number > 80:
        raise ValueError("too large")


TARGET = Target("numbers", ".txt", draw, refuse_the_small)


def test_a_fault_is_counted_and_its_first_input_kept_with_the_traceback(tmp_path):
    tally = fuzz(TARGET, count=100, seed=3, keep=tmp_path / "kept")
    numbers = [int(mutation(TARGET, seed=3, number=number)) for number in range(100)]
    assert tally.tried == 100
    assert tally.refused == sum(number < 30 for number in numbers)
    assert tally.faults.total() == sum(number > 80 for number in numbers) > 1
    assert [path.read_bytes() for path in tally.kept] == [next(str(n).encode() for n in numbers if n > 80)]
    assert "ValueError: too large" in tally.kept[0].with_name(f"{tally.kept[0].name}.traceback.txt").read_text()


def test_nothing_is_written_without_a_fault(tmp_path):
    tally = fuzz(Target("fine", ".txt", draw, int), count=20, seed=1, keep=tmp_path / "kept")
    assert not tally.faults
    assert not (tmp_path / "kept").exists()


def test_another_seed_draws_other_inputs():
    first, second = ([mutation(TARGET, seed=seed, number=n) for n in range(20)] for seed in (1, 2))
    assert first != second
    assert first == [mutation(TARGET, seed=1, number=n) for n in range(20)]


def test_an_input_without_an_end_is_a_fault(tmp_path):
    tally = fuzz(
        Target("slow", ".txt", draw, lambda data: time.sleep(1_000)), count=1, seed=1, keep=tmp_path, seconds=1
    )
    assert [fault.partition(" ")[0] for fault in tally.faults] == ["TookTooLongError"]
