"""Sentences retrieved for the words that the student got wrong."""

from tutelage.core.records import Segment
from tutelage.labelling.contexts.retrieval import retrieve
from tutelage.labelling.error_words import ErrorWord


def error(source, target="x"):
    return ErrorWord(source, target, ("f1",), "")


def segments(*texts):
    return [Segment(f"s{number}", text, "en") for number, text in enumerate(texts)]


def found(errors, *texts, pool=(), wanted=2):
    contexts = retrieve(errors, segments(*texts), pool=segments(*pool), wanted=wanted)
    return [(context.error.source, context.segment.text) for context in contexts]


def test_sentences_with_the_word_as_it_stands():
    texts = (
        "Please open the file now",
        "Your profile is not public",
        "Close the (file) and leave",
        "No such thing here",
    )
    assert found([error("file")], *texts) == [("file", texts[0]), ("file", texts[2])]


def test_at_most_so_many_for_each_word():
    texts = [f"This is file number {n}" for n in range(5)] + [f"This is user number {n}" for n in range(5)]
    taken = found([error("file"), error("user")], *texts, wanted=3)
    assert taken == [("file", text) for text in texts[:3]] + [("user", text) for text in texts[5:8]]


def test_none_is_in_the_pool_and_none_comes_twice():
    texts = ("Open the file here now", "open THE file here now", "Another file is in use")
    assert found([error("file")], *texts) == [("file", texts[0]), ("file", texts[2])]
    assert found([error("file")], *texts, pool=["OPEN the file here now"]) == [("file", texts[2])]


def test_too_short_and_too_long_ones_are_passed_over():
    long = " ".join(["file"] * 41)
    assert found([error("file")], "Open file now", long, "Open the file now") == [("file", "Open the file now")]


def test_a_phrase_must_stand_whole():
    texts = ("You can log it in there", "You can log in to it there", "Log into it from there")
    assert found([error("log in to")], *texts) == [("log in to", texts[1])]


def test_a_sentence_with_two_words_serves_one_of_them():
    texts = ("Open the file of this user", "Show the file to the user")
    assert found([error("user"), error("file")], *texts, wanted=1) == [("file", texts[0]), ("user", texts[1])]


def test_two_corrections_of_one_word_share_the_sentences():
    texts = [f"This is file number {n}" for n in range(4)]
    contexts = list(retrieve([error("file", "a"), error("file", "b")], segments(*texts), pool=[], wanted=2))
    assert [context.error.target for context in contexts] == ["a", "a", "b", "b"]


def test_the_text_is_read_once_and_only_as_far_as_needed():
    read = []

    def stream():
        for segment in segments(*[f"This is file number {n}" for n in range(10)]):
            read.append(segment.id)
            yield segment

    contexts = retrieve([error("file")], stream(), pool=[], wanted=9)
    assert next(contexts).segment.id == "s0"
    assert read == ["s0"]
    assert len(list(contexts)) == 8
    assert len(read) == len(set(read)) == 10


def test_no_errors_no_sentences():
    assert found([], "Open the file here now") == []
