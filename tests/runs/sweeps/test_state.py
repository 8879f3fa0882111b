import pytest

from tutelage.runs.run_list import list_runs
from tutelage.runs.sweeps.state import STATE_FILE, read_sweep_state

DAMAGED = [
    "", "{", "[]", "3", "null", "[" * 100_000, '{"points": 3}', '{"points": [3]}', '{"grid": []}', '{"begun": [1]}',
]  # fmt: skip


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_state_is_none(tmp_path, content):
    (tmp_path / "x-sweep").mkdir()
    (tmp_path / "x-sweep" / STATE_FILE).write_text(content)
    assert read_sweep_state(tmp_path / "x-sweep") is None
    (run,) = list_runs(tmp_path)
    assert run.state == "damaged"


def test_one_that_cannot_be_decoded(tmp_path):
    (tmp_path / STATE_FILE).write_bytes(b"\xff\xfe")
    assert read_sweep_state(tmp_path) is None
