"""Every example of docs/serve.md is run."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "serve.md").read_text("utf-8")
ADDRESS = "http://127.0.0.1:5000"
SHELL = [
    (line, said)
    for block, said in re.findall(r"^```sh\n(.*?)^```$(?:\n```json\n(.*?)^```$)?", PAGE, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
    if line.startswith("curl ")
]
PYTHON = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_there_are_examples():
    assert len(SHELL) > 8
    assert len(PYTHON) > 1


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
@pytest.mark.parametrize(("line", "said"), SHELL, ids=[line.split(ADDRESS)[1][:30] for line, _ in SHELL])
def test_curl_lines_are_answered_as_told(server, tmp_path, line, said):
    (tmp_path / "strings.txt").write_text("Open the file.\n")
    run = subprocess.run(
        line.replace(ADDRESS, server.address).replace("curl -s", "curl -s --fail"),
        shell=True,
        cwd=tmp_path,
        capture_output=True,
    )
    assert run.returncode == 0
    if said:
        assert json.loads(run.stdout) == json.loads(said)


@pytest.mark.parametrize("block", PYTHON)
def test_python_blocks_run(server, block):
    exec(compile(block.replace(ADDRESS, server.address), "serve.md", "exec"), {})
