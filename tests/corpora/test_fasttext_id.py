"""fastText models as identifiers, with a reader that knows a few answers."""

import sys
from types import SimpleNamespace

import pytest

from tutelage.core.errors import MissingExtraError, UsageError
from tutelage.core.languages import is_language
from tutelage.core.protocols import IdentifiedLanguage
from tutelage.corpora.fasttext_id import FastTextIdentifier, read_label
from tutelage.corpora.identifiers import identifier_problems, open_identifier
from tutelage.corpora.language_ensemble import EnsembleIdentifier
from tutelage.corpora.language_id import LangidIdentifier

PT = "O arquivo não pôde ser aberto"


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("__label__pt", "pt"),
        ("__label__por_Latn", "pt"),
        ("__label__zho_Hans", "zh"),
        ("__label__zho_Hant", "zh"),
        ("__label__cmn_Hani", "zh"),
        ("__label__arb_Arab", "ar"),
        ("__label__swh_Latn", "sw"),
        ("__label__nno_Latn", "nn"),
        ("__label__no", "no"),
        ("__label__als_Latn", "sq"),
        ("__label__als", "gsw"),
        ("__label__ceb", "ceb"),
        ("__label__kin_Latn", "kin"),
    ],
)
def test_labels_are_codes(label, code):
    assert read_label(label) == code


@pytest.mark.parametrize(
    ("found", "lang", "same"),
    [("pt", "pt-BR", True), ("nn", "no", True), ("no", "nb", True), ("no", "nn", False), ("sh", "hr", True),
     ("gl", "pt", False)],
)  # fmt: skip
def test_a_label_may_stand_for_several_languages(found, lang, same):
    assert is_language(found, lang=lang) is same


class Model:
    """Answers with the same probabilities whatever it is asked."""

    def __init__(self, answers):
        self.answers, self.asked = answers, []

    def predict(self, text, *, k):
        assert "\n" not in text
        self.asked.append(text)
        ranked = sorted(self.answers.items(), key=lambda one: -one[1])[: None if k < 0 else k]
        return tuple(f"__label__{label}" for label, _ in ranked), [probability for _, probability in ranked]


@pytest.fixture
def reader(tmp_path, monkeypatch):
    """Makes an identifier whose model gives these probabilities."""

    def make(answers, **settings):
        path = tmp_path / "model.bin"
        path.write_bytes(repr(answers).encode())
        fake = SimpleNamespace(load_model=lambda _: Model(answers))
        monkeypatch.setitem(sys.modules, "fasttext", fake)
        return FastTextIdentifier(path, **settings)

    return make


def test_a_model_is_restricted_to_the_languages_asked_about(reader):
    identifier = reader({"glg_Latn": 0.5, "por_Latn": 0.3, "por_Brai": 0.1, "eng_Latn": 0.1})
    found = identifier.identify(PT, among=("en", "pt-BR"))
    assert (found.lang, found.confidence) == ("pt", pytest.approx(0.8))
    assert identifier.label(PT) == "gl"


def test_another_language_counts_where_the_model_is_sure(reader):
    sure = reader({"spa_Latn": 0.85, "por_Latn": 0.15})
    assert sure.identify(PT, among=("en", "pt")) == IdentifiedLanguage("es", 0.85)
    unsure = reader({"spa_Latn": 0.75, "por_Latn": 0.25})
    assert unsure.identify(PT, among=("en", "pt")).lang == "pt"
    ukrainian = reader({"ukr_Cyrl": 0.95, "rus_Cyrl": 0.05})
    assert ukrainian.identify("Файл не вдалося відкрити, бо його нема", among=("en", "ru")).lang == "uk"


def test_short_doubtful_and_unreadable_text_gets_no_answer(reader):
    identifier = reader({"en": 0.55, "pt": 0.45})
    assert identifier.identify(PT, among=("en", "pt")) is None
    assert identifier.identify("O arquivo", among=("en", "pt")) is None
    assert reader({"en": 1.0}).identify(PT, among=("de", "pt")).lang == "en"
    assert reader({"en": 0.5}).identify(PT, among=("de", "pt")) is None


def test_macrolanguages_are_asked_by_their_members(reader):
    identifier = reader({"no": 0.7, "da": 0.3})
    assert identifier.identify("Filen kunne ikke åpnes i dag", among=("nb", "da")).lang == "nb"


def test_a_line_is_what_the_model_can_read(reader):
    identifier = reader({"pt": 1.0})
    assert identifier.identify("O arquivo\nnão pôde\tser \ud800 aberto", among=("en", "pt")).lang == "pt"
    assert identifier._model.asked[-1] == "O arquivo não pôde ser ? aberto"


def test_it_knows_the_languages_of_its_labels(reader):
    identifier = reader({"nob_Latn": 0.5, "por_Latn": 0.3})
    assert [lang for lang in ("nb", "pt-BR", "gn", "en") if identifier.knows(lang)] == ["nb", "pt-BR"]


def test_the_signature_names_file_content_and_floors(reader):
    one, other = reader({"en": 1.0}), reader({"pt": 1.0})
    assert one.signature.startswith("fasttext:model.bin@") and one.signature.endswith(",words5,conf0.6,script")
    assert one.signature != other.signature


def test_files_that_are_no_identifiers(tmp_path, monkeypatch, reader):
    with pytest.raises(UsageError, match="no such file"):
        FastTextIdentifier(tmp_path / "none.bin")
    with pytest.raises(UsageError, match=r"its labels name no language: __label__cooking\."):
        reader({"cooking": 1.0})

    def refuse(path):
        raise ValueError(f"{path} has wrong file format!")

    monkeypatch.setitem(sys.modules, "fasttext", SimpleNamespace(load_model=refuse))
    with pytest.raises(UsageError, match="no fastText model"):
        FastTextIdentifier(tmp_path / "model.bin")
    monkeypatch.setitem(sys.modules, "fasttext", None)
    with pytest.raises(MissingExtraError, match=r"tutelage\[lid\]"):
        FastTextIdentifier(tmp_path / "model.bin")


def test_names_are_checked_without_loading(tmp_path):
    assert identifier_problems("py3langid") == []
    assert identifier_problems(()) == ["there is no language identifier in the list."]
    assert identifier_problems("py3langit") == ["there is no file 'py3langit'. Did you mean 'py3langid'?"]
    assert identifier_problems(["py3langid", "py3langid"]) == ["'py3langid' is named twice."]
    with pytest.raises(UsageError, match=r"there is no file 'lid\.bin'"):
        open_identifier(["py3langid", "lid.bin"])


def test_one_name_is_no_ensemble(reader, tmp_path):
    reader({"en": 1.0})
    assert isinstance(open_identifier("py3langid"), LangidIdentifier)
    assert open_identifier(["py3langid"]) is open_identifier("py3langid")
    several = open_identifier(["py3langid", str(tmp_path / "model.bin")])
    assert isinstance(several, EnsembleIdentifier)
    assert several.signature.startswith("ensemble[py3langid:")
    assert ",words3,conf0.6,script;fasttext:" in several.signature
