"""Processes that are forked from one which has imported what a run needs: each is there at once, and by little work."""

import multiprocessing
import multiprocessing.forkserver
import os
import sys
from contextlib import contextmanager
from functools import cache

import pytest

from places import TEST_PATH


@cache
def fork_server():
    """The context of these processes, whose server runs and has imported everything as soon as it is needed."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["preloaded"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", TEST_PATH)  # by which Python 3.11 finds what it imports
        multiprocessing.forkserver.ensure_running()
    return context


class Command:
    """The command in a process of its own, started; what it says goes to files or pipes that have a name."""

    def __init__(self, *arguments, folder, out, err, **environment):
        told = ([*map(str, arguments)], folder, out, err, {**os.environ, **environment})
        self._process = fork_server().Process(target=_run, args=told, daemon=True)
        self._process.start()
        self.pid = self._process.pid

    def send_signal(self, number):
        os.kill(self.pid, number)

    def terminate(self):
        self._process.terminate()
        self._process.join()

    def kill(self):
        self._process.kill()
        self._process.join()

    def poll(self):
        """The exit code, None while it runs."""
        return self._process.exitcode

    def wait(self, seconds=None):
        """The exit code once it has ended, None if it runs longer."""
        self._process.join(seconds)
        return self._process.exitcode


@contextmanager
def serving(*arguments, folder, end=Command.terminate, **environment):
    """The address that a command tells which serves until it is ended; what else it says is in `folder`/told."""
    os.mkfifo(folder / "address")
    command = Command(*arguments, folder=folder, out=folder / "address", err=folder / "told", **environment)
    with (folder / "address").open() as said:
        try:
            yield said.readline().strip()
        finally:
            end(command)
            (folder / "address").unlink()


def _run(arguments, folder, out, err, environment):
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    added = filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))
    sys.path[:0] = [path for path in added if path not in sys.path]
    for number, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    sys.argv = ["tutelage", *arguments]
    from tutelage.cli.main import main

    main()
