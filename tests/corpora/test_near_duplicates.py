"""Near-duplicates by MinHash: planted ones are found, and nothing else is dropped."""

import random

import pytest
from rapidfuzz.distance import Indel

from answer_key import orders
from tutelage.corpora import near_duplicates
from tutelage.corpora.near_duplicates import find_near_duplicates
from tutelage.corpora.normalising import folded


def sentences(count, *, words, seed):
    """Of words that are made up, so that no two are alike."""
    rng = random.Random(seed)
    made = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(3, 9))) for _ in range(3000)]
    return [" ".join(rng.choices(made, k=words)) for _ in range(count)]


def one_word_changed(text, rng):
    words = text.split()
    words[rng.randrange(len(words))] = "otherword"
    return " ".join(words)


def find(texts, folder, *, likeness=0.9, lang="en"):
    folder.mkdir(exist_ok=True)
    return list(find_near_duplicates([(text, lang) for text in texts], folder, likeness=likeness))


def test_sentences_with_one_word_changed_are_found_and_others_are_kept(tmp_path):
    rng = random.Random(2)
    texts = sentences(600, words=14, seed=1)
    planted = [one_word_changed(text, rng) for text in texts[:300]]
    found = find(texts + planted, tmp_path)
    assert all(one.place >= len(texts) and one.earlier == one.place - len(texts) for one in found)
    assert len(found) >= 0.97 * len(planted)


def test_whatever_is_dropped_is_so_like_one_that_is_kept(tmp_path):
    """The toy orders differ in a word or two, so that many are alike."""
    texts = orders(400, seed=1)
    found = find(texts, tmp_path, likeness=0.85)
    dropped = {one.place for one in found}
    assert 20 < len(dropped) < len(texts)
    for one in found:
        other = folded(texts[one.earlier])
        assert one.earlier not in dropped and other == one.earlier_text
        assert one.likeness == Indel.normalized_similarity(folded(texts[one.place]), other) >= 0.85
    assert [one.place for one in found] == sorted(dropped)


def test_case_and_white_space_make_no_difference_and_order_decides(tmp_path):
    texts = ["Open the file menu and save it.", "open  the FILE menu and save it.", "Quite another thing is told here."]
    assert [(one.place, one.earlier, one.likeness) for one in find(texts, tmp_path)] == [(1, 0, 1.0)]


def test_a_chain_of_small_changes_does_not_lead_away(tmp_path):
    """The third differs little from the second, which is dropped, and more than that from the first, which is kept."""
    words = " ".join(f"word{number}x" for number in range(20)).split()
    second, third = [*words[:18], "changed", words[19]], [*words[:16], "altered", "once", "changed", words[19]]
    found = find([" ".join(words), " ".join(second), " ".join(third)], tmp_path, likeness=0.93)
    assert [(one.place, one.earlier) for one in found] == [(1, 0)]


def test_languages_without_spaces_and_short_texts(tmp_path):
    japanese = [
        "設定画面で新しい名前を入力してから保存ボタンを押してください",
        "設定画面で新しい名前を入力してから保存ボタンを押して下さい",
    ]
    assert [one.place for one in find(japanese, tmp_path / "ja", lang="ja")] == [1]
    short = ["Save", "Open", "", "Save", "a", "\ud800"]
    assert [(one.place, one.earlier) for one in find(short, tmp_path / "en")] == [(3, 0)]
    assert find([], tmp_path / "none") == []


@pytest.mark.parametrize("size", [1, 7, 100])
def test_windows_and_parts_of_any_size_give_the_same(tmp_path, monkeypatch, size):
    texts = orders(100, seed=3)
    whole = find(texts, tmp_path / "whole", likeness=0.8)
    monkeypatch.setattr(near_duplicates, "AT_ONCE", size)
    monkeypatch.setattr(near_duplicates, "PART", size)
    assert find(texts, tmp_path / "parts", likeness=0.8) == whole
    assert whole
