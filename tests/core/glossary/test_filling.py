"""Targets of terms in the terms' places, and what of a student's search is told."""

import pytest

from tutelage.core.glossary.filling import fill_terms
from tutelage.core.glossary.glossary import Glossary
from tutelage.core.glossary.keeping import TermKeeping, TermTally
from tutelage.core.glossary.terms import Term
from tutelage.core.languages import Direction
from tutelage.core.protection.spans import ALL, FlaggedText, find_protected, frameworks_of
from tutelage.core.protection.translation import Guard, translate_guarded
from tutelage.core.protocols import Scored

GLOSSARY = Glossary.of(
    [
        Term("file", "arquivo"), Term("network printer", "impressora em rede"),
        Term("menu", "lista", forbidden=True), Term("USB", "USB"),
    ],
    Direction("en", "pt-BR"),
)  # fmt: skip


def test_targets_stand_where_the_terms_stood_and_are_protected():
    filled = fill_terms("Files for {file} on network printers, menu", GLOSSARY, ALL)
    assert filled.text == "Arquivo for {file} on impressora em rede, menu"
    spans = [span.text for span in find_protected(filled.text, filled.protection)]
    assert spans == ["Arquivo", "{file}", "impressora em rede"]
    assert fill_terms("nothing here", GLOSSARY, ALL).protection == ALL


def test_flags_of_a_file_stay():
    filled = fill_terms(FlaggedText("file %s", frozenset({"c"})), GLOSSARY, ALL)
    assert frameworks_of(filled.text) == {"c"}


def answer(text, model):
    guard = Guard(ALL, fills=TermKeeping(GLOSSARY, "fill"))
    work = translate_guarded(text, guard)
    asked = next(work)
    while True:
        try:
            asked = work.send([Scored(model(one.text)) for one in asked])
        except StopIteration as done:
            return done.value


def test_a_model_that_copies_masks_keeps_every_term():
    outcome = answer("Save the file.", lambda text: text.replace("Save the", "Salve o"))
    assert outcome.text == "Salve o arquivo." and not outcome.lost


def test_a_model_that_loses_masks_is_told():
    outcome = answer("Save the file.", lambda text: "Salve." if "X1X" in text or "arquivo" in text else "Salve o")
    assert "arquivo" in outcome.text, "it is translated around its spans"


def test_a_text_that_is_a_term_is_not_asked_about():
    with pytest.raises(StopIteration) as done:
        next(translate_guarded("Files", Guard(ALL, fills=TermKeeping(GLOSSARY, "fill"))))
    assert done.value.value.text == "Arquivo"


def test_the_tally_tells_how_many_are_kept_and_the_first_that_is_not():
    tally = TermTally()
    assert tally.note() == ""
    tally.count(GLOSSARY, "Save the file", "Salve o arquivo")
    tally.count(GLOSSARY, "Open files on a network printer", "Abra os arquivos")
    assert tally.note() == (
        "2 of 3 terms kept; the first that is not: 'network printer' of 'Open files on a network printer'"
    )
    tally.lacking, tally.mended = 4, 3
    assert ", 3 of 4 by searching again;" in tally.note()
