"""The Containerfile's own commands, run in a plain folder: a server that wants keys, and what checks its health."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from fork_server import serving

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "Containerfile").read_text("utf-8").replace("\\\n", "")
TUTELAGE = [sys.executable, "-m", "tutelage"]


def listed(words):
    """The last list behind a word of the file."""
    return json.loads(re.findall(rf"^{words}.*?(\[.*\])$", TEXT, re.MULTILINE)[-1])


def test_what_it_runs_is_healthy_and_wants_a_key(tmp_path):
    assert listed("ENTRYPOINT") == ["tutelage"]
    command = [word.replace("0.0.0.0", "127.0.0.1") for word in listed("CMD")]
    environment = {**os.environ, "HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"}
    made = subprocess.run([*TUTELAGE, "feedback", "key", "me"], cwd=tmp_path, env=environment, capture_output=True)
    assert made.stdout.startswith(b"tut-")
    with serving(*command, "--port", "0", "--key", folder=tmp_path, **environment) as address:
        check = [word.replace("http://127.0.0.1:5000", address) for word in listed("HEALTHCHECK")]
        checked = subprocess.run([sys.executable, *check[1:]])
    assert checked.returncode == 0
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["corrections.feedback", "served.days"]


def test_it_is_built_of_what_the_repository_has_and_runs_as_nobody_special():
    kept = {line[1:] for line in (ROOT / ".containerignore").read_text("utf-8").splitlines() if line.startswith("!")}
    copied = {name for line in re.findall(r"^COPY (?!--)(.*) \S+$", TEXT, re.MULTILINE) for name in line.split()}
    assert copied == kept
    assert all((ROOT / name).exists() for name in copied)
    assert re.findall(r"^USER (\d+)", TEXT, re.MULTILINE) == ["10001"]
