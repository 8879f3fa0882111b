"""Term accuracy by hand; the bootstrap draws words; the paired difference; direct generation against feedback."""

import pytest

from tutelage.core.errors import CorpusError
from tutelage.core.records import Feedback, Hypothesis, Pair, Provenance, Segment
from tutelage.evaluation.direct_and_feedback import compare_direct_and_feedback, corrected_texts
from tutelage.evaluation.term_accuracy import compare_words, mark_by_judge, mark_by_text, score_words
from tutelage.evaluation.term_matching import SubstringMatcher, WordMatcher
from tutelage.evaluation.word_lists import WordItem

BOTH = (mark_by_text(SubstringMatcher()), mark_by_text(WordMatcher()))


def item(number, word, translation, *, sightings=0, contexts=0):
    pair = Pair(Segment(f"s{number}", f"The {word}", "en"), Segment(f"s{number}", f"O {translation}", "pt"))
    return WordItem(f"s{number}#{word}", word, (translation,), pair, sightings, contexts)


ITEMS = [
    item(1, "file", "arquivo"),
    item(2, "file", "arquivo"),
    item(3, "menu", "menu", sightings=1, contexts=1),
    item(4, "disk", "disco", sightings=2, contexts=2),
]


def outputs(*texts):
    return {one.id: text for one, text in zip(ITEMS, texts, strict=True)}


def score(texts, markings=BOTH, **options):
    scored = score_words(ITEMS, outputs(*texts), markings=markings, system="x", system_signature="x:1", **options)
    return {(one.test, score.name): score for one in scored for score in one.scores}


def test_accuracy_by_hand():
    found = score(["os Arquivos", "o arquivo", "a carta", "disco"])
    values = {key: (one.value, one.n) for key, one in found.items() if "context," not in key[0]}
    assert values == {
        ("all", "term_accuracy_substring"): (75.0, 4),
        ("all", "term_accuracy_word"): (50.0, 4),
        ("unseen word", "term_accuracy_substring"): (100.0, 2),
        ("unseen word", "term_accuracy_word"): (50.0, 2),
        ("unseen context", "term_accuracy_substring"): (50.0, 2),
        ("unseen context", "term_accuracy_word"): (50.0, 2),
    }
    assert found["all", "term_accuracy_word"].signature.startswith("term_accuracy|match:word|case:lc|unit:word|items:")


def test_items_of_one_word_are_drawn_together():
    # one word, half of whose items are right: every resample is the same word again, so there is no interval to tell
    found = score(["arquivo", "nada", "menu", "disco"])["unseen word", "term_accuracy_word"]
    assert (found.value, found.low, found.high, found.n) == (50.0, None, None, 2)


def test_an_output_that_is_missing_is_told():
    incomplete = dict.fromkeys([one.id for one in ITEMS[:3]], "x")
    with pytest.raises(CorpusError, match=r"no output for 1 of 4 items: s4#disk"):
        score_words(ITEMS, incomplete, markings=BOTH, system="x", system_signature="")
    with pytest.raises(CorpusError, match="no word to score"):
        score_words([], {}, markings=BOTH, system="x", system_signature="")


def test_a_judge_is_asked_once_an_item_and_may_abstain():
    asked = []

    def judge(one, text):
        asked.append(one.id)
        return None if text == "?" else text == "right"

    found = score(["right", "wrong", "?", "right"], markings=[mark_by_judge(judge, signature="me:1")])
    assert asked == [one.id for one in ITEMS]
    assert (found["all", "term_accuracy_judge"].value, found["all", "term_accuracy_judge"].n) == (
        pytest.approx(200 / 3),
        3,
    )
    assert "judge:me:1" in found["all", "term_accuracy_judge"].signature
    assert ("unseen context, 1", "term_accuracy_judge") not in found


def test_paired_comparison_by_group():
    before, after = outputs("x", "x", "menu", "x"), outputs("arquivo", "arquivo", "menu", "x")
    found = compare_words(ITEMS, before, after=after, markings=BOTH[:1])
    differences = {one.test: (one.before, one.after, one.difference, one.n) for one in found}
    assert differences["all"] == (25.0, 75.0, 50.0, 4)
    assert differences["unseen context"] == (50.0, 50.0, 0.0, 2)
    assert differences["unseen word"] == (0.0, 100.0, 100.0, 2)


def feedback(number, hypothesis, post_edit):
    made = Hypothesis(ITEMS[number - 1].pair.source, hypothesis, "student")
    return Feedback(made, (), post_edit, None, Provenance())


def test_direct_generation_against_feedback():
    direct = {"s1": "o ficheiro", "s2": "o arquivo", "s4": "o prato"}
    corrected = corrected_texts([feedback(1, "x", "o arquivo"), feedback(2, "o arquivo", None), feedback(3, "x", None)])
    assert corrected == {"s1": "o arquivo", "s2": "o arquivo", "s3": "x"}
    found = compare_direct_and_feedback(ITEMS, direct=direct, post_edits=corrected, marking=BOTH[0])
    assert (found.direct.value, found.feedback.value, found.left_out) == (50.0, 100.0, 2)
    assert (found.comparison.difference, found.comparison.n) == (50.0, 2)
    with pytest.raises(CorpusError, match="no item has both"):
        compare_direct_and_feedback(ITEMS, direct=direct, post_edits={}, marking=BOTH[0])
    undecided = mark_by_judge(lambda _item, _text: None, signature="none")
    with pytest.raises(CorpusError, match="could decide no item"):
        compare_direct_and_feedback(ITEMS, direct=direct, post_edits=corrected, marking=undecided)
