"""A run is one process; those that train together are told apart, whoever started them."""

import pytest

from tutelage.core.errors import UsageError
from tutelage.core.protocols import Silence
from tutelage.runs.run import run_recipe
from tutelage.training.processes import count_processes, process_index, require_one_process, shown_once, told_by_first


@pytest.mark.parametrize(
    ("environment", "count"),
    [({}, 1), ({"WORLD_SIZE": "1"}, 1), ({"WORLD_SIZE": "4"}, 4), ({"PMI_SIZE": "2"}, 2), ({"WORLD_SIZE": ""}, 1)],
)
def test_launchers_say_how_many_there_are(environment, count):
    assert count_processes(environment) == count


@pytest.mark.parametrize(("environment", "index"), [({}, 0), ({"RANK": "3"}, 3), ({"PMI_RANK": "1"}, 1)])
def test_launchers_say_which_one_it_is(environment, index):
    assert process_index(environment) == index


def test_a_run_by_several_processes_is_refused(monkeypatch):
    """Each would ask the teachers and write the files."""
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(UsageError, match="2 processes were started") as raised:
        run_recipe(None, runs=None)
    assert "Start the command without torchrun" in raised.value.paragraph()
    assert "set train.processes in the step to 2" in raised.value.paragraph()


def test_only_the_first_process_shows_progress(monkeypatch):
    progress = object()
    assert shown_once(progress) is progress
    monkeypatch.setenv("RANK", "1")
    assert isinstance(shown_once(progress), Silence)


def test_an_open_process_group_of_one_is_one_process(tmp_path):
    import torch

    place = f"file://{tmp_path / 'meeting'}"
    torch.distributed.init_process_group("gloo", init_method=place, world_size=1, rank=0)
    try:
        require_one_process()
        assert told_by_first(7) == 7
    finally:
        torch.distributed.destroy_process_group()
