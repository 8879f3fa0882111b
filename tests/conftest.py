import gc
import os
import signal

import pytest

from domain_fixtures import base_run, base_student, domain, llm  # noqa: F401
from held_clock import clock  # noqa: F401
from object_server import storage  # noqa: F401

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # of two test processes; threads that wait for one another are busy
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell has what it starts in the background ignore it

LONG = (
    "runs/test_killing.py", "runs/test_stage_keys.py", "training/test_joint_training.py", "ray/test_ray_runner.py",
    "checks/test_estimates.py", "teachers/test_faults.py", "students/test_language_model.py",
    "training/test_launchers.py", "stages/test_student_processes.py", "runs/test_other_machine.py",
    "cli/test_serve_command.py", "benchmarks/test_scale.py", "benchmarks/test_economy_claim.py",
)  # fmt: skip
"""Files that take half a minute and more: first, so that in the end neither of two processes waits for one of them."""


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: not item.path.as_posix().endswith(LONG))


def pytest_collection_finish():
    """Each training asks for a collection of garbage, which passes over what is imported by now."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory):
    """Where converted students are kept during the tests, instead of in the user's own cache."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder))
        yield folder


@pytest.fixture(scope="session", autouse=True)
def _quick_disk():
    """No disk is waited for: what is written is read by the same machine, which goes on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _file: None)
        yield


@pytest.fixture(scope="session")
def tiny_student(tmp_path_factory):
    """A function that gives the tiny student of a family; each is made once."""
    from tiny_students import make_tiny

    made = {}

    def get(family):
        if family not in made:
            made[family] = make_tiny(family, tmp_path_factory.mktemp(family))
        return made[family]

    return get


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL server of the tests' own."""
    from postgres_server import PostgresServer

    with PostgresServer() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def new_place(request, tmp_path):
    """A function that gives the place of an empty ledger: a path or a URL. What uses it runs on both databases."""
    if request.param == "sqlite":
        numbers = iter(range(100))
        return lambda: tmp_path / f"ledger-{next(numbers)}.sqlite"
    return request.getfixturevalue("postgres").database


@pytest.fixture
def place(new_place):
    """The place of one empty ledger."""
    return new_place()
