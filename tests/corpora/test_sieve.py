"""Rows that are sifted by workers, who see parts of them: what is kept and dropped, and in which order, is the same."""

import pickle

import pytest

from row_works import ElsewhereRunner
from tutelage.core.recipe import FilterSettings
from tutelage.core.records import Pair, Provenance, Rejection, Segment
from tutelage.core.runner import LOCAL
from tutelage.corpora.filters import TextFilter
from tutelage.corpora.held_back import HeldText
from tutelage.corpora.language_id import LangidIdentifier
from tutelage.corpora.leakage import LeakageIndex

TEXTS = [
    "Open the file that was closed yesterday.",
    "",
    "O ficheiro que foi fechado ontem não pode ser aberto outra vez.",
    "open the file  that was closed yesterday.",
    "The printer is out of paper and must be filled.",
    "Restart the server",
    "The printer is out of \x01 paper.",
    "O FICHEIRO que foi fechado ontem não pode ser aberto outra vez.",
    "Restart the server!",
    "Nothing of this is in a test set, as far as anybody knows.",
    "Restart the server",
]
HELD = HeldText(
    LeakageIndex.of([("t1", "The printer is out of paper and must be filled."), ("t2", "Restart server")]), "s"
)


def segments():
    for number, text in enumerate(TEXTS):
        if number in (1, 4):
            yield Rejection(f"line {number}", "pool", "bad_line")
        yield Segment(str(number), text, "en", provenance=Provenance(origin=f"file:{number}"))
    yield Rejection("line 99", "pool", "bad_line")


def pairs():
    for row in segments():
        text = "" if isinstance(row, Rejection) else row.text
        target = Segment(row.id, text.replace("the", "o").replace("Restart", "Reinicie"), "pt")
        yield row if isinstance(row, Rejection) else Pair(row, target, row.provenance)


FILTER = TextFilter(FilterSettings(), LangidIdentifier(), ("pt",))


@pytest.mark.parametrize("settings", [FilterSettings(), FilterSettings(duplicates=False, language=False)])
@pytest.mark.parametrize("rows_per_part", [1, 3, 100])
def test_parts_of_the_rows_are_sifted_as_all_of_them(settings, rows_per_part):
    filters, elsewhere = TextFilter(settings, FILTER.identifier, ("pt",)), ElsewhereRunner(rows_per_part)
    both = HeldText(HELD.index, "s", both_sides=True)
    for sift, rows, held in ((filters.segments, segments, HELD), (filters.pairs, pairs, both)):
        here = list(sift(rows(), without=held, runner=LOCAL))
        assert list(sift(rows(), without=held, runner=elsewhere)) == here
        assert len(here) == len(TEXTS) + 3
    assert list(filters.segments([], runner=elsewhere)) == []


def test_reasons_are_told_in_their_order():
    found = list(FILTER.segments(segments(), without=HELD))
    told = {one.id: (one.stage, one.reason) for one in found if isinstance(one, Rejection)}
    assert told == {
        "line 1": ("pool", "bad_line"),
        "line 4": ("pool", "bad_line"),
        "line 99": ("pool", "bad_line"),
        "1": ("filters", "empty"),
        "2": ("filters", "wrong_language"),
        "3": ("filters", "duplicate"),
        "4": ("s", "in_test_set"),
        "5": ("s", "in_test_set"),
        "6": ("filters", "control_characters"),
        "7": ("filters", "duplicate"),
        "8": ("s", "in_test_set"),
        "10": ("filters", "duplicate"),
    }
    assert [one.id for one in found][:4] == ["0", "line 1", "1", "2"]


def test_rows_are_sifted_as_they_come():
    read = []
    outcomes = FILTER.segments((read.append(one) or one for one in segments()), without=HELD)
    assert next(outcomes).id == "0" and len(read) == 1


def test_an_index_is_made_anew_by_another_process_whose_strings_have_other_hashes():
    make, arguments = HELD.index.__reduce__()
    assert arguments == ([("t1", "The printer is out of paper and must be filled."), ("t2", "Restart server")],)
    assert make(*arguments).find("x", "Restart the server") is not None
    assert pickle.loads(pickle.dumps(HELD)).holds([("The printer is out of paper and must be refilled.", "en")])


def test_an_identifier_is_loaded_anew_with_its_floors():
    sent = pickle.loads(pickle.dumps(LangidIdentifier(min_words=3, min_confidence=0.5)))
    assert (sent.min_words, sent.min_confidence) == (3, 0.5)
    assert sent.identify(TEXTS[2], among=("en", "pt")).lang == "pt"


def test_a_language_that_the_identifier_does_not_know_lets_no_wrong_one_through():
    filters = TextFilter(FilterSettings(), FILTER.identifier, ("pt", "gn"))
    dropped = [one for one in filters.segments(segments()) if isinstance(one, Rejection)]
    assert [one.id for one in dropped if one.reason == "wrong_language"] == ["2"]
