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


def test_without_reranking_the_engine_s_order_stays():
    outputs = ("Open is the file.", "It is open.", "The file was opened.")
    assert texts_of(outputs, count=2) == list(outputs[:2])
    assert texts_of(outputs, count=9) == list(outputs)
    assert texts_of(("x", "y"), count=2, source="  ") == []


def test_reranking_takes_what_the_outputs_agree_on_and_what_is_far_from_the_source():
    near, one, other = "The file is open by now.", "This document has been opened.", "The document has been opened."
    astray, salad = "Green grass grows.", "file now The open is."
    outputs = (near, astray, one, salad, other)
    assert set(texts_of(outputs, count=2, reranked=True)) == {one, other}
    assert texts_of(outputs, count=5, reranked=True)[-1] == astray


def test_what_is_measured_does_not_choose():
    """The outputs with the highest score of those that are reported came first, so that it looked too good."""
    outputs = ("An opened document 80", "The file was opened 0")
    assert texts_of(outputs, count=2, measured=True, embedder=Angles()) == list(outputs)
    reranked = texts_of(outputs, count=2, reranked=True)
    assert texts_of(outputs, count=2, reranked=True, measured=True, embedder=Angles()) == reranked


def test_measures_by_hand():
    (one,) = measure(["Green grass grows 60"], source=SOURCE, lang="en", embedder=Angles())
    assert (one.lexical, one.meaning) == (100.0, pytest.approx(50.0))
    (copy,) = measure([SOURCE], source=SOURCE, lang="en", embedder=Angles())
    assert (copy.lexical, copy.meaning) == (0.0, pytest.approx(100.0))
    (unread,) = measure([SOURCE], source=SOURCE, lang="en", embedder=None)
    assert unread.meaning is None


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
