import json
import weakref
from pathlib import Path

import pytest

from made_stages import make_folder, make_table, make_values, resume_table
from tutelage.core.errors import UserError
from tutelage.core.evidence import Score
from tutelage.core.records import Rejection, Segment
from tutelage.storage.stages import StageFolder
from tutelage.storage.tables import ROWS_IN_GROUP


def segment(index):
    return Segment(str(index), f"text {index} ñ", "en")


@pytest.fixture
def noted():
    return {}


@pytest.fixture
def folder(tmp_path, noted):
    return StageFolder(tmp_path, noted.__setitem__)


class Watched(Rejection):
    """One of which it can be told whether it is still held."""


class Producer:
    """Counts how often it is asked, and what was there already."""

    def __init__(self, *items, fail_after=None):
        self.items, self.fail_after, self.asked = items, fail_after, 0

    def __call__(self, done=frozenset()):
        self.asked += 1
        self.done = done
        for place, item in enumerate(self.items):
            if place == self.fail_after:
                raise RuntimeError("killed")
            if item.id not in done:
                yield item


def test_a_table_is_made_once_for_a_key(folder, noted):
    produce = Producer(segment(1), segment(2))
    for _ in range(2):
        table = make_table(folder, "pool", Segment, key="k1", produce=produce)
    assert produce.asked == 1
    assert list(table) == list(table) == [segment(1), segment(2)]
    assert (noted["pool"]["key"], noted["pool"]["rows"]) == (table.key, table.rows)
    assert table.rows == 2


def test_another_key_makes_it_anew(folder):
    make_table(folder, "pool", Segment, key="k1", produce=Producer(segment(1)))
    table = make_table(folder, "pool", Segment, key="k2", produce=Producer(segment(3), segment(4)))
    assert [item.id for item in table] == ["3", "4"]


def test_rejections_lie_beside(folder, noted):
    rejection = Rejection("2", "pool", "empty", raw=" ")
    table = make_table(folder, "pool", Segment, key="k", produce=Producer(segment(1), rejection, segment(3)))
    assert [item.id for item in table] == ["1", "3"]
    assert list(table.rejections()) == [rejection]
    assert noted["pool"]["rejected"] == 1


def test_no_table_shows_without_what_was_rejected_beside_it(folder, monkeypatch):
    def fail(aside, path):
        if "rejected" in path.name:
            raise OSError("disk full")
        return replace(aside, path)

    replace = Path.replace
    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        make_table(folder, "pool", Segment, key="k", produce=Producer(segment(1), Rejection("2", "pool", "empty")))
    assert list(folder.path.iterdir()) == []


def test_what_is_rejected_is_written_as_it_comes(folder):
    alive = weakref.WeakSet()

    def produce():
        for number in range(3 * ROWS_IN_GROUP):
            rejection = Watched(str(number), "pool", "empty")
            alive.add(rejection)
            assert len(alive) <= ROWS_IN_GROUP + 1
            yield rejection
            del rejection

    table = make_table(folder, "pool", Segment, key="k", produce=produce)
    assert (table.rows, sum(1 for _ in table.rejections())) == (0, 3 * ROWS_IN_GROUP)


def test_an_interrupted_table_begins_again(folder):
    with pytest.raises(RuntimeError):
        make_table(folder, "pool", Segment, key="k", produce=Producer(segment(1), segment(2), fail_after=1))
    assert list(folder.path.iterdir()) == []
    again = Producer(segment(1), segment(2))
    assert make_table(folder, "pool", Segment, key="k", produce=again).rows == 2


def test_a_resumed_table_goes_on_after_its_last_row(folder):
    items = [segment(index) for index in range(5)]
    with pytest.raises(RuntimeError):
        resume_table(folder, "hypotheses", Segment, key="k", produce=Producer(*items, fail_after=3))
    rest = Producer(*items)
    table = resume_table(folder, "hypotheses", Segment, key="k", produce=rest)
    assert rest.done == {"0", "1", "2"}
    assert list(table) == items
    assert [path.name for path in folder.path.iterdir()] == ["hypotheses.parquet"]
    done = Producer()
    resume_table(folder, "hypotheses", Segment, key="k", produce=done)
    assert done.asked == 0


@pytest.mark.parametrize("torn", [b'{"id": "9", "te', '{"id": "9", "text": "ñ'.encode()[:-1], b"x" * 200_000])
def test_a_torn_last_line_is_dropped(folder, torn):
    items = [segment(index) for index in range(4)]
    with pytest.raises(RuntimeError):
        resume_table(folder, "hypotheses", Segment, key="k", produce=Producer(*items, fail_after=2))
    with (folder.path / "hypotheses.partial.jsonl").open("ab") as stream:
        stream.write(torn)
    rest = Producer(*items)
    assert list(resume_table(folder, "hypotheses", Segment, key="k", produce=rest)) == items
    assert rest.done == {"0", "1"}


def test_partial_rows_of_another_key_do_not_count(folder):
    with pytest.raises(RuntimeError):
        resume_table(folder, "hypotheses", Segment, key="old", produce=Producer(segment(1), segment(2), fail_after=1))
    fresh = Producer(segment(5))
    table = resume_table(folder, "hypotheses", Segment, key="new", produce=fresh)
    assert fresh.done == frozenset()
    assert [item.id for item in table] == ["5"]


def test_a_folder_is_replaced_whole(folder):
    def make(name):
        return lambda path: (path / name).write_text("x")

    first = make_folder(folder, "student", key="k1", make=make("a"))
    assert (first / "a").is_file()
    make_folder(folder, "student", key="k1", make=make("b"))
    assert not (first / "b").exists()
    with pytest.raises(ZeroDivisionError):
        make_folder(folder, "student", key="k2", make=lambda path: 1 / 0)
    assert (first / "a").is_file()
    make_folder(folder, "student", key="k2", make=make("b"))
    assert sorted(path.name for path in first.iterdir()) == ["b", "files.sha256", "stage.key"]


def test_values_are_readable_json(folder, noted):
    scores = [Score("chrf", 50.5, None, 51.0, 100, True, "nrefs:1")]
    assert make_values(folder, "scores", Score, key="k", make=lambda: scores) == scores
    assert make_values(folder, "scores", Score, key="k", make=lambda: 1 / 0) == scores
    assert json.loads((folder.path / "scores.json").read_text())["scores"][0]["name"] == "chrf"
    assert make_values(folder, "scores", Score, key="k2", make=list) == []
    assert noted["scores"]["rows"] == 0


def test_torn_values_are_made_again(folder):
    (folder.path / "scores.json").write_text('{"key": "k", "sco')
    assert make_values(folder, "scores", Score, key="k", make=list) == []


def test_inner_folders_have_their_own_stages(folder, noted):
    make_table(folder.inner("round-2"), "pool", Segment, key="k", produce=Producer(segment(1)))
    assert (folder.path / "round-2" / "pool.parquet").is_file()
    assert "round-2/pool" in noted


@pytest.mark.parametrize(
    "damage",
    [b"{}", b"[]", b"3", b"\xff\xfe", b"\0" * 40, b"[" * 100_000, b'{"id": 3, "text": "a", "lang": "en"}', b""],
)
def test_partial_rows_from_a_damaged_line_on_are_made_again(folder, damage):
    items = [segment(index) for index in range(5)]
    with pytest.raises(RuntimeError):
        resume_table(folder, "hypotheses", Segment, key="k", produce=Producer(*items, fail_after=4))
    path = folder.path / "hypotheses.partial.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:3], damage + b"\n", *lines[4:]]))
    rest = Producer(*items)
    assert list(resume_table(folder, "hypotheses", Segment, key="k", produce=rest)) == items
    assert rest.done == {"0", "1"}


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff", b"[]\n", b"\0" * 200])
def test_a_partial_file_without_its_first_line_is_begun_anew(folder, damage):
    (folder.path / "hypotheses.partial.jsonl").write_bytes(damage)
    items = [segment(index) for index in range(3)]
    assert list(resume_table(folder, "hypotheses", Segment, key="k", produce=Producer(*items))) == items


def test_a_folder_in_the_place_of_a_partial_file_is_told_before_anything_is_made(folder):
    (folder.path / "hypotheses.partial.jsonl").mkdir()
    produce = Producer(segment(1))
    with pytest.raises(UserError, match=r"hypotheses\.partial\.jsonl: this is a folder"):
        resume_table(folder, "hypotheses", Segment, key="k", produce=produce)
    assert produce.asked == 0


@pytest.mark.parametrize("name", ["pool.parquet", ".pool.parquet.new"])
def test_a_folder_in_the_place_of_a_table_is_told_before_anything_is_made(folder, name):
    (folder.path / name).mkdir()
    produce = Producer(segment(1))
    with pytest.raises(UserError, match=r"this is a folder, where a file belongs\. Move it away"):
        make_table(folder, "pool", Segment, key="k", produce=produce)
    assert produce.asked == 0
