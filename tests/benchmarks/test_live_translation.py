"""Live translation: an embedded model behind a real server is timed and scored; segments are taken evenly."""

import sys
from pathlib import Path

import pytest

from tutelage.storage.ledger import Ledger
from tutelage.teachers.servers.llama import LlamaServer

sys.path.append(str(Path(__file__).resolve().parents[2]))

from benchmarks.teachers.live_translation import Translated, read_material, table, translate


def test_a_live_model_is_timed(tmp_path):
    pairs = read_material(None, segments=2)
    with LlamaServer(slots=2) as teacher, Ledger.open(tmp_path / "l") as ledger:
        found = translate(pairs, teacher=teacher, ledger=ledger, max_tokens=24)
    assert len(found.translations) + found.reasons.total() == 2
    assert found.calls >= 2 and found.output_tokens > 0
    assert 0 < found.longest_silence <= found.seconds


def test_the_table_by_hand():
    pairs = read_material(None, segments=4)
    assert len({pair.id for pair in pairs}) == 4
    right = {pair.id: pair.target.text for pair in pairs[:3]}
    found = Translated(30.0, 9.6, 5, 1200, 90, right)
    found.reasons["unreadable_answer"] = 1
    assert table(found, pairs).splitlines()[-1] == (
        "| 4 | 3 | 100.0 | 5 | 1,200 | 90 | 3.0 | 8.0 | 10 s | unreadable_answer 1 |"
    )


@pytest.mark.parametrize("segments", [7, 240, 500])
def test_no_more_segments_than_there_are(segments):
    assert len(read_material(None, segments=segments)) == min(segments, 240)
