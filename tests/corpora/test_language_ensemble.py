"""The vote of several identifiers and the script."""

import pytest

from tutelage.core.protocols import IdentifiedLanguage
from tutelage.corpora.language_ensemble import EnsembleIdentifier
from tutelage.corpora.language_id import ScriptAwareIdentifier

LATIN = "five words in latin letters"


class Says(ScriptAwareIdentifier):
    """Finds one language, or nothing; `only_asked` finds it only where it was asked about."""

    name = "says"

    def __init__(self, lang, *, confidence=0.9, only_asked=False):
        super().__init__(min_words=3)
        self.knows_others = not only_asked
        self.lang, self.confidence, self.only_asked = lang, confidence, only_asked

    def knows(self, lang):
        return not self.only_asked or lang == self.lang

    def label(self, text):
        return self.lang

    def _classify(self, text, languages):
        if self.lang is None or (self.only_asked and self.lang not in languages):
            return None
        return IdentifiedLanguage(self.lang, self.confidence)


def elect(*members, text=LATIN, among=("en", "pt")):
    members = [one if isinstance(one, Says) else Says(one) for one in members]
    found = EnsembleIdentifier(members).identify(text, among=among)
    return found.lang if found else None


@pytest.mark.parametrize(
    ("members", "lang"),
    [
        (("pt", "pt"), "pt"),
        (("pt", "en"), None),
        (("pt", None), None),
        (("pt", "pt", None), "pt"),
        ((None, None), None),
        (("pt", "pt", "en"), "pt"),
        (("pt", "en", "es"), None),
        (("pt", None, None), None),
        (("ru", "ru", None), None),  # the script votes against it: two of four
        (("ru", "ru"), "ru"),
    ],
)
def test_a_language_needs_a_majority(members, lang):
    assert elect(*members) == lang


def test_few_words_need_all_members():
    assert elect("pt", "pt", text="only three words") == "pt"
    assert elect("pt", None, text="only three words") is None
    assert elect("pt", "pt", "en", text="only three words") is None
    assert elect("pt", "pt", text="two words") is None


def test_a_member_below_its_floor_has_no_vote():
    assert elect("pt", Says("pt", confidence=0.7), Says("en", confidence=0.5)) == "pt"
    assert elect("pt", Says("pt", confidence=0.5)) is None
    assert elect(Says("pt", confidence=0.5), Says("pt", confidence=0.5)) is None


def test_a_language_that_one_member_found_is_put_to_all():
    restricted = Says("es", only_asked=True)
    assert restricted.identify(LATIN, among=("en", "pt")) is None
    assert elect(Says("es"), restricted, Says("pt")) == "es"


def test_the_script_alone_decides_where_it_can():
    assert elect(None, None, text="Файл", among=("en", "ru")) == "ru"
    assert elect(None, None, text="Файл не найден", among=("en", "pt")) == "und"


def test_confidence_is_that_of_the_winners():
    ensemble = EnsembleIdentifier([Says("pt", confidence=0.7), Says("pt", confidence=0.9), Says("en", confidence=1.0)])
    assert ensemble.identify(LATIN, among=("en", "pt")).confidence == pytest.approx(0.8)


def test_the_first_member_has_the_last_word_on_labels():
    assert EnsembleIdentifier([Says("gl"), Says("pt"), Says("pt")]).label("") == "pt"
    assert EnsembleIdentifier([Says("gl"), Says("pt")]).label("") == "gl"


def test_it_knows_what_all_members_know():
    ensemble = EnsembleIdentifier([Says("pt"), Says("pt", only_asked=True)])
    assert ensemble.knows("pt") and not ensemble.knows("en")
