"""What a stage has let go does not stay with the process."""

import subprocess
import sys

import pytest

from made_stages import make_table
from tutelage.core.records import Segment
from tutelage.storage import memory, stages

KEEPS_FREE_BLOCKS = """
import ctypes, re
from tutelage.storage.memory import give_back_memory

libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.free.argtypes = [ctypes.c_void_p]
resident = lambda: int(re.search(r"RssAnon:\\s+(\\d+)", open("/proc/self/status").read()).group(1)) // 1024
libc.free(libc.malloc(ctypes.c_size_t(16 << 20)))  # from now on blocks up to its size are kept
blocks = []
for _ in range(200):
    blocks.append(libc.malloc(ctypes.c_size_t(1 << 20)))
    ctypes.memset(ctypes.c_void_p(blocks[-1]), 1, 1 << 20)
    libc.malloc(ctypes.c_size_t(2000))  # stays, behind the block
for block in blocks:
    libc.free(block)
before = resident()
give_back_memory()
print(before, resident())
"""


@pytest.mark.skipif(memory._find_trim() is None, reason="a C library that keeps no free blocks, or gives none back")
def test_free_blocks_are_given_back():
    shown = subprocess.run([sys.executable, "-c", KEEPS_FREE_BLOCKS], capture_output=True, text=True, check=True)
    before, after = map(int, shown.stdout.split())
    assert before - after > 150


def test_a_stage_that_was_made_gives_back_and_one_that_was_there_has_nothing_to(tmp_path, monkeypatch):
    given = []
    monkeypatch.setattr(stages, "give_back_memory", lambda: given.append(1))
    folder = stages.StageFolder(tmp_path, lambda _name, _facts: None)
    for _ in range(2):
        make_table(folder, "pool", Segment, key="k", produce=lambda: [Segment("1", "text", "en")])
    assert given == [1]
