import subprocess

import pytest

from damages import DAMAGES
from tutelage.storage.atomic import kept_folder
from tutelage.storage.manifest import MANIFEST, is_intact, write_manifest


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "weights").write_bytes(bytes(range(256)) * 8)
    (tmp_path / "inner" / "name with spaces ñ").write_text("text")
    write_manifest(tmp_path)
    return tmp_path


def test_a_folder_as_it_was_made_is_intact_and_sha256sum_says_so_too(folder):
    assert is_intact(folder)
    (folder / "added later").write_text("")
    assert is_intact(folder)
    assert subprocess.run(["sha256sum", "--check", "--quiet", MANIFEST], cwd=folder, check=False).returncode == 0


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", ["weights", "inner/name with spaces ñ", MANIFEST])
def test_a_damaged_one_is_not(folder, name, damage):
    DAMAGES[damage](folder / name)
    assert not is_intact(folder)


def test_a_folder_of_a_cache_is_made_once_and_again_when_damaged(tmp_path):
    made = []

    def make(folder):
        made.append(folder)
        (folder / "file").write_text("whole")

    for _ in range(2):
        assert kept_folder(tmp_path / "key", make) == tmp_path / "key"
    assert len(made) == 1
    (tmp_path / "key" / "file").write_text("half")
    kept_folder(tmp_path / "key", make)
    assert (tmp_path / "key" / "file").read_text() == "whole"
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_of_two_that_make_it_the_first_one_stays(tmp_path):
    def make(folder):
        # another process has its own folder aside
        (folder / "file").write_text("second")
        aside = folder.rename(tmp_path / "mine")
        kept_folder(tmp_path / "key", lambda other: (other / "file").write_text("first"))
        aside.rename(folder)

    kept_folder(tmp_path / "key", make)
    assert (tmp_path / "key" / "file").read_text() == "first"
