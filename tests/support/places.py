"""Where the tests lie, for processes that they start."""

import os
from pathlib import Path

SUPPORT = Path(__file__).resolve().parent
TESTS = SUPPORT.parent
TEST_PATH = os.pathsep.join([str(TESTS), str(SUPPORT), *filter(None, [os.environ.get("PYTHONPATH")])])
"""PYTHONPATH of a process that imports what stands beside the tests."""
