"""Objects by name, whatever storage they are in."""

import pytest

from object_server import BUCKET
from tutelage.storage import objects
from tutelage.storage.objects import Objects, StorageError


def test_an_object_that_changes_while_it_is_read_is_not_mixed(storage, monkeypatch):
    monkeypatch.setattr(objects, "PART_BYTES", 4)
    storage.objects["a/pool"] = b"abcdefgh"
    place = Objects.open(f"s3://{BUCKET}/a", rights="read it")
    parts = place.stream("pool", place.facts("pool"))
    assert next(parts) == b"abcd"
    storage.objects["a/pool"] = b"ABCDEFGH"
    with pytest.raises(StorageError, match="the storage cannot be used"):
        next(parts)


@pytest.mark.parametrize("remote", [True, False])
def test_objects_are_put_found_and_removed(storage, tmp_path, remote):
    place = Objects.open(f"s3://{BUCKET}/a" if remote else str(tmp_path / "a"), rights="read it")
    assert place.facts("folder/one") is None and place.read("folder/one") is None
    assert place.create("folder/one", b"1") and not place.create("folder/one", b"2")
    place.replace("folder/two", b"22")
    (tmp_path / "file").write_bytes(b"333")
    place.upload("folder/three", tmp_path / "file")
    assert (place.read("folder/one"), place.facts("folder/two").size) == (b"1", 2)
    assert b"".join(place.stream("folder/three", place.facts("folder/three"))) == b"333"
    place.keep_only("folder", {"two"})
    assert [place.read(f"folder/{name}") for name in ("one", "two", "three")] == [None, b"22", None]
