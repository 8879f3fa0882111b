"""Several processes are refused before anything is trained, whoever started them."""

import pytest

from tutelage.core.errors import UsageError
from tutelage.runs.run import run_recipe
from tutelage.training.processes import count_processes, require_one_process
from tutelage.training.train import train


@pytest.mark.parametrize(
    ("environment", "count"),
    [({}, 1), ({"WORLD_SIZE": "1"}, 1), ({"WORLD_SIZE": "4"}, 4), ({"PMI_SIZE": "2"}, 2), ({"WORLD_SIZE": ""}, 1)],
)
def test_launchers_say_how_many_there_are(environment, count):
    assert count_processes(environment) == count


def test_training_by_several_processes_is_refused(monkeypatch):
    """It went on before: each process stepped by a gradient of its own."""
    monkeypatch.setenv("WORLD_SIZE", "2")
    nothing = dict.fromkeys(("objective", "settings", "seed", "checkpoints", "progress"))
    with pytest.raises(UsageError, match="2 processes were started") as raised:
        train(None, None, **nothing)
    assert "Start the command without torchrun" in raised.value.paragraph()
    with pytest.raises(UsageError, match="2 processes"):
        run_recipe(None, runs=None)


def test_an_open_process_group_of_one_is_one_process(tmp_path):
    import torch

    place = f"file://{tmp_path / 'meeting'}"
    torch.distributed.init_process_group("gloo", init_method=place, world_size=1, rank=0)
    try:
        require_one_process()
    finally:
        torch.distributed.destroy_process_group()
