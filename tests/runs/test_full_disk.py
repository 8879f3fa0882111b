"""A disk that is full, wherever a run meets it: one paragraph, and the same command goes on once there is room."""

import os
import resource
import subprocess
from collections import Counter
from contextlib import contextmanager

import pytest

from scripted.llm import ScriptedLlm
from small_runs import small_recipe
from tutelage.cli.commands import describe_system_error
from tutelage.core.errors import UserError
from tutelage.runs.run import run_recipe
from tutelage.students.engines.conversion import convert_student
from whole_runs import REFUSED, refuse, say

MAY_MOUNT = os.geteuid() == 0 and subprocess.run(["unshare", "--mount", "true"], check=False).returncode == 0
needs_mount = pytest.mark.skipif(not MAY_MOUNT, reason="a small disk can be mounted by root alone")


@pytest.fixture
def small_disk(tmp_path):
    """Mounts a disk of some kilobytes in a folder, or makes it larger."""
    place = tmp_path / "disk"
    place.mkdir()

    def make(kilobytes):
        options = f"size={kilobytes}k" + (",remount" if os.path.ismount(place) else "")
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", place], check=True)
        return place

    yield make
    if os.path.ismount(place):
        subprocess.run(["umount", "--lazy", place], check=True)


@contextmanager
def small_files(size):
    """No file may become larger."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def failure(work):
    """What the command tells of an error."""
    with pytest.raises((UserError, OSError)) as raised:
        work()
    error = raised.value
    message = error.paragraph() if isinstance(error, UserError) else describe_system_error(error)
    assert "\n" not in message
    return message


@pytest.fixture
def llm():
    with ScriptedLlm(script=say, misbehave=refuse) as server:
        yield server


@needs_mount
@pytest.mark.parametrize("kilobytes", [64, 400, 800, 1200, 2000])
def test_a_run_on_a_full_disk_goes_on_when_there_is_room(small_disk, tmp_path, llm, kilobytes):
    recipe = small_recipe(tmp_path, llm)
    runs = small_disk(kilobytes)
    message = failure(lambda: run_recipe(recipe, runs=runs))
    assert "Free some space" in message and str(runs) in message
    small_disk(64_000)
    run_recipe(recipe, runs=runs)
    asked = Counter(str(request["messages"]) for request in llm.requests)
    again = sum(count - 1 for text, count in asked.items() if REFUSED not in text)
    in_flight = 2 * recipe.teachers["llm"].concurrency  # it grows while the teacher keeps up
    assert again <= in_flight, "more than what was in flight when the ledger was full"
    assert not [path for path in runs.rglob("*") if path.name.endswith((".new", ".old"))]


@pytest.mark.parametrize("kilobytes", [40, 300])
def test_a_run_whose_files_may_not_grow_goes_on_when_they_may(tmp_path, llm, kilobytes):
    recipe = small_recipe(tmp_path, llm)
    with small_files(kilobytes * 1024):
        message = failure(lambda: run_recipe(recipe, runs=tmp_path / "runs"))
    assert "file too large. Allow larger files (ulimit -f)" in message or "Free some space" in message
    run_recipe(recipe, runs=tmp_path / "runs")


@needs_mount
def test_a_conversion_on_a_full_disk(small_disk, tiny_student):
    cache = small_disk(40)
    message = failure(lambda: convert_student(tiny_student("marian"), cache / "key"))
    assert message.startswith(f"{cache}/key: no space left on device. Free some space")
    assert not list(cache.iterdir())
    small_disk(4000)
    assert (convert_student(tiny_student("marian"), cache / "key") / "model.bin").is_file()


def test_a_conversion_whose_files_may_not_grow(tmp_path, tiny_student):
    with small_files(8 * 1024):
        message = failure(lambda: convert_student(tiny_student("marian"), tmp_path / "key"))
    assert message.startswith(f"{tmp_path}/key: ")
    assert not (tmp_path / "key").exists()
