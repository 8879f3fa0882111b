"""Feedback that a glossary gives: spans of what breaks it, and the order in which it joins a teacher's."""

from tutelage.core.glossary.glossary import Glossary
from tutelage.core.glossary.terms import Place, Term
from tutelage.core.languages import Direction
from tutelage.core.records import Feedback, Hypothesis, Provenance, Segment
from tutelage.labelling.error_words import collect_error_words
from tutelage.labelling.feedback.terms import in_order, term_feedback, wrong_place

GLOSSARY = Glossary.of(
    [Term("file", "arquivo"), Term("file", "ficheiro", forbidden=True), Term("hard disk", "disco rígido")],
    Direction("en", "pt-BR"),
)


def hypothesis(source, text, name="1"):
    return Hypothesis(Segment(name, source, "en"), text, "student")


def test_an_error_for_each_broken_term_with_its_places_and_its_correction():
    given = hypothesis("Copy files to the hard disk.", "Copie ficheiros para a unidade agora.")
    found = term_feedback(given, "Copie arquivos para o disco rígido agora.", glossary=GLOSSARY)
    assert found.flagged and 0 < found.quality < 1
    shown = [
        (
            given.segment.text[one.source_start : one.source_end],
            given.text[one.target_start : one.target_end],
            one.correction,
        )
        for one in found.errors
    ]
    assert shown == [("files", "ficheiros", "arquivos"), ("hard disk", "a unidade", "disco rígido")]
    assert found.errors[0].explanation == "the glossary has 'file' as 'arquivo' and forbids 'ficheiro'"


def test_a_term_that_was_left_out_has_an_empty_place():
    assert wrong_place("Copie para lá", "Copie arquivos para lá", Place(6, 14)) == Place(5, 5)
    assert wrong_place("", "arquivo", Place(0, 7)) == Place(0, 0)


def test_terms_come_before_more_frequent_words():
    def feedback(name, source, word, right):
        start = source.index(word)
        one = term_feedback(hypothesis(source, "x", name), right, glossary=GLOSSARY)
        error = term_feedback(hypothesis("file", "x"), "arquivo", glossary=GLOSSARY).errors[0]
        import dataclasses

        error = dataclasses.replace(error, source_start=start, source_end=start + len(word), correction=right)
        return dataclasses.replace(one, errors=(error,))

    rows = [feedback(str(n), "the window", "window", "janela") for n in range(3)]
    rows.append(feedback("9", "the file", "file", "arquivo"))
    assert [word.source for word in collect_error_words(rows)] == ["window", "file"]
    assert [word.source for word in collect_error_words(rows, glossary=GLOSSARY, most=1)] == ["file"]


def test_feedback_of_both_comes_in_the_order_of_the_hypotheses():
    rows = [hypothesis("x", "y", name) for name in "abcde"]
    verdicts = [Feedback(one, (), None, 1.0, Provenance()) for one in rows]
    settled, judged = {"b": verdicts[1], "d": verdicts[3]}, [verdicts[0], verdicts[4]]
    assert [one.id for one in in_order(rows, settled, judged)] == ["a", "b", "d", "e"]
