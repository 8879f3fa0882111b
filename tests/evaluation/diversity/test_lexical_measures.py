"""Lexical distance, diversity among candidates, meaning and the combined score."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from sacrebleu.metrics.bleu import BLEU

from tutelage.evaluation.diversity.combined import combined_score, combined_signature
from tutelage.evaluation.diversity.items import candidate_diversity, count_bytes, count_distinct
from tutelage.evaluation.diversity.lexical import jaccard_distance, lexical_distance
from tutelage.evaluation.diversity.meaning import meaning_kept
from tutelage.evaluation.diversity.words import split_words, words_signature

SENTENCES = [
    "The cat sat on the mat and looked at the dog.",
    "On the mat sat the cat, looking at the dog!",
    "A dog was watched by the cat on the mat",
    "Click Save to store the file in the chosen folder.",
    "To store the file in the folder you chose, click Save.",
    "Yes",
]


def plain(text: str) -> str:
    """What words are left of a text, by hand and not by the module under test."""
    return " ".join(word for word in text.lower().replace(".", " ").replace(",", " ").replace("!", " ").split())


@pytest.mark.parametrize("source", SENTENCES)
def test_lexical_distance_is_100_minus_sacrebleus_sentence_bleu(source: str) -> None:
    metric = BLEU(effective_order=True, lowercase=True)
    for candidate in SENTENCES:
        expected = 100 - metric.sentence_score(plain(candidate), [plain(source)]).score
        ours = lexical_distance(split_words(candidate), source=split_words(source))
        assert ours == pytest.approx(max(0.0, expected), abs=1e-9)


def test_self_bleu_is_sacrebleus_of_each_candidate_against_the_others() -> None:
    metric = BLEU(effective_order=True, lowercase=True)
    texts = [plain(text) for text in SENTENCES[:4]]
    scores = [metric.sentence_score(text, [other for other in texts if other != text]).score for text in texts]
    words = [split_words(text) for text in SENTENCES[:4]]
    assert candidate_diversity(words) == pytest.approx(100 - sum(scores) / 4)


@pytest.mark.parametrize(
    "candidates", [[], [("a", "b")], [("a", "b", "c")] * 3], ids=["none", "one", "three times the same"]
)
def test_candidates_that_do_not_differ_have_no_diversity(candidates: list[tuple[str, ...]]) -> None:
    assert candidate_diversity(candidates) == pytest.approx(0.0, abs=1e-9)


def test_candidates_without_a_shared_word_are_wholly_diverse() -> None:
    assert candidate_diversity([("a", "b"), ("c", "d")]) == 100.0


@pytest.mark.parametrize("copy", ["THE CAT SAT on the mat", "The cat, sat on — the mat!!", "  the cat sat on the mat "])
def test_case_and_punctuation_make_no_distance(copy: str) -> None:
    source = split_words("The cat sat on the mat.")
    assert lexical_distance(split_words(copy), source=source) == 0.0
    assert jaccard_distance(split_words(copy), source=source) == 0.0


def test_words_of_text_without_words_are_its_marks() -> None:
    assert "".join(split_words("?!")) == "?!"
    assert split_words("") == ()
    assert lexical_distance((), source=("a",)) == 100.0


def test_words_of_chinese_are_split_as_bleu_splits_them() -> None:
    assert split_words("打开文件。", language="zh") == ("打", "开", "文", "件")
    assert "tok:zh" in words_signature("zh-TW") and "tok:13a" in words_signature("en")


def test_jaccard_distance_by_hand() -> None:
    # the cat sat / the dog sat: the, sat in both; cat, dog in one each.
    assert jaccard_distance(("the", "cat", "sat"), source=("sat", "the", "dog")) == pytest.approx(50.0)
    assert jaccard_distance(("b", "a", "a"), source=("a", "b")) == 0.0
    assert jaccard_distance((), source=()) == 0.0


def test_distinct_ngrams_by_hand() -> None:
    candidates = [("a", "b", "a", "b"), ("b", "c")]
    assert count_distinct(candidates, order=1) == (3, 6)
    # ab ba ab | bc: pairs do not cross from one candidate to the next.
    assert count_distinct(candidates, order=2) == (3, 4)
    assert count_distinct([("a",)], order=2) == (0, 0)


def test_compression_is_of_all_candidates_together_without_a_header() -> None:
    text = "Click the button to save the file in the folder."
    raw, deflated = count_bytes([text, text, text])
    assert raw == 3 * len(text) + 2
    assert deflated == len(zlib.compress("\n".join([text] * 3).encode(), 9)) - 6
    varied = count_bytes([text, "Save it by a click.", "Press here and your work is stored."])
    assert raw / deflated > varied[0] / varied[1]
    assert count_bytes([]) == (0, 0)


def test_meaning_is_the_cosine_in_percent_and_never_negative() -> None:
    sources = np.array([[1, 0], [1, 0], [1, 0], [0.6, 0.8]], dtype=np.float32)
    candidates = np.array([[1, 0], [0, 1], [-1, 0], [0.8, 0.6]], dtype=np.float32)
    assert meaning_kept(sources, candidates) == pytest.approx([100, 0, 0, 96], abs=1e-4)


@pytest.mark.parametrize(
    ("meaning", "lexical", "syntactic", "expected"),
    [
        (100, 0, 0, 0),  # a copy
        (100, 0, None, 0),
        (100, 0, 20, 2 * 0.1 / 1.1 * 100),  # the same words, parsed differently
        (50, 100, 100, 0),  # unrelated
        (0, 100, None, 0),
        (75, 50, None, 50),  # m = d = 0.5
        (90, 80, 20, 2 * 0.8 * 0.5 / 1.3 * 100),
        (100, 100, 100, 100),
    ],
)
def test_combined_score_by_hand(meaning: float, lexical: float, syntactic: float | None, expected: float) -> None:
    found = combined_score(meaning=meaning, lexical=lexical, syntactic=syntactic, fluency=None)
    assert found == pytest.approx(expected)


def test_combined_score_rises_with_meaning_and_with_distance() -> None:
    scores = [
        [combined_score(meaning=m, lexical=d, syntactic=None, fluency=80) for d in range(0, 101, 10)]
        for m in range(50, 101)
    ]
    assert all(np.all(np.diff(row) >= 0) for row in scores)
    assert np.all(np.diff(scores, axis=0) >= 0)
    assert np.min(scores) >= 0 and np.max(scores) <= 100


def test_combined_signature_tells_whether_syntax_counts() -> None:
    assert "distance:lexical+syntactic" in combined_signature(parsed=True, fluency="")
    assert combined_signature(parsed=False, fluency="lm").endswith("distance:lexical|fluency:lm")
