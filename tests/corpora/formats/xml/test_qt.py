import pytest

from tutelage.core.errors import CorpusError
from tutelage.core.protection.spans import frameworks_of

CATALOGUE = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1"%s>
<context>
    <name>MainWindow</name>
    <message>
        <location filename="main.cpp" line="12"/>
        <source>&amp;Open &quot;%%1&quot;<byte value="x1b"/></source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%%n file(s) saved</source>
        <extracomment>in the status bar</extracomment>
        <translation type="unfinished">%s</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Gravar</translation>
    </message>
    <message>
        <source>Gone</source>
        <translation type="vanished"></translation>
    </message>
    <message>
        <source>Don&apos;t ask</source>
        <translation type="unfinished">Não pergunte</translation>
    </message>
    <message>
        <source>Bare</source>
    </message>
</context>
</TS>
"""
EMPTY = "<numerusform></numerusform>"


def catalogue(*, language=' language="pt_BR"', forms=EMPTY * 2):
    return CATALOGUE % (language, forms)


def test_nothing_changes_if_nothing_is_filled(files):
    assert files.stays(files.put("a.ts", catalogue()), source="en", target="pt-BR")
    assert files.stays(files.put("a.ts", catalogue().replace("\n", "\r\n")), source="en", target="pt-BR")


def test_what_is_filled_stays_unfinished_and_in_qts_spelling(files):
    path = files.put("a.ts", catalogue())
    filled = files.fill(path, {'&Open "%1"<x1/>': 'A&brir "%1"<x1/>\'s', "%n file(s) saved": "%n", "Bare": "Nu"})
    expected = catalogue(forms="<numerusform>%n</numerusform>" * 2)
    expected = expected.replace(
        '<translation type="unfinished"></translation>',
        '<translation type="unfinished">A&amp;brir &quot;%1&quot;<byte value="x1b"/>&apos;s</translation>',
    ).replace("<source>Bare</source>", '<source>Bare</source>\n        <translation type="unfinished">Nu</translation>')
    assert filled == expected


def test_a_message_gets_as_many_numerus_forms_as_the_language_has(files):
    path = files.put("a.ts", catalogue(language=' language="pl"', forms=EMPTY))
    filled = files.fill(path, {"%n file(s) saved": "%n"}, target="pl")
    form = "\n            <numerusform>%n</numerusform>"
    assert f'<translation type="unfinished">{form * 3}\n        </translation>' in filled


def test_the_state_of_a_message_decides(files):
    path = files.put("a.ts", catalogue())
    assert files.pairs(path) == [("Save", "Gravar")]
    assert files.pairs(path, drafts=True) == [("Save", "Gravar"), ("Don't ask", "Não pergunte")]
    units = files.units(path)
    assert [unit.form for unit in units] == ["", "0", "1", "", "", "", ""]
    assert units[1].notes == ("in the status bar",) and units[1].context == "MainWindow"
    assert [unit.source for unit in units if not unit.is_translatable] == ["Gone"]
    assert frameworks_of(units[0].source) == {"qt"}
    filled = files.fill(path, keep_translated=False)
    assert '<translation type="unfinished">[Save]</translation>' in filled and "[Gone]" not in filled


def test_the_language_is_added_where_it_is_missing_and_another_is_told(files):
    assert '<TS version="2.1" language="pt_BR">' in files.fill(files.put("a.ts", catalogue(language="")))
    with pytest.raises(CorpusError, match="its target language is 'pt_BR', but 'de' was asked for"):
        files.fill(files.put("a.ts", catalogue()), target="de")
    with pytest.raises(CorpusError, match="its source language is 'fr', but 'en' was asked for"):
        files.fill(files.put("a.ts", catalogue(language=' sourcelanguage="fr"')))


def test_typescript_is_told(files):
    with pytest.raises(CorpusError, match="not well-formed XML"):
        files.fill(files.put("a.ts", "let a = 1;\n"))
    with pytest.raises(CorpusError, match="TypeScript has this suffix too"):
        files.fill(files.put("a.ts", "<a/>\n"))
