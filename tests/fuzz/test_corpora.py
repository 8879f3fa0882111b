"""Damaged files end in what can be read of them or in a UserError."""

import pytest

from fuzz.corpora import attempt, make_target
from fuzz.corpus_samples import samples
from fuzz.driver import fuzz


@pytest.fixture(scope="module")
def target():
    return make_target()


def test_every_sample_is_sound(tmp_path):
    names = set()
    for sample in list(samples(tmp_path)):
        attempt(f"{sample.name}\n".encode() + sample.data, tmp_path)
        names.add(sample.name.partition("-")[0])
    assert {
        "a.po",
        "a.json",
        "a.xlf",
        "a.tmx",
        "a.resx",
        "a.tsv",
        "0.parquet",
        "glossary",
        "replay",
        "ratings",
        "prices",
        "words",
    } <= names


def test_damaged_files_are_refused_in_plain_words(target, tmp_path):
    tally = fuzz(target, count=700, seed=1, keep=tmp_path)
    assert tally.faults == {}
    assert 200 < tally.refused < 600
