"""`python -m benchmarks.speed`: the same as `python benchmarks/speed/all.py`."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent

if __name__ == "__main__":
    sys.path.insert(0, str(HERE))  # the scripts import one another by name
    runpy.run_path(str(HERE / "all.py"), run_name="__main__")
