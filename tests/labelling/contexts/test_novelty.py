"""Sentences that are in a test set, in the pool, or given already."""

from tutelage.corpora.leakage import LeakageIndex
from tutelage.labelling.contexts.novelty import Novelty


def novelty(*, held_back=(), **given):
    index = LeakageIndex.of((f"t{n}", text) for n, text in enumerate(held_back))
    return Novelty(held_back=index, **{"pool": (), **given})


def faults(known, *texts, word="file→arquivo"):
    return [known.fault(text, sentence_id=f"s{n}", word_id=word) for n, text in enumerate(texts)]


def test_each_reason_by_hand():
    known = novelty(held_back=["Close the file."], pool=["Open the file."], earlier=["Move the file."])
    texts = (
        "close the file",
        "OPEN the file!",
        "Move, the file",
        "Print the file.",
        "print the FILE",
        "Save the file.",
    )
    assert faults(known, *texts) == ["in_test_set", "in_pool", "duplicate", None, "duplicate", None]


def test_nearly_what_a_test_set_holds_is_in_it():
    known = novelty(held_back=["Please open the new file with the old program now."])
    assert faults(known, "Please open the new file with the old program today.") == ["in_test_set"]


def test_two_sentences_for_one_word_must_differ_by_more_than_a_letter():
    known = novelty()
    first, second = "The file was moved into another folder.", "The files were moved into another folder!"
    third = "The file was moved into another folders."
    assert faults(known, first, third, second) == [None, "near_duplicate", None]
    assert faults(known, third, word="folder→pasta") == [None]


def test_the_paper_looks_for_the_same_sentence_only():
    known = novelty(near=False)
    texts = ("The file was moved into another folder.", "The file was moved into another folders.")
    assert faults(known, *texts, texts[0]) == [None, None, "duplicate"]
