"""Replay files: what one ledger has written another one reads, and a file that is not whole is refused."""

import gzip
import json
from dataclasses import replace

import pytest

from ledger_calls import make_call
from tutelage.core.errors import UsageError, UserError
from tutelage.storage import limits
from tutelage.storage.ledger import Ledger, replay
from tutelage.storage.ledger.replay import check_replay, read_replay, write_replay


@pytest.fixture
def filled(new_place):
    """A ledger in which the run `second` has asked three times and taken two answers of `first`."""
    place = new_place()
    with Ledger.open(place, run="first") as ledger:
        ledger.record_many(make_call(number) for number in range(5))
    with Ledger.open(place, run="second") as ledger:
        ledger.begin_step("01-patching")
        ledger.lookup_many([make_call(1).key, make_call(2).key])
        ledger.record(make_call("a", answer="ação\n🙂\u2028", cost=None, input_tokens=None, status="unparsed"))
        ledger.record_many([make_call("b", answer=None, status="lost"), make_call("c", role="contexts")])
    return place


@pytest.mark.parametrize("name", ["r.jsonl", "r.jsonl.gz"])
def test_everything_comes_back(filled, new_place, tmp_path, name):
    with Ledger.open(filled) as ledger:
        asked = list(ledger.entries(run="second"))
        assert write_replay(tmp_path / name, asked, run="second") == 5
    other = new_place()
    with Ledger.open(other) as ledger:
        assert ledger.add_entries(read_replay(tmp_path / name)) == 5
        assert ledger.add_entries(read_replay(tmp_path / name)) == 0
        kept = list(ledger.entries())
    assert by_key(kept) == by_key(replace(entry, run=f"replay:{entry.run}") for entry in asked)
    with Ledger.open(other, run="second") as ledger:
        assert ledger.lookup(make_call(2).key) == make_call(2)
        assert ledger.account().calls == 0  # nobody here has paid
        sums = {(spend.run, spend.role): spend.calls for spend in ledger.spend()}
    assert sums == {
        ("replay:first", "translate"): 2,
        ("replay:second", "contexts"): 1,
        ("replay:second", "translate"): 2,
    }


def by_key(entries):
    return sorted(entries, key=lambda entry: entry.call.key)


def test_what_was_read_can_be_written_again_to_the_same_lines(filled, new_place, tmp_path):
    with Ledger.open(filled) as ledger:
        write_replay(tmp_path / "one.gz", ledger.entries(run="second"), run="second")
    with Ledger.open(new_place()) as ledger:
        ledger.add_entries(read_replay(tmp_path / "one.gz"))
        write_replay(tmp_path / "two.gz", ledger.entries(), run="second")
    one, two = (gzip.decompress((tmp_path / name).read_bytes()).splitlines() for name in ("one.gz", "two.gz"))
    assert len(one) == 7 and sorted(two) == sorted(one)
    with Ledger.open(filled) as ledger:
        write_replay(tmp_path / "again.gz", ledger.entries(run="second"), run="second")
    assert (tmp_path / "again.gz").read_bytes() == (tmp_path / "one.gz").read_bytes()


def written(tmp_path, change):
    """A file of three calls, its lines changed."""
    entries = [entry for number in range(3) for entry in entries_of(number)]
    write_replay(tmp_path / "r.jsonl", entries, run="r")
    lines = (tmp_path / "r.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "r.jsonl").write_bytes(b"".join(change(lines)))
    return tmp_path / "r.jsonl"


def entries_of(number):
    from tutelage.storage.ledger import Entry

    return [Entry(make_call(number), "r", "", 1e9)]


def changed(line, **values):
    return json.dumps(json.loads(line) | values).encode() + b"\n"


@pytest.mark.parametrize(
    ("change", "where", "said"),
    [
        (lambda lines: [], "r.jsonl: ", "is empty"),
        (lambda lines: lines[1:], "r.jsonl:1: ", "is not a replay file"),
        (lambda lines: [b"source\ttarget\n"], "r.jsonl:1: ", "is not a replay file"),
        (lambda lines: [b'{"tutelage_replay":9,"run":null}\n', *lines[1:]], "r.jsonl:1: ", "version 9"),
        (lambda lines: lines[:-1], "r.jsonl: ", "ends after 3 calls"),
        (lambda lines: [*lines[:-2], lines[-1]], "r.jsonl:4: ", "tells of 3 calls and holds 2"),
        (lambda lines: [*lines[:2], lines[2][:40], b"\n", *lines[3:]], "r.jsonl:3: ", "Invalid JSON"),
        (lambda lines: [*lines[:2], changed(lines[2], mood="good"), *lines[3:]], "r.jsonl:3: ", "mood: Extra"),
        (lambda lines: [*lines[:2], changed(lines[2], cost=-1.0), *lines[3:]], "r.jsonl:3: ", "cost: Input should"),
        (lambda lines: [*lines[:2], changed(lines[2], key=""), *lines[3:]], "r.jsonl:3: ", "key: "),
        (lambda lines: [*lines[:2], b"\xff\xfe\n", *lines[3:]], "r.jsonl:3: ", "no text in UTF-8"),
    ],
)
def test_a_file_that_is_not_whole_names_the_line_and_leaves_the_ledger_as_it_was(
    tmp_path, new_place, change, where, said
):
    path = written(tmp_path, change)
    with Ledger.open(new_place()) as ledger:
        with pytest.raises(UserError) as raised:
            ledger.add_entries(read_replay(path))
        assert where in str(raised.value) and said in str(raised.value)
        assert list(ledger.entries()) == ledger.spend() == []


def test_a_compressed_file_that_breaks_off_is_refused(tmp_path):
    path = written(tmp_path, lambda lines: lines)
    packed = gzip.compress(path.read_bytes())
    path.write_bytes(packed[: len(packed) // 2])
    with pytest.raises(UserError, match="breaks off"):
        list(read_replay(path))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(UsageError, match="no such file"):
        check_replay(tmp_path / "none.jsonl")
    with pytest.raises(UserError, match="cannot be read: Is a directory"):
        check_replay(tmp_path)


def test_a_replay_file_that_fills_the_memory_is_left(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "FREE_BYTES", 100_000)
    monkeypatch.setattr(replay, "MAX_CALL_BYTES", 1_000_000)
    path = tmp_path / "bomb.jsonl.gz"
    path.write_bytes(gzip.compress(b"\0" * 8_000_000))
    with pytest.raises(UserError, match="decompresses to more than 200 times"):
        list(read_replay(path))
    (tmp_path / "long.jsonl").write_bytes(b"x" * 3_000_000)
    with pytest.raises(UserError, match=r"long\.jsonl:1: this line has more than 1,000,000 bytes"):
        list(read_replay(tmp_path / "long.jsonl"))
