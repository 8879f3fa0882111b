"""Blinding, the form, sheets and what their mistakes are told."""

import csv
import io
import re

import pytest

from tutelage.core.errors import CorpusError, UsageError
from tutelage.evaluation.rating.blinding import SystemOutputs, blind_outputs, order_for_rater
from tutelage.evaluation.rating.form import render_form
from tutelage.evaluation.rating.ratings import find_conflicts, find_gaps, parse_sheet
from tutelage.evaluation.rating.rubric import CRITERIA, CRITERION_NAMES, SCALE, describe_rubric
from tutelage.evaluation.rating.sheets import BLANK, render_sheet

HOSTILE = "=cmd() </script><script>alert(1)</script> \u202egpj"
OUTPUTS = [
    SystemOutputs(
        f"ident-{number}",
        f"Source {number}.",
        {"big-one": f"One {number}.", "small-one": HOSTILE + str(number), "echo": f"Source {number}."},
    )
    for number in range(40)
]


def sheet_of(blind, *, rater="anna", values=(5, 4, 3, 2)):
    rows = ((item, text, values) for item, texts in order_for_rater(blind, rater=rater) for text in texts)
    return render_sheet(rows, rater=rater)


def test_every_criterion_has_its_steps_in_words():
    assert [len(criterion.anchors) for criterion in CRITERIA] == [len(SCALE)] * 4
    assert "lexical_change: " in describe_rubric() and "  5 = " in describe_rubric()


def test_letters_hide_the_systems():
    blind = blind_outputs(OUTPUTS, seed=1)
    assert blind == blind_outputs(list(reversed(OUTPUTS)), seed=1)
    assert {item.id for item in blind.items} == {one.id for one in OUTPUTS}
    for system in blind.systems:
        counts = [sum(item.find_text(system).letter == letter for item in blind.items) for letter in "ABC"]
        assert sum(counts) == 40 and min(counts) > 3
    assert blind.fingerprint != blind_outputs(OUTPUTS, seed=2).fingerprint


def test_equal_texts_are_shown_once():
    twice = SystemOutputs("1", "s", {"a": "the same", "b": "the  same ", "c": "another"})
    (item,) = blind_outputs([twice]).items
    assert sorted(text.systems for text in item.texts) == [("a", "b"), ("c",)]
    assert item.find_text("b") is item.find_text("a")
    assert [text.letter for text in item.texts] == ["A", "B"]


def test_sources_without_all_outputs_are_left_out():
    blind = blind_outputs([*OUTPUTS[:3], SystemOutputs("x", "s", {"big-one": "t"})], items=2)
    assert (len(blind.items), blind.incomplete) == (2, 1)
    with pytest.raises(CorpusError, match="of every system"):
        blind_outputs([SystemOutputs("1", "s", {"a": "t"}), SystemOutputs("2", "s", {"b": "t"})])
    with pytest.raises(UsageError, match="two systems"):
        blind_outputs([SystemOutputs("1", "s", {"a": "t"})])


def test_every_rater_has_an_order_of_their_own():
    blind = blind_outputs(OUTPUTS, seed=1)
    orders = [order_for_rater(blind, rater=rater) for rater in ("rater-1", "rater-2", "rater-1")]
    numbers = [[item.number for item, _ in order] for order in orders]
    assert numbers[0] == numbers[2] != numbers[1]
    assert sorted(numbers[0]) == sorted(numbers[1])
    firsts = [texts[0].letter for _, texts in orders[0]]
    assert min(firsts.count(letter) for letter in "ABC") > 3


def test_the_form_tells_no_system_and_runs_no_text():
    blind = blind_outputs(OUTPUTS, seed=1)
    page = render_form(order_for_rater(blind, rater="rater-1"), rater="rater-1", fingerprint=blind.fingerprint)
    assert not re.search("big-one|small-one|echo|ident-", page)
    assert page.count("</script>") == 2 and "alert(1)" in page and "\u202e" not in page
    assert "default-src 'none'" in page
    assert not re.search(r"https?://|src=|href=\"", page)


def test_sheets_run_no_formula_and_are_read_back():
    blind = blind_outputs(OUTPUTS[:3], seed=1)
    text = sheet_of(blind)
    cells = [cell for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"))) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    sheet = parse_sheet(text, name="a.csv", blind=blind)
    assert sheet.problems == ()
    assert {rating.values for rating in sheet.ratings} == {(5, 4, 3, 2)}
    assert len(sheet.ratings) == blind.texts == 9
    assert find_gaps(sheet.ratings, blind=blind, allowed=0.0) == []


def test_what_spreadsheets_make_of_a_sheet_is_understood():
    blind = blind_outputs(OUTPUTS[:2], seed=1)
    rows = list(csv.reader(io.StringIO(sheet_of(blind).removeprefix("\ufeff"))))
    stream = io.StringIO()
    csv.writer(stream, delimiter=";").writerows([[cell.replace("5", "5,0") for cell in row] for row in rows])
    sheet = parse_sheet(stream.getvalue(), name="a.csv", blind=blind)
    assert sheet.problems == ()
    assert {rating.values for rating in sheet.ratings} == {(5, 4, 3, 2)}


def edited(text, line, column, value):
    """The sheet with one cell changed; lines count from 1, the header's."""
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    rows[line - 1][rows[0].index(column)] = value
    stream = io.StringIO()
    csv.writer(stream).writerows(rows)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("meaning", "6", "a.csv:3: meaning is '6', not a whole number from 1 to 5."),
        ("meaning", "0", "a.csv:3: meaning is '0', not a whole number from 1 to 5."),
        ("fluency", "3.5", "a.csv:3: fluency is '3.5', not a whole number from 1 to 5."),
        ("fluency", "good", "a.csv:3: fluency is 'good', not a whole number from 1 to 5."),
        ("item", "99", "a.csv:3: there is no item '99' in this set; it has 1 to 3."),
        ("item", "", "a.csv:3: there is no item '' in this set; it has 1 to 3."),
        ("text", "Other.", "was the sheet made by another export?"),
        ("rater", " ", "a.csv:3: the rater has no name."),
    ],
)
def test_mistakes_are_told_with_their_line(column, value, told):
    blind = blind_outputs(OUTPUTS[:3], seed=1)
    (problem,) = parse_sheet(edited(sheet_of(blind), 3, column, value), name="a.csv", blind=blind).problems
    assert told in problem and problem.startswith("a.csv:3: ")


def test_lines_are_counted_where_texts_break_them():
    outputs = [SystemOutputs("1", "a\nb", {"x": "c\nd", "y": "e\n\nf"})]
    blind = blind_outputs(outputs)
    text = sheet_of(blind, values=(9, 1, 1, 1)).replace("\r\n", "\n")
    problems = parse_sheet(text, name="a.csv", blind=blind).problems
    lines = [number for number, line in enumerate(text.split("\n"), start=1) if line.startswith("anna")]
    assert [int(problem.split(":")[1]) for problem in problems] == lines


def test_a_missing_column_is_told():
    sheet = parse_sheet("rater,item,leter,text,meaning,fluency,lexical_change,syntactic_change\n", name="a", blind=None)
    assert sheet.problems == ("a:1: the column 'letter' is missing. Did you mean 'leter'?",)


def test_a_rater_twice():
    blind = blind_outputs(OUTPUTS[:2], seed=1)
    sheets = [parse_sheet(sheet_of(blind), name=name, blind=blind) for name in ("a.csv", "b.csv")]
    assert find_conflicts(sheets[:1]) == []
    problems = find_conflicts(sheets)
    assert len(problems) == 6
    assert "b.csv:2: rater 'anna' rates item" in problems[0] and "first in a.csv:2" in problems[0]


def test_gaps_up_to_an_allowed_share():
    blind = blind_outputs(OUTPUTS[:2], seed=1)
    text = edited(sheet_of(blind), 3, "fluency", "")
    cut = text[: text.rindex("anna")]
    ratings = parse_sheet(cut, name="a.csv", blind=blind).ratings
    (problem,) = find_gaps(ratings, blind=blind, allowed=0.2)
    assert problem.startswith("rater 'anna' left out 5 of 24 ratings (20.8%): ")
    assert "a.csv:3 has no fluency" in problem and "is not there" in problem
    assert find_gaps(ratings, blind=blind, allowed=0.25) == []
    empty = parse_sheet(sheet_of(blind, values=BLANK), name="a.csv", blind=blind).ratings
    assert "24 of 24 ratings (100.0%)" in find_gaps(empty, blind=blind, allowed=0.5)[0]


@pytest.mark.parametrize("digits", ["9" * 5_000, "1" + "0" * 10])
def test_numbers_of_thousands_of_digits_are_told(digits):
    header = f"rater,item,letter,text,{','.join(CRITERION_NAMES)}"
    sheet = parse_sheet(f"{header}\nr,{digits},A,x,1,1,1,1\n", name="s", blind=blind_outputs(OUTPUTS, seed=1))
    assert not sheet.ratings and "there is no item" in sheet.problems[0]


def test_a_header_that_is_no_csv_is_told():
    sheet = parse_sheet('"' + "x" * 200_000, name="s", blind=blind_outputs(OUTPUTS, seed=1))
    assert "s:1: not CSV" in sheet.problems[0]
