"""Pieces of text: nothing is lost, and the marks are where they belong."""

import pytest

from tutelage.core.records import ErrorSpan
from tutelage.evaluation.marked_text import describe_error, mark_changes, mark_hypothesis, mark_source


def error(start, end, severity="major", correction="x"):
    return ErrorSpan(start, end, start, end, "mistranslation", severity, correction)


def kinds(pieces):
    return [(piece.text, piece.kind) for piece in pieces]


def test_spans_are_cut_out():
    pieces = mark_hypothesis("um dois tres", errors=[error(3, 7)])
    assert kinds(pieces) == [("um ", ""), ("dois", "major"), (" tres", "")]
    assert pieces[1].title == "major mistranslation → x"


def test_the_gravest_of_overlapping_spans_wins():
    pieces = mark_hypothesis("abcdef", errors=[error(2, 4, "critical"), error(0, 6, "minor")])
    assert kinds(pieces) == [("ab", "minor"), ("cd", "critical"), ("ef", "minor")]


@pytest.mark.parametrize("span", [(-3, 2), (4, 99), (3, 3), (5, 2), (90, 99)])
def test_spans_beyond_the_text_do_no_harm(span):
    pieces = mark_source("abcdef", errors=[error(*span)])
    assert "".join(piece.text for piece in pieces) == "abcdef"


def test_an_unknown_severity_looks_minor():
    assert kinds(mark_hypothesis("ab", errors=[error(0, 2, "Terrible")])) == [("ab", "minor")]
    assert mark_hypothesis("", errors=[error(0, 2)]) == ()


def test_changes_keep_both_texts_whole():
    before, after = "Clique no ícone do lixo para %(pasta)s.", "Clique no ícone da lixeira para %(folder)s."
    pieces = mark_changes(before, after=after)
    assert "".join(p.text for p in pieces if p.kind != "inserted") == before
    assert "".join(p.text for p in pieces if p.kind != "deleted") == after
    assert kinds(pieces) == [
        ("Clique no ícone ", ""),
        ("do lixo", "deleted"),
        ("da lixeira", "inserted"),
        (" para ", ""),
        ("%(pasta)s", "deleted"),
        ("%(folder)s", "inserted"),
        (".", ""),
    ]


def test_equal_texts_have_one_plain_piece():
    assert kinds(mark_changes("mesmo texto", after="mesmo texto")) == [("mesmo texto", "")]


def test_the_explanation_is_told():
    assert describe_error(ErrorSpan(0, 1, 0, 1, "", "minor", "", "why")) == "minor: why"
