"""The command serve, as its own process: it tells its address, answers, and stops in order."""

import os
import signal
import subprocess
import sys

import httpx


def start(*arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "tutelage", "serve", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    )


def test_it_tells_its_address_answers_and_stops_on_sigterm_with_what_is_in_flight():
    process = start("embedded:en-pt", "--port", "0", "--log")
    try:
        address = process.stdout.readline().strip()
        fields = {"q": "Open the file.", "source": "en", "target": "pt"}
        assert httpx.post(f"{address}/translate", data=fields).json() == {"translatedText": "Abra o arquivo."}
    finally:
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate()
    assert process.returncode == 0
    assert "POST /translate 200" in told
    assert "Open the file" not in told


def test_a_student_without_languages_is_told_at_once(tmp_path):
    process = start(str(tmp_path))
    out, told = process.communicate()
    assert (process.returncode, out) == (1, "")
    assert "this folder is empty" in told
