import json

import pytest

from tutelage.training.checkpoints import newest_checkpoint, seal_checkpoint


def checkpoint(folder, update, *, best=None, sealed=True):
    path = folder / f"checkpoint-{update}"
    path.mkdir(parents=True)
    for name in ("model.safetensors", "optimizer.pt", "rng_state.pth"):
        (path / name).write_bytes(b"weights" * 100)
    (path / "trainer_state.json").write_text(json.dumps({"global_step": update, "best_global_step": best}))
    if sealed:
        seal_checkpoint(path)
    return path


def test_none_without_checkpoints(tmp_path):
    assert newest_checkpoint(tmp_path) is None
    assert newest_checkpoint(tmp_path / "missing") is None


def test_the_highest_number_wins(tmp_path):
    checkpoint(tmp_path, 900)
    expected = checkpoint(tmp_path, 1000)
    assert newest_checkpoint(tmp_path) == expected


def test_half_written_ones_are_removed(tmp_path):
    whole, half = checkpoint(tmp_path, 10), checkpoint(tmp_path, 20, sealed=False)
    assert newest_checkpoint(tmp_path) == whole
    assert not half.exists()


@pytest.mark.parametrize("file", ["model.safetensors", "optimizer.pt", "rng_state.pth", "trainer_state.json"])
@pytest.mark.parametrize("content", [None, b"", b"weights", b"nothing" * 100])
def test_a_damaged_one_is_not_gone_on_from(tmp_path, file, content):
    whole, damaged = checkpoint(tmp_path, 10), checkpoint(tmp_path, 20)
    (damaged / file).unlink()
    if content is not None:
        (damaged / file).write_bytes(content)
    assert newest_checkpoint(tmp_path) == whole
    assert not damaged.exists()


def test_one_whose_best_weights_are_damaged_is_not_gone_on_from(tmp_path):
    first, best = checkpoint(tmp_path, 10), checkpoint(tmp_path, 20)
    later = checkpoint(tmp_path, 30, best=20)
    assert newest_checkpoint(tmp_path) == later
    (best / "model.safetensors").write_bytes(b"")
    assert newest_checkpoint(tmp_path) == first
    assert not later.exists()


def test_a_file_in_the_place_of_one(tmp_path):
    (tmp_path / "checkpoint-5").write_bytes(b"")
    assert newest_checkpoint(tmp_path) is None
