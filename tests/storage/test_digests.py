"""A file is read once for as long as it stays the same; a large one by all processes together."""

import hashlib
import json
import os
import subprocess
import sys

import pytest

from tutelage.storage import digests
from tutelage.storage.cache_home import cache_home
from tutelage.storage.digests import file_digest

AGAIN = """
import sys
from tutelage.storage import digests
digests.LARGE = 4
print(digests.file_digest(digests.Path(sys.argv[1])))
"""


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """An own cache; files of four bytes are large, and what was just written counts as settled."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(digests, "LARGE", 4)
    monkeypatch.setattr(digests, "SETTLED_SECONDS", -1.0)
    monkeypatch.setattr(digests, "_known", {})
    return cache_home("digests")


@pytest.fixture
def read(monkeypatch):
    """Names of the files that were read, in their order."""
    names, real = [], digests.read_digest
    monkeypatch.setattr(
        digests, "read_digest", lambda stream, name: names.append(os.path.basename(stream.name)) or real(stream, name)
    )
    return names


def write(file, content=b"large"):
    file.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def forget(monkeypatch):
    """As a new process begins."""
    monkeypatch.setattr(digests, "_known", {})


def test_a_large_file_is_read_once_by_all_processes(tmp_path, read, monkeypatch):
    digest = write(tmp_path / "weights")
    assert file_digest(tmp_path / "weights") == file_digest(tmp_path / "weights") == digest
    forget(monkeypatch)
    assert file_digest(tmp_path / "weights") == digest
    assert read == ["weights"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    note = next(cache_home("digests").glob("*.json"))
    told = json.loads(note.read_text())
    note.write_text(json.dumps({**told, "sha256": "as another process has told it"}))
    out = subprocess.run([sys.executable, "-c", AGAIN, tmp_path / "weights"], env=environment, capture_output=True)
    assert out.stdout.decode().strip() == "as another process has told it"


def test_a_small_one_is_read_once_by_each(tmp_path, read, monkeypatch, home):
    write(tmp_path / "config", b"{}")
    file_digest(tmp_path / "config"), file_digest(tmp_path / "config")
    assert read == ["config"]
    forget(monkeypatch)
    file_digest(tmp_path / "config")
    assert read == ["config"] * 2 and not home.exists()


def test_one_that_was_changed_is_read_again(tmp_path, read, monkeypatch):
    file = tmp_path / "weights"
    write(file)
    before = file_digest(file)
    for content in (b"lorge", b"larger"):
        digest = write(file, content)
        assert file_digest(file) == digest != before
        forget(monkeypatch)
        assert file_digest(file) == digest
    assert len(read) == 3


def test_so_is_one_with_its_old_time_and_size_put_back(tmp_path, read):
    file = tmp_path / "weights"
    write(file)
    before, status = file_digest(file), file.stat()
    digest = write(file, b"lorge")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert file_digest(file) == digest != before
    other = write(tmp_path / "other", b"LARGE")
    os.utime(tmp_path / "other", ns=(status.st_atime_ns, status.st_mtime_ns))
    (tmp_path / "other").replace(file)
    assert file_digest(file) == other


def test_what_was_changed_just_now_is_not_believed_to_stay(tmp_path, read, monkeypatch, home):
    """Two changes within one step of the file system's clock have the same time."""
    monkeypatch.setattr(digests, "SETTLED_SECONDS", 3600.0)
    write(tmp_path / "weights")
    file_digest(tmp_path / "weights"), file_digest(tmp_path / "weights")
    assert read == ["weights"] * 2 and not home.exists()


def test_one_that_is_changed_while_it_is_read_is_not_either(tmp_path, monkeypatch, home):
    file, real = tmp_path / "weights", digests.read_digest
    write(file)

    def change(stream, name):
        digest = real(stream, name)
        file.write_bytes(b"lorger")
        return digest

    monkeypatch.setattr(digests, "read_digest", change)
    file_digest(file)
    monkeypatch.setattr(digests, "read_digest", real)
    assert file_digest(file) == hashlib.sha256(b"lorger").hexdigest()


@pytest.mark.parametrize(
    "damage", [b"", b"[]", b"{}", b"\xff", b'{"state": 3, "sha256": 4}', b'{"state": [1], "sha256": ""}']
)
def test_a_damaged_note_is_as_none(tmp_path, read, monkeypatch, damage, home):
    digest = write(tmp_path / "weights")
    file_digest(tmp_path / "weights")
    next(home.glob("*.json")).write_bytes(damage)
    forget(monkeypatch)
    assert file_digest(tmp_path / "weights") == digest
    forget(monkeypatch)
    assert file_digest(tmp_path / "weights") == digest
    assert len(read) == 2


def test_a_cache_that_cannot_be_written_hinders_nothing(tmp_path, monkeypatch):
    (tmp_path / "cache").write_text("a file, where the cache's folder belongs")
    assert file_digest(tmp_path / "cache") == file_digest(tmp_path / "cache")


def test_what_is_told_of_a_file_that_is_gone_goes_when_the_next_is_told(tmp_path, home):
    for name in ("first", "second"):
        write(tmp_path / name)
        file_digest(tmp_path / name)
        (tmp_path / name).unlink()
    assert [json.loads(note.read_text())["file"] for note in home.glob("*.json")] == [str(tmp_path / "second")]


def test_a_file_that_is_not_there_is_an_error_that_says_so(tmp_path):
    with pytest.raises(FileNotFoundError):
        file_digest(tmp_path / "nothing")
