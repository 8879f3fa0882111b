"""What roles tell of a glossary: the terms that occur, and nothing if none does."""

import pytest

from tutelage.core.glossary.glossary import Glossary
from tutelage.core.glossary.terms import Term
from tutelage.core.languages import Direction
from tutelage.core.records import Hypothesis, Segment
from tutelage.labelling.groups import Group
from tutelage.labelling.roles.editing import EditRole
from tutelage.labelling.roles.feedback import GiveFeedback
from tutelage.labelling.roles.terms import TOLD, tell_terms
from tutelage.labelling.roles.translation import TranslateMany, TranslateRole

EN_PT = Direction("en", "pt-BR")
GLOSSARY = Glossary.of(
    [
        Term("file", "arquivo", "noun"), Term("file", "documento", "noun"), Term("file", "ficheiro", forbidden=True),
        Term("Word", "Word", is_kept=True, match_case=True), Term("menu", "lista", forbidden=True),
    ],
    EN_PT,
)  # fmt: skip
LINE = "file (noun): arquivo, or documento; not ficheiro"


def hypothesis(source):
    return Hypothesis(Segment("1", source, "en"), "x", "student")


def test_only_what_occurs_is_told_each_term_once():
    told = tell_terms("Translate.", ["Open files in Word", "the FILE", "a menu"], GLOSSARY)
    assert told == f"Translate.\n\n{TOLD}\n<terms>\n{LINE}\nWord: not translated\nmenu: not lista\n</terms>"
    assert tell_terms("Translate.", ["Hello"], GLOSSARY) == tell_terms("Translate.", ["file"], None) == "Translate."


@pytest.mark.parametrize(
    ("make", "item"),
    [
        (lambda **given: TranslateRole(EN_PT, **given), lambda text: Segment("1", text, "en")),
        (lambda **given: TranslateMany(EN_PT, most=2, **given), lambda text: Group((Segment("1", text, "en"),))),
        (lambda **given: EditRole(EN_PT, **given), hypothesis),
        (lambda **given: GiveFeedback(EN_PT, **given), hypothesis),
    ],
)
def test_every_role_that_sees_a_source_tells_its_terms(make, item):
    plain, told = make(), make(glossary=GLOSSARY)
    assert plain.render(item("Hello")) == told.render(item("Hello")), "without a term the question is the same"
    assert LINE in told.render(item("Open the file"))[0].content
    assert plain.signature != told.signature
    assert told.signature == make(glossary=Glossary.of(GLOSSARY.terms, EN_PT)).signature
