"""Tokens in files are those in memory, and are made once."""

import dataclasses

import numpy as np
import pytest

from joint_updates import examples
from tiny_students import make_tiny, make_tiny_causal
from tutelage.core.settings import CorrectionSettings
from tutelage.training import samples
from tutelage.training.samples import Samples
from tutelage.training.token_folder import kept_tokens
from tutelage.training.tokenised import TokenisedExamples, tokenise

LIMITS = {"max_source_tokens": 256, "max_target_tokens": 256}


def same(found, expected):
    for one in dataclasses.fields(TokenisedExamples):
        np.testing.assert_array_equal(getattr(found, one.name), getattr(expected, one.name))


@pytest.mark.parametrize("options", [{}, {"conflicts": True}, {"corrections": CorrectionSettings(contrast="cpo")}])
@pytest.mark.parametrize("make", [lambda folder: make_tiny("nllb", folder), make_tiny_causal], ids=["nllb", "causal"])
def test_mapped_tokens_are_those_in_memory(make, options, tmp_path, monkeypatch):
    monkeypatch.setattr("tutelage.training.tokenised.CHUNK", 5)
    student = make(tmp_path / "student")
    data = examples("causal", 12)
    expected = tokenise(data, student, **LIMITS, **options)
    found = kept_tokens(tmp_path / "tokens", lambda folder: tokenise(data, student, **LIMITS, **options, folder=folder))
    same(found, expected)
    assert isinstance(found.sources, np.memmap)
    np.testing.assert_array_equal(found.supervised, expected.supervised)
    each = expected.supervised_of(range(len(expected.weights))).sum(axis=1)
    both = each[: len(expected)] + np.append(each, 0)[expected.conflicts]
    np.testing.assert_array_equal(found.supervised, both)


def test_they_are_made_once_and_again_if_damaged(tmp_path):
    calls = []

    def make(folder):
        calls.append(folder)
        return tokenise([], None, **LIMITS, folder=folder)

    for _ in range(2):
        assert len(kept_tokens(tmp_path / "tokens", make)) == 0
    assert len(calls) == 1
    (tmp_path / "tokens" / "sources.npy").write_bytes(b"")
    kept_tokens(tmp_path / "tokens", make)
    assert len(calls) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["tokens"], "nothing is left beside it"


def test_columns_of_files_leave_none_behind(tmp_path):
    true, conflicting = Samples(folder=tmp_path), Samples(folder=tmp_path)
    true.sources.extend(np.array([1, 2], dtype=np.int32))
    conflicting.sources.extend(np.array([3], dtype=np.int32))
    assert true.sources.joined(conflicting.sources).tolist() == [1, 2, 3]
    assert samples.Column(np.int32, None).joined(samples.Column(np.int32, None)).size == 0
