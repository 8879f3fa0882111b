"""Killed at twenty random moments (`kill -9`) and run again: the same examples, and no teacher call paid twice."""

import json
import multiprocessing
import random
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from answer_key import delimited
from whole_runs import REFUSED, make_recipe, patching_table, refuse, say

from scripted_llm import Misbehaviour, ScriptedLlm
from tutelage.core.recipe_writing import render_recipe
from tutelage.core.records import Example, Rejection
from tutelage.runs.recipe_files import load_recipe
from tutelage.runs.run import run_recipe
from tutelage.storage.tables import read_table

KILLS = 20
IN_FLIGHT = 6
"""Calls in flight at most."""
ANSWER_SECONDS = 0.03
"""A teacher that takes its time, so that kills land among its calls."""
PRELOADED = [
    "transformers.models.marian.modeling_marian", "transformers.trainer", "ctranslate2", "openai", "sacrebleu",
    "tutelage.runs.run", "tutelage.stages.tuning", "tutelage.methods.patching.step", "pyarrow.parquet",
    "tutelage.students.engines.ctranslate2_engine",
]  # fmt: skip
"""What a run imports, so that kills land in its work and not in its imports."""


def run_to_the_end(recipe, runs):
    """What each of the processes that are killed does."""
    run_recipe(load_recipe(recipe), runs=Path(runs))


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

    def note_kill(self, requests):
        self.kills += 1
        self.known_before.append((requests, recorded(self.runs)))

    @property
    def examples(self):
        return list(read_table(self.runs / "patch/01-patching/examples.parquet", Example))

    @property
    def rejections(self):
        return list(read_table(self.runs / "patch/01-patching/examples.rejected.parquet", Rejection))


def recorded(runs):
    """The questions whose answers are in the ledger, each as its messages."""
    if not (runs / "ledger.sqlite").is_file():
        return []
    with closing(sqlite3.connect(runs / "ledger.sqlite")) as connection:
        if not connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'calls'").fetchone()[0]:
            return []
        rows = connection.execute("SELECT request FROM calls").fetchall()
    return [question(json.loads(row[0])["messages"]) for row in rows]


def question(messages):
    return json.dumps([[message["role"], message["content"]] for message in messages])


def stages_done(runs):
    """How far a run had come: the stages that are written."""
    folder = runs / "patch" / "01-patching"
    return len([*folder.rglob("*.parquet"), *folder.glob("*.json")]) if folder.is_dir() else 0


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
def start(recipe_file):
    """Starts a process that runs the recipe; it is forked from one that has everything imported."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)

    def begin(runs):
        process = context.Process(target=run_to_the_end, args=(str(recipe_file), str(runs)))
        process.start()
        return process

    return begin


@pytest.fixture(scope="module")
def uninterrupted(recipe_file, llm, tmp_path_factory):
    """The run that nobody killed, by the command."""
    runs = tmp_path_factory.mktemp("whole")
    command = [sys.executable, "-m", "tutelage", "run", str(recipe_file), "--runs", str(runs), "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in {0, 3}, done.stderr
    return Attempts(runs, 0)


def test_killed_at_twenty_moments_and_run_again(uninterrupted, start, llm, tmp_path):
    start(tmp_path / "first").join()  # brings up the server that the others are forked from
    began = time.monotonic()
    start(tmp_path / "timed").join()
    whole_seconds = time.monotonic() - began
    generator = random.Random(2024)
    finished, moments, kills = [], [], 0
    current = Attempts(tmp_path / "0", len(llm.requests))
    while kills < KILLS or current.kills:
        process = start(current.runs)
        process.join(generator.uniform(0.0, whole_seconds) if kills < KILLS else None)
        if process.is_alive():
            process.kill()
            process.join()
            kills += 1
            moments.append(stages_done(current.runs))
            current.note_kill(len(llm.requests))
            continue
        assert process.exitcode == 0
        check_paid_once(current, llm.requests[current.first_request :])
        finished.append(current)
        current = Attempts(tmp_path / str(len(finished)), len(llm.requests))

    assert kills == KILLS
    assert any(attempts.kills for attempts in finished)
    assert len(set(moments)) > 1, "all kills hit the same stage"
    for attempts in finished:
        assert attempts.examples == uninterrupted.examples
        assert attempts.rejections == uninterrupted.rejections
        assert not list((attempts.runs / "patch").rglob("*.new"))


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
        assert connection.execute("SELECT count(*) FROM calls WHERE status = 'lost'").fetchone()[0] == 0


@pytest.mark.parametrize("number", [0, 45, 105])
def test_killed_while_a_call_is_in_flight(uninterrupted, start, llm, tmp_path, monkeypatch, number):
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
    process = start(attempts.runs)
    while not reached.wait(0.1):
        assert process.is_alive(), "it ended before the request came"
    process.kill()
    process.join()
    attempts.note_kill(len(llm.requests))
    go_on.set()
    monkeypatch.setattr(llm, "misbehave", refuse)
    process = start(attempts.runs)
    process.join()
    assert process.exitcode == 0
    check_paid_once(attempts, llm.requests[first:])
    assert attempts.examples == uninterrupted.examples
    interrupted = llm.requests[first + number]
    texts = Counter(delimited(request["messages"][:1]) for request in llm.requests[first:])
    assert texts[delimited(interrupted["messages"][:1])] >= 2
