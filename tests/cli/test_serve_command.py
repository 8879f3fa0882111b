"""The command serve, as its own process: it tells its address, answers, and stops in order."""

import os
import signal
import socket
import subprocess
import sys

import httpx

from fork_server import Command, serving
from promoted_runs import make_promoted_run
from student_server import EN_PT
from tutelage.storage.days import DayStore
from tutelage.storage.feedback import FeedbackStore


def start(folder, *arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "tutelage", "serve", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env=dict(os.environ),
    )


def test_it_tells_its_address_answers_and_stops_on_sigterm_with_what_is_in_flight(tmp_path):
    process = start(tmp_path, "embedded:en-pt", "--port", "0", "--log")
    try:
        address = process.stdout.readline().strip()
        fields = {"q": "Open the file.", "source": "en", "target": "pt"}
        assert httpx.post(f"{address}/translate", data=fields, timeout=None).json() == {
            "translatedText": "Abra o arquivo."
        }
    finally:
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate()
    assert process.returncode == 0
    assert "POST /translate 200" in told
    assert "Open the file" not in told


def test_a_port_in_use_is_told(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = start(tmp_path, "embedded:en-pt", "--port", str(port))
        out, told = process.communicate()
    assert (process.returncode, out) == (2, "")
    assert told.strip() == (
        f"tutelage: 127.0.0.1, port {port}: one cannot listen there (Address already in use). "
        "Name another with --port; 0 takes a free one."
    )


def test_a_student_without_languages_is_told_at_once(tmp_path):
    process = start(tmp_path, str(tmp_path))
    out, told = process.communicate()
    assert (process.returncode, out) == (1, "")
    assert "this folder is empty" in told


def test_a_run_says_how_often_its_test_set_was_read_and_days_are_kept(tmp_path):
    run = make_promoted_run(tmp_path / "runs" / "one")
    with serving("serve", run, "--port", "0", folder=tmp_path) as address:
        fields = {"q": ["Open the file.", "Close it."], "source": "en", "target": "pt"}
        httpx.post(f"{address}/translate", json=fields, timeout=None)
        assert (
            'tutelage_test_set_readings{direction="en-pt-BR"} 1.0' in httpx.get(f"{address}/metrics", timeout=None).text
        )
    assert "its test set was read once for choosing." in (tmp_path / "told").read_text("utf-8")
    store = DayStore.open(tmp_path / "runs" / "served.days")
    ((_, direction), counts) = store.since("2000-01-01").popitem()
    assert (direction, counts.texts, counts.unseen) == (EN_PT, 2, 0)
    assert counts.words == 5
    store.close()


def test_a_correction_that_was_answered_outlives_a_kill(tmp_path):
    command = ("serve", "embedded:en-pt", "--port", "0", "--feedback", "a.feedback")
    with serving(*command, folder=tmp_path, end=Command.kill) as address:
        for number in range(20):
            fields = {"q": f"Open file {number}.", "s": f"Abra o arquivo {number}.", "source": "en", "target": "pt"}
            assert httpx.post(f"{address}/suggest", json=fields, timeout=None).json()["success"]
    with serving(*command, folder=tmp_path) as address:
        assert httpx.post(f"{address}/suggest", json=fields, timeout=None).json()["success"], "it can be written again"
    store = FeedbackStore.open(tmp_path / "a.feedback", must_exist=True)
    assert len(store.corrections("accepted", "held")) == 20
    store.close()
