import pytest

from tutelage.core.errors import CorpusError
from tutelage.core.languages import Direction
from tutelage.corpora.filling import Filling
from tutelage.corpora.reading import Reading, read_pairs, read_segments
from tutelage.tasks.translation import translate_document

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
"""
ITEM = """\t<key>{name}</key>
\t<dict>
\t\t<key>NSStringLocalizedFormatKey</key>
\t\t<string>%#@n@</string>
\t\t<key>n</key>
\t\t<dict>
\t\t\t<key>NSStringFormatValueTypeKey</key>
\t\t\t<string>d</string>
{forms}\t\t</dict>
\t</dict>
"""
FOOT = "</dict>\n</plist>\n"


def made(**items):
    forms = {
        name: "".join(f"\t\t\t<key>{form}</key>\n\t\t\t<string>{text}</string>\n" for form, text in texts.items())
        for name, texts in items.items()
    }
    return HEAD + "".join(ITEM.format(name=name, forms=text) for name, text in forms.items()) + FOOT


FILES = made(files={"one": "%d file &amp; more", "other": "%d files"})


def write(path, text):
    path.write_text(text)
    return path


def fill(path, translate, *, lang="", source_file=""):
    out = path.with_name("out.stringsdict")
    filling = Filling(lang=lang, source_lang="en", source_file=str(source_file))
    return translate_document(path, out, translate, filling=filling), out.read_text()


def mark(texts):
    return (f"[{text}]" for text in texts)


def test_forms_are_texts_and_all_else_stays(tmp_path):
    path = write(tmp_path / "a.stringsdict", FILES)
    assert [segment.text for segment in read_segments(path, lang="en")] == ["%d file & more", "%d files"]
    assert fill(path, lambda texts: ("" for _ in texts)) == (2, FILES)
    expected = made(files={"one": "[%d file &amp; more]", "other": "[%d files]"})
    assert fill(path, mark) == (2, expected)


def test_a_language_gets_its_forms(tmp_path):
    count, text = fill(write(tmp_path / "a.stringsdict", FILES), mark, lang="ru")
    forms = {"one": "[%d file &amp; more]", "other": "[%d files]", "few": "[%d files]", "many": "[%d files]"}
    assert (count, text) == (4, made(files=forms))


def test_the_target_gets_what_it_lacks(tmp_path):
    source = write(tmp_path / "en.stringsdict", made(a={"one": "one", "other": "many"}, b={"one": "x", "other": "y"}))
    target = write(tmp_path / "de.stringsdict", made(a={"other": "viele"}))
    count, text = fill(target, mark, lang="de", source_file=source)
    assert (count, text) == (3, made(a={"other": "viele", "one": "[one]"}, b={"one": "[x]", "other": "[y]"}))
    reading = Reading(source_file=str(source))
    pairs = read_pairs(target, direction=Direction("en", "de"), reading=reading)
    assert [(pair.source.text, pair.target.text) for pair in pairs] == [("many", "viele")]


def test_another_property_list_is_told(tmp_path):
    with pytest.raises(CorpusError, match=r"not a \.stringsdict"):
        list(read_segments(write(tmp_path / "a.stringsdict", "<plist><array/></plist>"), lang="en"))
