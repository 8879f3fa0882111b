"""Texts on object storage: read as their copies are, fetched once for each version, and told when they cannot be."""

import gzip
import sys

import pytest

from object_server import BUCKET, object_server, variables
from tutelage.core.errors import CorpusError, MissingExtraError
from tutelage.core.languages import Direction
from tutelage.core.recipe import TextSettings
from tutelage.corpora.texts import Text

LINES = "".join(f"Open the file {number}.\n" for number in range(50))


@pytest.fixture
def storage(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with object_server() as server:
        for name, value in variables(server).items():
            monkeypatch.setenv(name, value)
        server.objects["pool/en.txt.gz"] = gzip.compress(LINES.encode(), mtime=0)
        yield server


def text(*paths):
    return Text("pool", TextSettings(path=paths), Direction("en", "pt-BR"))


def test_a_text_at_an_address_is_the_text_of_its_copy_and_fetched_once_for_each_version(storage, tmp_path):
    (tmp_path / "en.txt.gz").write_bytes(storage.objects["pool/en.txt.gz"])
    far, near = text(f"s3://{BUCKET}/pool/en.txt.gz"), text(str(tmp_path / "en.txt.gz"))
    assert [(one.id, one.text) for one in far.segments()] == [(one.id, one.text) for one in near.segments()]
    assert far.key == near.key and storage.fetched == ["pool/en.txt.gz"]
    storage.objects["pool/en.txt.gz"] = gzip.compress(LINES.upper().encode(), mtime=0)
    assert next(iter(far.segments())).text == "OPEN THE FILE 0."
    assert far.key != near.key and len(storage.fetched) == 2


def test_several_files_may_lie_in_several_places(storage, tmp_path):
    (tmp_path / "more.txt").write_text("Close the menu.\n")
    both = list(text(f"s3://{BUCKET}/pool/en.txt.gz", str(tmp_path / "more.txt")).segments())
    assert len(both) == 51 and both[-1].id.startswith("more")


@pytest.mark.parametrize("address", [f"s3://{BUCKET}/pool/other.txt", "s3://no-such-bucket/pool/en.txt.gz"])
def test_what_is_not_there_is_told(storage, address):
    with pytest.raises(CorpusError, match="there is no such file or no such bucket") as told:
        list(text(address).segments())
    assert told.value.where == address and "bucket" in told.value.fix


def test_a_bucket_without_rights_is_told(storage, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "stranger")
    with pytest.raises(CorpusError, match="does not let these credentials read it") as told:
        list(text(f"s3://{BUCKET}/pool/en.txt.gz").segments())
    assert "AWS_ACCESS_KEY_ID" in told.value.fix and "secret" not in str(told.value)


def test_a_storage_that_does_not_answer_is_told(storage, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(CorpusError, match="the storage cannot be used") as told:
        list(text(f"s3://{BUCKET}/pool/en.txt.gz").segments())
    assert "\n" not in str(told.value) and "AWS_ENDPOINT_URL" in told.value.fix


@pytest.mark.parametrize("address", [f"s3://{BUCKET}/pool/", f"s3://{BUCKET}/pool/*.txt"])
def test_an_address_is_of_one_file(storage, address):
    with pytest.raises(CorpusError, match="that of one file, not of a folder or a pattern"):
        list(text(address).segments())


def test_the_extra_is_named(storage, monkeypatch):
    monkeypatch.setitem(sys.modules, "obstore.exceptions", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'tutelage\[storage\]'"):
        list(text(f"s3://{BUCKET}/pool/en.txt.gz").segments())
