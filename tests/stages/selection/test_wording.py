"""What the words of a segment tell by themselves."""

import pytest

from tutelage.core.records import Segment
from tutelage.stages.selection.wording import lengths, novelties, rarities


def segments(*texts):
    return [Segment(str(number), text, "en") for number, text in enumerate(texts)]


def test_length_is_in_bytes():
    assert list(lengths(segments("menu", "não"))) == [4, 4]


def test_novelty_is_the_share_of_words_and_pairs_that_are_not_known():
    found = list(
        novelties(segments("open the menu", "open the volume", "mount disks", "!!"), segments("Open the menu."))
    )
    assert found == pytest.approx([0, 2 / 5, 1, 0])


def test_rare_words_surprise_and_common_ones_do_not():
    found = list(rarities(segments(*["open"] * 8, "open mount", "mount", "?")))
    usual, half, rare, empty = found[0], *found[-3:]
    assert 0 < usual < half and usual < rare and empty == 0
