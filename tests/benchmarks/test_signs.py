"""What a server's signs are measured by: unseen words of a text, and translations by confidence."""

import pytest

from benchmarks.signs.__main__ import measure, share_unseen
from tutelage.core.records import Pair, Segment


def pair(number, source, target):
    return Pair(Segment(str(number), source, "en"), Segment(str(number), target, "pt-BR"))


def test_words_of_no_training_are_counted():
    pairs = [pair(1, "Open the file", "Abra o arquivo"), pair(2, "Frobnicate zorblax", "Frobnicar")]
    assert share_unseen(pairs) == pytest.approx(2 / 5)


def test_a_row_counts_every_translation_once():
    pairs = [pair(n, text, "x") for n, text in enumerate(("Open the file.", "Zorblax quimbled wobs", "Save", "Close"))]
    _, name, count, unseen, *cells, _ = (cell.strip() for cell in measure("own", pairs).split("|"))
    assert (name, count) == ("own", "4") and unseen != "0.0%"
    assert sum(int(cell.partition("n = ")[2][:-1]) for cell in cells if cell != "–") == 4
