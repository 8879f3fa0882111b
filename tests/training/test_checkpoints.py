import json

from tutelage.training.checkpoints import newest_checkpoint


def checkpoint(folder, update, *, state='{"global_step": 1}'):
    path = folder / f"checkpoint-{update}"
    path.mkdir(parents=True)
    (path / "model.safetensors").write_bytes(b"weights")
    if state is not None:
        (path / "trainer_state.json").write_text(state)
    return path


def test_none_without_checkpoints(tmp_path):
    assert newest_checkpoint(tmp_path) is None
    assert newest_checkpoint(tmp_path / "missing") is None


def test_the_highest_number_wins(tmp_path):
    checkpoint(tmp_path, 900)
    expected = checkpoint(tmp_path, 1000)
    assert newest_checkpoint(tmp_path) == expected


def test_half_written_ones_are_removed(tmp_path):
    whole = checkpoint(tmp_path, 10)
    torn = checkpoint(tmp_path, 20, state='{"global_')
    bare = checkpoint(tmp_path, 30, state=None)
    assert newest_checkpoint(tmp_path) == whole
    assert not torn.exists() and not bare.exists()
    assert json.loads((whole / "trainer_state.json").read_text())
