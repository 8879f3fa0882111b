import pytest

from android_tools import resource_faults
from tutelage.core.errors import CorpusError
from tutelage.corpora.filling import Filling
from tutelage.corpora.formats.registry import load_format
from tutelage.corpora.formats.xml.android import escape, unescape
from tutelage.corpora.rows import FieldNames

STRINGS = r"""<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE resources [<!ENTITY app "Tutelage">]>
<!-- Copyright -->
<resources xmlns:xliff="urn:oasis:names:tc:xliff:document:1.2">
    <string name="app_name" translatable="false">Tutelage</string>
    <!-- On the button -->
    <string name="save">Don\'t  save
      &app;</string>
    <string name="hello">Hello <b>%1$s</b> in <xliff:g id="app" example="x">%2$s</xliff:g>.\n\u00a9 \@me</string>
    <string name="html"><![CDATA[Open the <a href="http://a.org">page</a>]]></string>
    <string name="ref">@string/app_name</string>
    <string name="quoted">" two  spaces "</string>
    <string name="empty"></string>
    <plurals name="files">
        <item quantity="one">%d file</item>
        <item quantity="other">%d files</item>
    </plurals>
    <string-array name="days">
        <item>Monday</item>
        <item>Tuesday</item>
    </string-array>
    <integer name="size">5</integer>
</resources>
"""
TARGET = """<resources>
    <string name="save">Não grave</string>
    <string name="old">Velho</string>
    <plurals name="files">
        <item quantity="one">%d arquivo</item>
        <item quantity="other"/>
    </plurals>
    <string name="hello">Oi</string>
    <string name="html">Abrir</string>
    <string name="quoted">x</string>
</resources>
"""


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (r"Don\'t", "Don't"), (r"a\nb", "a\nb"), (r"\@a \? \u00e9 \\", "@a ? é \\"), ("  a \n  b  ", "a b"),
        ('" a  b "', " a  b "), (r"\"a\"", '"a"'), ("a  ", "a"),
    ],
)  # fmt: skip
def test_escapes_are_resolved_as_android_does(written, shown):
    assert unescape(written) == shown


@pytest.mark.parametrize("text", ["Don't", 'say "a"', "a\nb\tc", "\\d", "\\n"])
def test_what_is_escaped_is_read_as_it_was(text):
    assert unescape(escape(text)) == text


def test_nothing_changes_if_nothing_is_filled(files):
    assert files.stays(files.put("strings.xml", STRINGS))
    assert files.stays(files.put("strings.xml", STRINGS.replace("\n", "\r\n")))


def test_texts_are_as_people_read_them_with_their_comments(files):
    units = {(unit.key, unit.form): unit for unit in files.units(files.put("strings.xml", STRINGS), target="")}
    assert units["save", ""].source == "Don't save <x1/>" and units["save", ""].notes == ("On the button",)
    assert units["hello", ""].source == "Hello <g1>%1$s</g1> in <x2/>.\n© @me"
    assert units["html", ""].source == 'Open the <a href="http://a.org">page</a>'
    assert units["files", "one"].source == "%d file" and units["days[1]", ""].source == "Tuesday"
    assert [key for (key, _), unit in units.items() if not unit.is_translatable] == ["app_name", "ref"]


def test_texts_are_replaced_with_escapes_and_plurals_of_the_language(files):
    path = files.put("strings.xml", STRINGS)
    table = {
        "Don't save <x1/>": "@não 'salve' <x1/>",
        "Hello <g1>%1$s</g1> in <x2/>.\n© @me": "Olá <g1>%1$s</g1> \"em\"\n<x2/>",
        'Open the <a href="http://a.org">page</a>': 'Abra a <a href="http://a.org">página</a>', "Monday": "Segunda",
        "%d files": "%d ficheiros", "%d file": "%d ficheiro", " two  spaces ": "dois",
    }  # fmt: skip
    filled = files.fill(path, table, target="pl")
    assert r"""<string name="save">\@não \'salve\' &app;</string>""" in filled
    assert (
        r'<string name="hello">Olá <b>%1$s</b> \"em\"\n<xliff:g id="app" example="x">%2$s</xliff:g></string>' in filled
    )
    assert '<![CDATA[Abra a <a href="http://a.org">página</a>]]>' in filled
    assert "<item>Segunda</item>\n        <item>[Tuesday]</item>" in filled
    assert (
        """<item quantity="one">%d ficheiro</item>
        <item quantity="other">%d ficheiros</item>
        <item quantity="few">%d ficheiros</item>
        <item quantity="many">%d ficheiros</item>
    </plurals>"""
        in filled
    )
    assert '<string name="ref">@string/app_name</string>' in filled and 'translatable="false">Tutelage<' in filled
    assert '<string name="empty"></string>' in filled and '<integer name="size">5</integer>' in filled


def test_pairs_and_what_the_target_lacks_come_from_the_source_languages_file(files):
    source, target = files.put("strings.xml", STRINGS), files.put("strings-pt.xml", TARGET)
    pairs = files.pairs(target, source_file=str(source))
    assert pairs == [
        ("Don't save <x1/>", "Não grave"), ("%d file", "%d arquivo"), ("Hello <g1>%1$s</g1> in <x2/>.\n© @me", "Oi"),
        ('Open the <a href="http://a.org">page</a>', "Abrir"), (" two  spaces ", "x"),
    ]  # fmt: skip
    filled = files.fill(target, {"%d files": "%d arquivos"}, source_file=str(source), target="de")
    assert filled == TARGET.replace('"other"/>', '"other">%d arquivos</item>').replace(
        "</resources>",
        """    <string-array name="days">
        <item>[Monday]</item>
        <item>[Tuesday]</item>
    </string-array>
</resources>""",
    )


def test_a_copied_entry_brings_the_prefixes_and_entities_that_it_needs(files):
    source = files.put("strings.xml", STRINGS)
    filled = files.fill(files.put("b.xml", "<resources>\n</resources>\n"), source_file=str(source), target="de")
    start = '<string name="hello" xmlns:xliff="urn:oasis:names:tc:xliff:document:1.2">'
    assert start in filled and "[Don\\'t save Tutelage]" in filled
    assert files.units(files.put("c.xml", filled), target="")


def test_another_root_is_told(files):
    with pytest.raises(CorpusError, match=r"this is not a strings\.xml of Android, whose first element is 'resources'"):
        files.fill(files.put("pom.xml", "<project/>"))


def test_in_a_folder_xml_files_are_left_alone(files, tmp_path):
    from tutelage.corpora.paths import corpus_files

    files.put("pom.xml", "<project/>")
    files.put("a.tmx", "<tmx/>")
    files.put("code.ts", "let a = 1")
    assert [file.name for file in corpus_files(tmp_path)] == ["a"]


HARD = [
    "Don't",
    'say "a"',
    "@me",
    "?x",
    "#1",
    "a\\b",
    " two  ",
    "a\nb\tc",
    "\\u00zz",
    "<b> & >",
    "é\U0001f600",
    "'",
    '"',
    "",
]


@pytest.mark.parametrize("hard", HARD)
def test_what_is_written_is_sound_to_androids_own_compiler(files, tmp_path, hard):
    def translations(sources):
        return (f"{hard} {one}{hard}" for one in sources)

    path = files.put("strings.xml", STRINGS)
    assert resource_faults(path, folder=tmp_path) == ""
    for asked in ({}, {"source_file": str(path)}):
        out = tmp_path / "out.xml"
        old = files.put("old.xml", TARGET) if asked else path
        load_format(path).fill(
            old, out, translations, names=FieldNames(), filling=Filling(lang="pt-BR", source_lang="en", **asked)
        )
        assert resource_faults(out, folder=tmp_path) == ""


def test_the_compiler_refuses_what_is_not_sound(files, tmp_path):
    path = files.put("strings.xml", STRINGS.replace("Don\\'t", "Don't"))
    assert "unescaped apostrophe" in resource_faults(path, folder=tmp_path)


def test_a_file_that_is_closed_at_once_is_told(files):
    source = files.put("en.xml", '<resources><string name="a">Open</string></resources>')
    target = files.put("strings.xml", '<?xml version="1.0"?>\n<resources/>\n')
    with pytest.raises(CorpusError, match="<resources/> is closed at once") as told:
        files.fill(target, source_file=str(source))
    assert "<resources></resources>" in told.value.fix
