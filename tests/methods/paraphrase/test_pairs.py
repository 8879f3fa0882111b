"""The stage `pairs` on answers made by hand, with an embedder and a parser that are tables."""

import numpy as np
import pytest

from tutelage.core.records import Paraphrases, Provenance, Rejection, Segment
from tutelage.core.syntax import SyntaxTree
from tutelage.corpora.language_id import LangidIdentifier
from tutelage.corpora.leakage import LeakageIndex
from tutelage.methods.paraphrase import pairs as stage
from tutelage.methods.paraphrase.faults import read_forbidden
from tutelage.methods.paraphrase.pairs import filter_paraphrases
from tutelage.methods.paraphrase.settings import ParaphraseFilterSettings

FAR = "The old window of the house is broken."
"""Of another meaning for the embedder below."""


class TableEmbedder:
    """Vectors by a table: one direction for every text but those that are far."""

    signature = "table"

    def __init__(self, *far):
        self.far = far or (FAR,)
        self.asked = []

    def embed(self, texts):
        self.asked.append(list(texts))
        rows = [(0.6, 0.8) if text in self.far else (1.0, 0.0) for text in texts]
        return np.array(rows, dtype=np.float32)


class TableParser:
    """A tree of two nodes for every sentence, of three with `opens` in it, and none with `unparsed`."""

    signature = "table"

    def parse(self, texts):
        for text in texts:
            leaves = (SyntaxTree("NP"),) * (2 if "opens" in text else 1)
            yield None if "unparsed" in text else SyntaxTree("S", leaves)


def answer(number, text, *paraphrases):
    segment = Segment(f"s{number}", text, "en", document="d")
    return Paraphrases(segment, paraphrases, Provenance(teacher="t", prompt_version="p-1", role="paraphrase"))


def run(answers, *, embedder=None, parser=None, held_back=None, **settings):
    settings = {"max_overlap": None, "min_length": None, "max_length": None, **settings}
    return list(
        filter_paraphrases(
            answers,
            ParaphraseFilterSettings(**settings),
            forbidden=read_forbidden(settings.get("forbidden_words")),
            embedder=embedder,
            parser=parser,
            identifier=LangidIdentifier(),
            held_back=held_back,
        )
    )


def reasons(outcomes):
    return [outcome.reason if isinstance(outcome, Rejection) else "" for outcome in outcomes]


def test_paraphrases_are_numbered_within_their_source_over_all_answers():
    outcomes = run(
        [answer(1, "It is old.", "Old it is!", "Its age is high."), answer(1, "It is old.", "That is aged.")]
    )
    assert [one.id for one in outcomes] == ["s1#1", "s1#2", "s1#3"]
    assert reasons(outcomes) == ["", "", ""]
    pair = outcomes[2]
    assert (pair.source.id, pair.target.id, pair.target.text, pair.target.document) == (
        "s1", "s1#3", "That is aged.", "d",
    )  # fmt: skip
    assert (pair.provenance.origin, pair.provenance.parents, pair.provenance.teacher) == ("pairs", ("s1",), "t")
    assert pair.meaning is None
    assert pair.syntactic is None


def test_duplicates_within_a_source_and_across():
    answers = [
        answer(1, "It is old.", "That is aged.", "that is aged"),
        answer(2, "It has grown old.", "That is aged.", "Its age is high."),
        answer(1, "It is old.", "That is aged!"),
    ]
    assert reasons(run(answers)) == ["", "duplicate", "written_for_another", "", "duplicate"]
    assert reasons(run(answers, duplicates=False)) == ["", "", "", "", ""]


def test_what_a_filter_drops_is_no_first_one():
    """A text that was refused for one source can still be written for another."""
    answers = [answer(1, "It is 2 years old.", "That is aged."), answer(2, "It is old.", "That is aged.")]
    assert reasons(run(answers)) == ["numbers_changed", ""]


@pytest.mark.parametrize("size", [1, 512])
def test_what_the_floor_drops_is_no_first_one(monkeypatch, size):
    monkeypatch.setattr(stage, "CHUNK", size)
    far = "A window of the house was broken long ago."
    answers = [answer(1, "It is old.", FAR, FAR), answer(2, far, FAR), answer(3, "It is aged.", FAR, "Old it is.")]
    near = TableEmbedder(far, FAR)
    expected = ["meaning_changed", "meaning_changed", "", "meaning_changed", ""]
    assert reasons(run(answers, embedder=near, meaning_floor=0.7, negation=False)) == expected
    unlimited = run(answers, embedder=near, meaning_floor=None, negation=False)
    assert reasons(unlimited) == ["", "duplicate", "written_for_another", "written_for_another", ""]


def test_the_floor_is_of_the_cosine_and_order_is_kept(monkeypatch):
    monkeypatch.setattr(stage, "CHUNK", 2)
    embedder = TableEmbedder()
    answers = [answer(1, "It is old.", "It is old!", FAR, "That is aged.")]
    outcomes = run(answers, embedder=embedder, meaning_floor=0.61)
    assert reasons(outcomes) == ["copied", "meaning_changed", ""]
    assert outcomes[1].raw == f"It is old.\t{FAR}"
    assert outcomes[2].meaning == pytest.approx(1.0)
    assert embedder.asked == [["It is old.", FAR], ["It is old.", "That is aged."]], "what is dropped is not embedded"
    kept = run(answers, embedder=embedder, meaning_floor=0.59)[1]
    assert kept.meaning == pytest.approx(0.6)


def test_chunks_change_nothing(monkeypatch):
    texts = ["That is aged.", FAR, "It is old!", "Its age is high.", "Nobody made it lately.", "", "Old it is, this."]
    answers = [answer(number, f"It is old, said number {word}.", *texts) for number, word in enumerate("abc")]
    settings = {"embedder": TableEmbedder(), "meaning_floor": 0.7, "negation": False}
    whole = run(answers, **settings)
    monkeypatch.setattr(stage, "CHUNK", 3)
    assert run(answers, **settings) == whole
    assert len(whole) == 21


def test_test_text_is_not_learned_as_a_paraphrase():
    held_back = LeakageIndex.of([("t1", "Nobody knows how old the house by the river is.")])
    answers = [answer(1, "The age of it is not known.", "Nobody knows how old the house by the river is.")]
    assert reasons(run(answers, held_back=held_back)) == ["in_test_set"]


def test_another_language_and_forbidden_words(tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("damned\n")
    spanish = "no se ha podido abrir, por desgracia, lo que usted busca."
    answers = [answer(1, "Sadly the file was not opened.", spanish, "The damned file was not opened, sadly enough.")]
    assert reasons(run(answers, forbidden_words=str(words))) == ["wrong_language", "forbidden_word"]
    assert reasons(run(answers, language=False)) == ["", ""]


def test_distances_are_those_of_the_evaluation():
    from sacrebleu.metrics.bleu import BLEU

    source, target = "the old file opens in the window", "in the window the old file is opened"
    (pair,) = run([answer(1, source, target)], parser=TableParser())
    expected = 100 - BLEU(effective_order=True).sentence_score(target, [source]).score
    assert pair.lexical == pytest.approx(expected)
    assert pair.syntactic == pytest.approx(100 / 5), "one node more in trees of 3 and of 2"


def test_a_sentence_without_a_parse_has_no_syntactic_distance():
    outcomes = run([answer(1, "it is old", "that is aged", "unparsed words")], parser=TableParser())
    assert [pair.syntactic for pair in outcomes] == [0.0, None]
