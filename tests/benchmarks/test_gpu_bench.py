"""The script for a GPU: what it says without one, and that a part which fails takes nothing from the others."""

import json
import sys

import pytest
import torch

from benchmarks.speed import gpu


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_without_a_gpu_it_says_so_in_a_sentence(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["gpu"])
    with pytest.raises(SystemExit, match=r"^This machine has no CUDA GPU that torch can use; --on cpu --toy tries"):
        gpu.main()


def test_parts_that_fail_or_take_too_long_leave_the_others_their_figures(monkeypatch, tmp_path):
    done = f"open({str(tmp_path / 'whole.json')!r}, 'w').write('{{\"figures\": []}}')"
    works = {"broken": "raise SystemExit(3)", "endless": "import threading; threading.Event().wait()", "whole": done}
    real = gpu._run
    monkeypatch.setattr(gpu, "PARTS", {name: gpu.Part(None, 1 if name == "endless" else 100) for name in works})
    monkeypatch.setattr(
        gpu, "_run", lambda command, log, **told: real([sys.executable, "-c", works[command[-1]]], log, **told)
    )
    found = gpu.run_parts([], tmp_path, device="cpu", patience=1.0)
    assert found["broken"] == {"failed": "exit status 3; see broken.log"}
    assert found["endless"] == {"failed": "it took more than 1 s; see endless.log"}
    assert found["whole"] == {"figures": []}
    assert json.loads((tmp_path / "broken.json").read_text()) == found["broken"]
