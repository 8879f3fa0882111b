"""Normal forms of any text, in time that grows with it."""

import unicodedata

import pytest

from tutelage.core.unicode_forms import LONGEST_RUN, normalised, tagged_text, without_unseen

TEXTS = ("", "abc", "e\u0301", "ﬁ Ａ", "\uac00", "\u1100\u1161", "é" * 2_000, "e\u0301\u0316" * 1_500)


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
@pytest.mark.parametrize("text", TEXTS)
def test_ordinary_text_is_normalised_as_ever(text, form):
    assert normalised(text, form) == unicodedata.normalize(form, text)


def longest_run(text):
    longest = run = 0
    for character in text:
        run = run + 1 if unicodedata.combining(character) else 0
        longest = max(longest, run)
    return longest


def test_no_run_of_marks_is_longer_than_python_sorts_quickly(monkeypatch):
    """Sorting is quadratic in the run: with all runs bounded the whole is linear, for 8,000 marks as for 16,000."""
    seen = []
    monkeypatch.setattr(unicodedata, "normalize", lambda form, text: seen.append(text) or text)
    for count in (4_000, 8_000):
        normalised("a" + "\u0300\u0316" * count, "NFKC")
    assert [longest_run(text) for text in seen] == [LONGEST_RUN] * 2
    assert len(seen[1]) < 2.1 * len(seen[0])


def test_what_nobody_sees_is_taken_out():
    assert without_unseen("i\u200bg\u00adn\u202eo\ufe0fr\U000e0041e") == "ignore"
    assert without_unseen("naïve 👍 日本 e\u0301") == "naïve 👍 日本 e\u0301"
    assert tagged_text("a\U000e0048\U000e0069b") == "Hi"
