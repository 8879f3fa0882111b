"""A script of one's own, started by `torchrun` and by `accelerate launch`, trains as one process does."""

import os
import socket
import subprocess
import sys

import numpy as np
import pytest

from joint_updates import load, update
from tiny_students import make_tiny

SCRIPT = """
import os, sys
from pathlib import Path

import numpy as np
import torch
from joint_updates import update

students, out, case = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
torch.set_num_threads(1)
found = update(case, students=students, scratch=out / "scratch")
np.savez(out / f"{os.environ['RANK']}.npz", **found, processes=np.array(int(os.environ["WORLD_SIZE"])))
torch.distributed.destroy_process_group()
"""
LAUNCHERS = {
    "torchrun": ["torch.distributed.run", "--nproc-per-node=2", "--master-addr=127.0.0.1", "--master-port={port}"],
    "accelerate": [
        "accelerate.commands.launch", "--multi_gpu", "--num_processes=2", "--num_machines=1", "--mixed_precision=no",
        "--dynamo_backend=no", "--main_process_ip=127.0.0.1", "--main_process_port={port}",
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def students(tmp_path_factory):
    folder = tmp_path_factory.mktemp("students")
    make_tiny("nllb", folder / "nllb")
    return folder


@pytest.mark.parametrize(
    ("launcher", "case"), [("torchrun", "divided weights, LoRA"), ("accelerate", "unlikelihood of tokens")]
)
def test_a_launched_script_trains_as_one_process_does(launcher, case, students, tmp_path):
    expected = update(case, students=students, scratch=tmp_path / "one")
    script = tmp_path / "train.py"
    script.write_text(SCRIPT, encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", *(part.format(port=port) for part in LAUNCHERS[launcher])]
    places = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run(
        [*command, str(script), str(students), str(tmp_path), case],
        env={**os.environ, "PYTHONPATH": places}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    largest = max(np.abs(gradient).max() for name, gradient in expected.items() if name != "losses")
    for rank in range(2):
        found = load(tmp_path / f"{rank}.npz")
        assert found.pop("processes") == 2
        assert found.keys() == expected.keys()
        for name, gradient in found.items():
            np.testing.assert_allclose(gradient, expected[name], atol=2e-6 * largest, rtol=1e-4)
