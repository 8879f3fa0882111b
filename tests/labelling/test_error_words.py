"""The words that a student gets wrong, out of feedback with error spans."""

import pytest

from tutelage.core.records import ErrorSpan, Feedback, Hypothesis, Provenance, Segment
from tutelage.labelling.error_words import collect_error_words, contains_phrase
from tutelage.methods.patching.settings import PatchingSettings
from tutelage.methods.train_patcher.settings import TrainPatcherSettings


def feedback(name, source, wrong, correction, *, category="accuracy/mistranslation"):
    """Feedback with one error: `wrong` of the source was not translated by `correction`."""
    start = source.index(wrong) if wrong else -1
    end = start + len(wrong) if wrong else -1
    error = ErrorSpan(start, end, 0, 0, category, "major", correction)
    return Feedback(Hypothesis(Segment(name, source, "en"), "x", "student"), (error,), "y", 0.5, Provenance())


def collected(*feedbacks, most=10):
    return [(word.source, word.target) for word in collect_error_words(feedbacks, most=most)]


def test_the_most_frequent_come_first():
    found = collect_error_words(
        [
            feedback("1", "Save the folder", "folder", "pasta"),
            feedback("2", "Open the File", "File", "Arquivo"),
            feedback("3", "Close the file now", "file", "arquivo"),
            feedback("4", "A cookie is set", "cookie", "biscoito"),
        ],
        most=10,
    )
    assert found[0].id == "file→arquivo"
    assert {word.id for word in found[1:]} == {"cookie→biscoito", "folder→pasta"}
    assert found[0].feedback_ids == ("2", "3")
    assert found[0].example == "Open the File"


def test_at_most_so_many():
    rows = [feedback(str(n), f"Open the {word}", word, "xxxx") for n, word in enumerate(["file", "menu", "text"])]
    assert len(collected(*rows, most=2)) == 2


def test_words_that_are_wrong_equally_often_are_not_cut_by_the_alphabet():
    words = [f"{letter}word" for letter in "abcdefghijklmnopqrstuvwxyz"]
    rows = [feedback(word, f"Open the {word}", word, "xxxx") for word in words]
    kept = {source for source, _ in collected(*rows, most=13)}
    assert kept & set(words[:13]) and kept & set(words[13:])
    assert kept == {source for source, _ in collected(*reversed(rows), most=13)}


@pytest.mark.parametrize(
    ("wrong", "correction", "category"),
    [
        ("", "arquivo", "accuracy/mistranslation"),
        ("file", "", "accuracy/addition"),
        ("file", "arquivo", "fluency/spelling"),
        ("the", "o", "accuracy/mistranslation"),
        ("%s", "%s", "accuracy/mistranslation"),
        ("Open the file with", "Abra o arquivo com", "accuracy/mistranslation"),
        ("file", "de um", "accuracy/mistranslation"),
    ],
    ids=["no place", "no correction", "spelling", "function word", "placeholder", "four words", "short correction"],
)
def test_what_is_no_word_is_left_out(wrong, correction, category):
    assert collected(feedback("1", "Open the file with %s", wrong, correction, category=category)) == []


def test_a_phrase_of_three_words_is_kept():
    assert collected(feedback("1", "Log in to it", "Log in to", "Entre")) == []  # no word of four letters
    assert collected(feedback("1", "Sign in twice", "Sign in twice", "Entre duas vezes")) == [
        ("sign in twice", "entre duas vezes")
    ]


def test_feedback_that_found_nothing_wrong_gives_nothing():
    right = Feedback(Hypothesis(Segment("1", "Open", "en"), "Abra", "student"), (), None, 1.0, Provenance())
    assert collected(right) == []


@pytest.mark.parametrize(
    ("text", "phrase", "held"),
    [
        ("Open the File.", "file", True),
        ("Open the profile", "file", False),
        ("Two files", "file", False),
        ("the file-name", "file", True),
        ("Faça o não-óbvio", "não", True),
        ("canção", "ção", False),
        ("Use c++ here", "c++", True),
        ("", "file", False),
    ],
)
def test_phrases_stand_as_whole_words(text, phrase, held):
    assert contains_phrase(text, phrase) is held


def test_paper_mode_has_no_limits_of_ours():
    """Long spans, function words and grammar were left out under the paper's name too."""
    rows = [
        feedback("1", "Open the file with care now", "Open the file with care", "Abra o arquivo com cuidado"),
        feedback("2", "Save the file", "the", "o", category="fluency/grammar"),
        feedback("3", "Save the file", "", "arquivo"),
        feedback("4", "Save the file", "file", " ", category="accuracy/addition"),
    ]
    assert collect_error_words(rows) == []
    found = {(word.source, word.target) for word in collect_error_words(rows, mode="paper")}
    assert found == {("open the file with care", "abra o arquivo com cuidado"), ("the", "o")}


def test_the_number_of_words_is_limited_by_the_recipe_or_in_strict_mode():
    assert (PatchingSettings().most_error_words, PatchingSettings().most_analogies) == (500, 500)
    paper = PatchingSettings(mode="paper")
    assert (paper.most_error_words, paper.most_analogies) == (None, None)
    assert PatchingSettings(mode="paper", contexts={"max_errors": 7}).most_error_words == 7
    assert (TrainPatcherSettings().most_error_words, TrainPatcherSettings(mode="paper").most_error_words) == (
        2000,
        None,
    )
