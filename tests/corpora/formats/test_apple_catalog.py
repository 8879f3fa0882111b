import json

import pytest

from tutelage.core.errors import CorpusError
from tutelage.core.languages import Direction
from tutelage.corpora.filling import Filling
from tutelage.corpora.reading import read_pairs, read_segments
from tutelage.tasks.translation import translate_document


def unit(value, state="translated"):
    return {"stringUnit": {"state": state, "value": value}}


CATALOGUE = {
    "sourceLanguage": "en",
    "strings": {
        "Open the file": {},
        "brand": {"shouldTranslate": False},
        "done": {"comment": "A button", "localizations": {"en": unit("Done"), "pt-BR": unit("Pronto")}},
        "new": {"localizations": {"pt-BR": unit("Talvez", "needs_review")}},
        "%lld items": {
            "localizations": {"en": {"variations": {"plural": {"one": unit("%lld item"), "other": unit("%lld items")}}}}
        },
    },
    "version": "1.0",
}
TEXT = json.dumps(CATALOGUE, ensure_ascii=False, indent=2, separators=(",", " : ")).replace("{}", "{\n\n    }")


@pytest.fixture
def catalogue(tmp_path):
    path = tmp_path / "a.xcstrings"
    path.write_text(TEXT)
    return path


def fill(path, translate, lang="pt-BR"):
    out = path.with_name("out.xcstrings")
    count = translate_document(path, out, translate, filling=Filling(lang=lang, source_lang="en"))
    return count, out.read_text()


def test_sources_are_texts_of_the_source_language_or_keys(catalogue):
    sources = [segment.text for segment in read_segments(catalogue, lang="en")]
    assert sources == ["Open the file", "brand", "Done", "new", "%lld item", "%lld items"]
    pairs = list(read_pairs(catalogue, direction=Direction("en", "pt-BR")))
    assert [(pair.source.text, pair.target.text) for pair in pairs] == [("Done", "Pronto")]


def test_without_a_translation_every_byte_stays(catalogue):
    assert fill(catalogue, lambda texts: ("" for _ in texts)) == (4, TEXT)


def test_what_is_untranslated_is_filled_for_a_review(catalogue):
    count, text = fill(catalogue, lambda texts: (text.upper() for text in texts), lang="ru")
    found = json.loads(text)["strings"]
    assert count == 7 and found["brand"] == CATALOGUE["strings"]["brand"]
    assert found["Open the file"] == {"localizations": {"ru": unit("OPEN THE FILE", "needs_review")}}
    assert found["done"]["localizations"]["pt-BR"] == unit("Pronto") and found["done"]["comment"] == "A button"
    assert list(found["%lld items"]["localizations"]["ru"]["variations"]["plural"]) == ["few", "many", "one", "other"]


def test_what_is_no_catalogue_of_the_languages_is_told(catalogue, tmp_path):
    with pytest.raises(CorpusError, match="source language is 'en', but 'de'"):
        list(read_segments(catalogue, lang="de"))
    (tmp_path / "b.xcstrings").write_text('{"a": 1}')
    with pytest.raises(CorpusError, match="it has no 'strings'"):
        list(read_segments(tmp_path / "b.xcstrings", lang="en"))


@pytest.mark.parametrize(
    "own",
    [
        {**unit("%#@files@ here"), "substitutions": {"files": {"argNum": 1}}},
        {"variations": {"device": {"iphone": unit("Tap"), "other": unit("Click")}}},
    ],
)
def test_a_message_of_several_parts_is_left_alone(tmp_path, own):
    path = tmp_path / "a.xcstrings"
    path.write_text(json.dumps({"sourceLanguage": "en", "strings": {"k": {"localizations": {"en": own}}}}))
    asked = []
    fill(path, lambda texts: (asked.append(text) or text for text in texts))
    assert not asked
