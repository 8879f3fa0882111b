"""Converted students lie in one cache, or with their run where that cannot be written."""

from pathlib import Path

import pytest

from tutelage.core.errors import UserError
from tutelage.students.conversions import conversion_cache


@pytest.fixture
def no_cache(tmp_path, monkeypatch):
    """A place for the cache in which no folder can be made, as in a home that is read only."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    return tmp_path / "file"


def test_the_cache_is_where_the_desktop_says(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "here"))
    assert conversion_cache() == tmp_path / "here" / "tutelage" / "conversions"
    assert conversion_cache(run=tmp_path / "run") == conversion_cache()
    assert conversion_cache().is_dir()
    assert not (tmp_path / "run").exists()


def test_it_is_in_the_home_where_the_desktop_says_nothing(tmp_path, monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert conversion_cache() == tmp_path / ".cache" / "tutelage" / "conversions"


def test_without_a_cache_a_run_keeps_its_own(no_cache, tmp_path):
    assert conversion_cache(run=tmp_path / "run") == tmp_path / "run" / "conversions"
    assert (tmp_path / "run" / "conversions").is_dir()
    with pytest.raises(UserError, match=r"tutelage/conversions: .*Not a directory.*Set XDG_CACHE_HOME"):
        conversion_cache()


def test_a_folder_that_may_only_be_read_is_no_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    shared = conversion_cache()
    allowed = "tutelage.students.conversions.os.access"
    monkeypatch.setattr(allowed, lambda folder, _mode: Path(folder) != shared)  # root may write anywhere
    assert conversion_cache(run=tmp_path / "run") == tmp_path / "run" / "conversions"
    with pytest.raises(UserError, match=r"cannot be written \(Permission denied\)"):
        conversion_cache()
