"""A cache stays within its size, and keeps what was asked for last."""

import os
import shutil
from collections import namedtuple

from tutelage.storage.caches import SPARE, cached_folder


def entry(cache, name, *, size=100, largest=10_000, made=None):
    def make(aside):
        (aside / "weights").write_bytes(b"x" * size)
        if made is not None:
            made.append(name)

    return cached_folder(cache / name, make, largest=largest)


def used(cache, name, *, at):
    os.utime(cache / name, (at, at))


def test_what_was_asked_for_longest_ago_makes_room(tmp_path):
    for at, name in enumerate("abc"):
        entry(tmp_path, name)
        used(tmp_path, name, at=at + 1)
    entry(tmp_path, "a")  # asked for again, so that b is the oldest
    size = sum(file.stat().st_size for file in (tmp_path / "a").iterdir())
    entry(tmp_path, "d", largest=3 * size + size // 2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "c", "d"]


def test_what_went_is_made_again_and_what_is_there_is_not(tmp_path):
    made = []
    for name in ("a", "b", "b", "a"):
        entry(tmp_path, name, largest=200, made=made)
    assert made == ["a", "b", "a"]


def test_an_entry_larger_than_the_cache_stays_alone(tmp_path):
    entry(tmp_path, "a")
    assert (entry(tmp_path, "big", size=500, largest=200) / "weights").stat().st_size == 500
    assert [path.name for path in tmp_path.iterdir()] == ["big"]


def test_what_another_process_is_making_is_left_alone(tmp_path):
    (tmp_path / "other.77.new").mkdir()
    (tmp_path / "other.77.new" / "half").write_bytes(b"x" * 500)
    entry(tmp_path, "a", largest=10)
    assert (tmp_path / "other.77.new" / "half").exists()


def free_disk(monkeypatch, cache, *, holds):
    """A disk that has room for `holds` bytes of the cache beside what it leaves free."""
    Usage = namedtuple("Usage", "free")

    def usage(_):
        return Usage(SPARE + holds - sum(file.stat().st_size for file in cache.rglob("*") if file.is_file()))

    monkeypatch.setattr(shutil, "disk_usage", usage)


def test_a_disk_that_is_short_makes_the_cache_smaller(tmp_path, monkeypatch):
    for at, name in enumerate("abc"):
        entry(tmp_path, name)
        used(tmp_path, name, at=at + 1)
    size = sum(file.stat().st_size for file in (tmp_path / "a").iterdir())
    free_disk(monkeypatch, tmp_path, holds=2 * size + size // 2)
    entry(tmp_path, "d")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c", "d"]


def test_a_full_disk_gets_room_before_the_new_one_is_made(tmp_path, monkeypatch):
    for name in "ab":
        entry(tmp_path, name)
    free_disk(monkeypatch, tmp_path, holds=0)
    seen = []
    cached_folder(tmp_path / "c", lambda _: seen.extend(path.name for path in tmp_path.iterdir()))
    assert [name for name in seen if not name.endswith(".new")] == []
