"""Which outputs are given as paraphrases, and in which order."""

import numpy as np
import pytest

from tutelage.tasks.paraphrase import Asked, choose, different, measure

SOURCE = "The file is open now."


class Angles:
    """An embedder in which a text that ends on a number lies at that angle, in degrees, from all others."""

    signature = "angles"

    def embed(self, texts):
        angles = [float(text.split()[-1]) if text.split()[-1].isdigit() else 0.0 for text in texts]
        radians = np.radians(angles)
        return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


def texts_of(outputs, *, count, source=SOURCE, **settings):
    (found,) = choose([(source, outputs)], count=count, lang="en", **settings)
    return [one.text for one in found.paraphrases]


@pytest.mark.parametrize(
    ("outputs", "kept"),
    [
        (("It is open.", "it  IS open. ", "Now open."), ["It is open.", "Now open."]),
        ((SOURCE, "It is open."), ["It is open."]),
        (("the file is open now.", "", " "), ["the file is open now."]),
        (("", " "), []),
        ((), []),
    ],
)
def test_copies_and_repetitions_are_left_out(outputs, kept):
    assert different(outputs, source=SOURCE) == kept


def test_without_an_embedder_the_engine_s_order_stays():
    outputs = ("Open is the file.", "It is open.", "The file was opened.")
    assert texts_of(outputs, count=2) == list(outputs[:2])
    assert texts_of(outputs, count=9) == list(outputs)
    assert texts_of(("x", "y"), count=2, source="  ") == []


def test_ranking_takes_meaning_and_distance_together():
    near, far, astray = "The file is open now 5", "An opened document 20", "Green grass grows 80"
    assert texts_of((near, astray, far), count=3, embedder=Angles()) == [far, near, astray]
    assert texts_of((astray, far), count=1, embedder=Angles()) == [far]


def test_measures_by_hand():
    (one,) = measure(["Green grass grows 60"], source=SOURCE, lang="en", embedder=Angles())
    assert one.meaning == pytest.approx(50.0)
    assert (one.lexical, one.combined) == (100.0, pytest.approx(0.0, abs=1e-3))
    (copy,) = measure([SOURCE], source=SOURCE, lang="en", embedder=Angles())
    assert (copy.lexical, copy.combined) == (0.0, 0.0)
    assert copy.meaning == pytest.approx(100.0)
    (unread,) = measure([SOURCE], source=SOURCE, lang="en", embedder=None)
    assert unread.meaning is None and unread.combined is None


@pytest.mark.parametrize(
    ("asked", "signature"),
    [
        (Asked(), "beam4,lp1,max256"),
        (Asked(count=3), "beam4,lp1,max256,n3"),
        (Asked(count=3, over_generate=3), "beam9,lp1,max256,n9"),
        (Asked(search="greedy", over_generate=3), "greedy,max256"),
        (Asked(count=2, search="diverse", diversity_penalty=0.5), "diverse2x1,d0.5,lp1,max256"),
        (Asked(count=2, search="top-p", seed=7), "sample:t1,p0.9,s7,max256,n2"),
    ],
)
def test_decoding(asked, signature):
    assert asked.decoding().signature == signature
