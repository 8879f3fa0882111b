import gettext

import polib
import pytest

from gettext_tools import check_catalogue
from tutelage.core.languages import Direction, as_posix
from tutelage.core.plurals import plural_categories, plural_forms
from tutelage.corpora.filling import Filling
from tutelage.corpora.reading import read_pairs, read_segments
from tutelage.tasks.translation import translate_document

HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
TEMPLATE = r"""# SOME DESCRIPTIVE TITLE.
#, fuzzy
msgid ""
msgstr ""
"PO-Revision-Date: YEAR-MO-DA HO:MI+ZONE\n"
"Language-Team: LANGUAGE <LL@li.org>\n"
"Language: \n"
"Content-Type: text/plain; charset=CHARSET\n"
"Plural-Forms: nplurals=INTEGER; plural=EXPRESSION;\n"

msgid "Open the file."
msgstr ""

#, c-format
msgid "One item"
msgid_plural "%d items"
msgstr[0] ""
msgstr[1] ""
"""


def write(path, text):
    path.write_bytes(text.encode())
    return path


def translated(path, out, lang="pt-BR"):
    def translate(texts):
        return (text.replace("item", "ítem") for text in texts)

    return translate_document(path, out, translate, filling=Filling(lang=lang))


@pytest.mark.parametrize("character", ["\x85", "\u2028", "\u2029", "\x0b", "\x0c", "\x1c", "\x1e"])
def test_lines_end_where_gettext_ends_them(tmp_path, character):
    path = write(tmp_path / "a.po", f'{HEAD}\nmsgid "First{character}second"\nmsgstr ""\n')
    assert [segment.text for segment in read_segments(path, lang="en")] == [f"First{character}second"]
    assert translated(path, tmp_path / "out.po") == 1
    (pair,) = read_pairs(tmp_path / "out.po", direction=Direction("en", "pt-BR"))
    assert pair.target.text == f"First{character}second"
    assert check_catalogue(tmp_path / "out.po") == ""


def test_lines_may_end_as_on_windows(tmp_path):
    path = write(tmp_path / "a.po", (HEAD + '\nmsgid "Save"\nmsgstr "Salvar"\n').replace("\n", "\r\n"))
    (pair,) = read_pairs(path, direction=Direction("en", "pt-BR"))
    assert (pair.source.text, pair.target.text) == ("Save", "Salvar")


def test_a_comment_needs_no_space(tmp_path):
    path = write(
        tmp_path / "a.po", f'#head\n{HEAD}\n#msgid "old"\n#~ msgid "gone"\n#~ msgstr "foi"\n\nmsgid "Save"\nmsgstr ""\n'
    )
    assert translated(path, tmp_path / "out.po") == 1
    out = (tmp_path / "out.po").read_text()
    assert '#msgid "old"' in out and '#~ msgid "gone"' in out and 'msgstr "Save"' in out
    assert check_catalogue(tmp_path / "out.po") == ""


def test_a_header_alone_is_a_file_without_rows(tmp_path):
    path = write(tmp_path / "a.po", HEAD)
    write(tmp_path / "b.po", HEAD + '\nmsgid "Save"\nmsgstr "Salvar"\n')
    assert list(read_segments(path, lang="en")) == []
    assert len(list(read_pairs(tmp_path, direction=Direction("en", "pt-BR")))) == 1
    assert translated(path, tmp_path / "out.po") == 0


@pytest.mark.parametrize(
    ("lang", "forms"), [("pt-BR", 2), ("es-419", 2), ("ru", 3), ("ja", 1), ("ar", 6), ("sr-Latn", 3)]
)
def test_a_template_gets_the_plural_forms_of_the_language(tmp_path, lang, forms):
    path, out = write(tmp_path / "a.pot", TEMPLATE), tmp_path / "out.po"
    assert translated(path, out, lang) == 1 + forms
    assert check_catalogue(out) == ""
    with out.with_suffix(".mo").open("rb") as stream:
        catalogue = gettext.GNUTranslations(stream)
    assert catalogue.info()["language"] == as_posix(lang)
    assert catalogue.ngettext("One item", "%d items", 5) == "%d ítems"
    text = out.read_text()
    assert f"nplurals={forms}" in text and "fuzzy" not in text and "YEAR" not in text
    assert text.count("msgstr[") == forms


def test_a_catalogue_keeps_the_plural_forms_that_it_declares(tmp_path):
    declared = "nplurals=3; plural=n==1 ? 0 : 1;"
    text = (
        f'{HEAD}"Plural-Forms: {declared}\\n"\n\nmsgid "One item"\nmsgid_plural "Items"\nmsgstr[0] ""\nmsgstr[1] ""\n'
    )
    assert translated(write(tmp_path / "a.po", text), tmp_path / "out.po") == 3
    assert declared in (tmp_path / "out.po").read_text()


def test_rules_and_categories_of_plurals():
    assert plural_forms("pt-BR") == "nplurals=2; plural=(n > 1);"
    assert plural_forms("pt-PT") == plural_forms("es-419") == plural_forms("tlh") == "nplurals=2; plural=(n != 1);"
    assert [plural_categories(lang) for lang in ("en", "ja", "sr-Latn", "tlh")] == [
        *(("one", "other"), ("other",), ("one", "few", "other"), ("one", "other")),
    ]


def test_locales_as_gettext_writes_them():
    assert [as_posix(code) for code in ("pt-BR", "sr-Latn", "ca-valencia", "zh-Hant-HK", "uz-Cyrl-UZ")] == [
        *("pt_BR", "sr@latin", "ca@valencia", "zh_Hant_HK", "uz_UZ@cyrillic"),
    ]


OWN_LINES = r"""#head without a space
#, fuzzy
msgid ""
msgstr ""
"Language-Team: Portuguese of a team whose address runs over the line "
"<team@example.org>\n"
"Language: pt_BR\n"
"Content-Type: text/plain; charset=UTF-8\n"
"X-Generator: A tool\n"
"Plural-Forms: nplurals=2; plural=(n "
"> 1);\n"
#. For people
#: a.c:1   b-c.c:22
#, c-format,   no-wrap
msgid "A text that its tool has wrapped "
"early"
msgstr ""
"Um texto que a ferramenta quebrou "
"cedo"


# Not yet
#: d.c:3
#, fuzzy, c-format
#| msgid "Old"
msgid   "%s: not found"
msgstr "velho"

#, fuzzy
#~| msgid "older"
#~ msgid "gone"
#~ msgstr "foi"

msgctxt "menu"
msgid "Save"
msgid_plural "Save %d"
msgstr[0] ""
msgstr[1] ""
# the end
"""


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_is_not_filled_keeps_its_lines(tmp_path, end):
    path, out = write(tmp_path / "a.po", OWN_LINES.replace("\n", end)), tmp_path / "out.po"
    assert translated(path, out) == 3
    expected = (
        OWN_LINES.replace('#, fuzzy\nmsgid ""', 'msgid ""')
        .replace('#, fuzzy, c-format\n#| msgid "Old"\n', "#, c-format\n")
        .replace('msgstr "velho"', 'msgstr "%s: not found"')
        .replace('[0] ""', '[0] "Save"')
        .replace('[1] ""', '[1] "Save %d"')
    )
    assert out.read_bytes().decode() == expected.replace("\n", end)
    assert end == "\r\n" or check_catalogue(out) == ""


def test_a_catalogue_without_anything_to_fill_is_copied_byte_for_byte(tmp_path):
    text = (
        OWN_LINES.replace("#, fuzzy, c-format", "#, c-format")
        .replace(' ""\n# the end', ' "s"')
        .replace('[0] ""', '[0] "s"')
    )
    path = write(tmp_path / "a.po", text)
    assert translated(path, tmp_path / "out.po") == 0
    assert (tmp_path / "out.po").read_bytes() == path.read_bytes()


def test_a_doubtful_entry_gets_its_flag_beside_the_others(tmp_path):
    text = f'{HEAD}\n#, c-format\nmsgid "%s: a"\nmsgstr ""\n\n# b\nmsgid "%s: b"\nmsgstr ""\n'
    out = tmp_path / "out.po"
    translate_document(write(tmp_path / "a.po", text), out, lambda texts: ("x" for _ in texts), filling=Filling())
    assert out.read_text() == text.replace("#, c-format", "#, fuzzy, c-format").replace(
        "# b\n", "# b\n#, fuzzy\n"
    ).replace('msgstr ""\n\n', 'msgstr "x"\n\n').replace('b"\nmsgstr ""', 'b"\nmsgstr "x"').replace(
        'msgstr "x"\n"Cont', 'msgstr ""\n"Cont'
    )


def test_a_catalogue_that_does_not_wrap_stays_so(tmp_path):
    long = "A text of many words that goes on and on " * 4
    text = f'{HEAD}\nmsgid "{long}"\nmsgstr ""\n'
    assert translated(write(tmp_path / "a.po", text), tmp_path / "out.po", "") == 1
    assert f'msgstr "{long}"\n' in (tmp_path / "out.po").read_text()


@pytest.mark.parametrize(
    ("declared", "lang", "written"), [("zh_TW", "zh-Hant", "zh_TW"), ("pt_PT", "pt-BR", "pt_BR"), ("", "de", "de")]
)
def test_the_header_keeps_a_name_of_the_same_locale(tmp_path, declared, lang, written):
    text = f'{HEAD}"Language: {declared}\\n"\n\nmsgid "Save"\nmsgstr "x"\n'
    translated(write(tmp_path / "a.po", text), tmp_path / "out.po", lang)
    assert f'"Language: {written}\\n"' in (tmp_path / "out.po").read_text()


def test_a_catalogue_without_a_header_gets_one(tmp_path):
    translated(write(tmp_path / "a.po", 'msgid "Save"\nmsgstr ""\n'), tmp_path / "out.po", "de")
    assert (tmp_path / "out.po").read_text().endswith('"\n\nmsgid "Save"\nmsgstr "Save"\n')
    assert check_catalogue(tmp_path / "out.po") == ""


def test_a_translation_stays_if_a_new_one_is_left_empty(tmp_path):
    path, out = tmp_path / "a.po", tmp_path / "b.po"
    path.write_text(f'{HEAD}\nmsgid "Save %s"\nmsgstr "Salvar %s"\n\n#, fuzzy\nmsgid "Open %s"\nmsgstr "Abra"\n')
    filling = Filling(lang="pt-BR", keep_translated=False)
    translate_document(path, out, lambda sources: ("" for _ in sources), filling=filling)
    assert [entry.msgstr for entry in polib.pofile(str(out))] == ["Salvar %s", ""]
