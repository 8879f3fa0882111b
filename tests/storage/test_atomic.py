import pytest
import torch
from safetensors.torch import save_file

from tutelage.storage.atomic import whole_file, whole_folder, write_whole
from tutelage.storage.manifest import MANIFEST


def _fail_after_writing(path):
    path.write_text("half")
    return 1 // 0


def test_a_file_appears_whole(tmp_path):
    path = tmp_path / "deep" / "file.txt"
    with whole_file(path) as aside:
        aside.write_text("half")
        assert not path.exists()
        aside.write_text("whole")
    assert path.read_text() == "whole"
    assert list(path.parent.iterdir()) == [path]


def test_a_failed_file_leaves_the_old_one(tmp_path):
    path = tmp_path / "file.txt"
    write_whole(path, "old ñ")
    with pytest.raises(ZeroDivisionError), whole_file(path) as aside:
        _fail_after_writing(aside)
    assert path.read_text(encoding="utf-8") == "old ñ"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_replaced(tmp_path):
    path = tmp_path / "student"
    for name in ("old", "new"):
        with whole_folder(path) as aside:
            (aside / "inner").mkdir()
            (aside / "inner" / name).write_text(name)
    assert [file.name for file in path.rglob("*") if file.is_file() and file.name != MANIFEST] == ["new"]


def test_what_a_killed_run_left_is_swept(tmp_path):
    path = tmp_path / "student"
    with pytest.raises(ZeroDivisionError), whole_folder(path) as aside:
        _fail_after_writing(aside / "half")
    assert not path.exists()
    with whole_folder(path) as aside:
        assert list(aside.iterdir()) == []
    assert list(tmp_path.iterdir()) == [path]


def test_weights_in_a_finished_folder_can_be_read_by_whom_the_umask_allows(tmp_path):
    with whole_folder(tmp_path / "student") as folder:
        save_file({"weight": torch.ones(2)}, folder / "model.safetensors")
        (folder / "run.sh").touch(mode=0o700)
        (folder / "config.json").touch()
    modes = {file.name: file.stat().st_mode for file in (tmp_path / "student").iterdir()}
    assert modes["model.safetensors"] == modes["config.json"] != modes["run.sh"]
