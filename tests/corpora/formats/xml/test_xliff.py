import pytest

from tutelage.core.errors import CorpusError
from tutelage.corpora.bad_lines import BadLine
from tutelage.corpora.formats.xml.stretches import read_stretches
from xml_schemas import schema_faults

ANGULAR = """<?xml version="1.0" encoding="UTF-8" ?>
<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2">
  <file source-language="en" target-language='pt-BR' datatype="plaintext" original="ng2.template">
    <body>
      <trans-unit id="open" datatype="html">
        <source>Open the <x id="B" equiv-text="&lt;b&gt;"/>file<x id="/B"/> &amp; <g id="1">close</g></source>
        <note priority="1" from="description">A button</note>
      </trans-unit>
      <trans-unit id="done" approved="yes">
        <source>Save</source>
        <target state='final'>Gravar</target>
      </trans-unit>
      <trans-unit id="no" translate="no"><source>Tutelage</source></trans-unit>
      <group translate="no"><trans-unit id="in"><source>Code</source></trans-unit></group>
      <trans-unit id="new"><source>Print</source><target state="new"/></trans-unit>
      <trans-unit id="look"><source>Undo</source>
        <target state="needs-review-translation">Desfazer</target>
        <alt-trans origin="machine"><source>Undo</source><target>Desfaz</target></alt-trans></trans-unit>
    </body>
  </file>
</xliff>
"""
FILLED = 'state="needs-review-translation" state-qualifier="mt-suggestion"'
SEGMENTED = """<xliff version='1.2'><file source-language='en' original='a'><body><trans-unit id='1'>
 <source>One file. Two.</source>
 <seg-source><mrk mtype='seg' mid='1'>One file.</mrk> <mrk mtype='seg' mid='2'>Two.</mrk></seg-source>%s
</trans-unit></body></file></xliff>"""
SECOND = """<?xml version="1.0"?>
<xliff xmlns="urn:oasis:names:tc:xliff:document:2.0" version="2.0" srcLang="en" trgLang="pt-BR">
 <file id="f1" original="Graphic.psd">
  <unit id="u1">
   <notes><note category="description">A title</note></notes>
   <originalData><data id="d1">&lt;b></data><data id="d2">&lt;/b></data></originalData>
   <segment id="s1">
    <source>Open <pc id="1" dataRefStart="d1">the file</pc><ph id="2"/>.</source>
   </segment>
   <ignorable><source> </source></ignorable>
   <segment id="s2" state="initial" subState="x:y">
    <source>Close it.</source>
    <target></target>
   </segment>
   <segment id="s3" state="final"><source>Save</source><target>Gravar</target></segment>
  </unit>
  <unit id="u2" translate="no"><segment><source>Code</source></segment></unit>
 </file>
</xliff>
"""


def test_nothing_changes_if_nothing_is_filled(files):
    for content in (ANGULAR, ANGULAR.replace("\n", "\r\n"), SEGMENTED % "", SECOND, "\ufeff" + SECOND):
        assert files.stays(files.put("a.xlf", content))
    assert files.stays(files.put("a.xliff", ANGULAR.replace("UTF-8", "UTF-16").encode("utf-16")))


def test_only_what_is_untranslated_is_filled_and_asks_for_a_review(files):
    path = files.put("a.xlf", ANGULAR)
    tagged = "Open the <x1/>file<x2/> & <g3>close</g3>"
    filled = files.fill(path, {tagged: "<g3>Feche</g3> & abra <x1/>o <arquivo><x2/>", "Print": "Imprimir"})
    expected = ANGULAR.replace(
        "close</g></source>",
        f'close</g></source>\n        <target {FILLED}><g id="1">Feche</g> &amp; abra '
        '<x id="B" equiv-text="&lt;b&gt;"/>o &lt;arquivo&gt;<x id="/B"/></target>',
    ).replace('<target state="new"/>', f"<target {FILLED}>Imprimir</target>")
    assert filled == expected


def test_all_is_filled_if_asked_and_is_no_longer_approved(files):
    filled = files.fill(files.put("a.xlf", ANGULAR), keep_translated=False)
    assert (
        f"""<trans-unit id="done" approved="no">
        <source>Save</source>
        <target {FILLED}>[Save]</target>"""
        in filled
    )
    assert "[Undo]" in filled and "[Tutelage]" not in filled and "[Code]" not in filled


def test_line_ends_and_encoding_are_the_files(files):
    filled = files.fill(files.put("a.xlf", ANGULAR.replace("\n", "\r\n")))
    assert "\n" not in filled.replace("\r\n", "")
    out = files.fill(files.put("a.xlf", ANGULAR.replace("UTF-8", "ISO-8859-1").encode("latin-1")), {"Print": "Ação →"})
    assert "A\udce7\udce3o &#8594;" in out


def test_states_decide_what_is_a_pair_and_what_a_draft(files):
    path = files.put("a.xlf", ANGULAR)
    assert files.pairs(path) == [("Save", "Gravar")]
    assert files.pairs(path, drafts=True) == [("Save", "Gravar"), ("Undo", "Desfazer")]
    units = {unit.key: unit for unit in files.units(path)}
    assert units["look"].proposals == ("Desfaz",) and units["open"].notes == ("A button",)
    assert units["done"].context == "ng2.template" and units["done"].line == 9
    assert not units["in"].is_translatable and not units["no"].is_translatable
    # what was filled is no translation that anybody learns from
    filled = files.put("b.xlf", files.fill(path))
    assert files.pairs(filled) == [("Save", "Gravar")]


def test_tags_that_are_not_nested_are_left_out_so_that_the_file_stays_sound(files):
    path = files.put("a.xlf", ANGULAR)
    filled = files.fill(path, {"Open the <x1/>file<x2/> & <g3>close</g3>": "</g3>a<x2/><g3>b<x9/>"})
    assert f'<target {FILLED}>a<x id="/B"/>b&lt;x9/&gt;</target>' in filled
    assert files.units(files.put("b.xlf", filled))


def test_segments_of_a_seg_source_are_texts_of_their_own(files):
    path = files.put("a.xlf", SEGMENTED % "")
    assert [unit.source for unit in files.units(path)] == ["One file.", "Two."]
    filled = files.fill(path, {"One file.": "Um.", "Two.": "Dois."}, target="")
    assert filled == SEGMENTED % (
        f"\n <target {FILLED}><mrk mtype='seg' mid='1'>Um.</mrk> <mrk mtype='seg' mid='2'>Dois.</mrk></target>"
    )
    half = SEGMENTED % "<target><mrk mtype='seg' mid='1'>Um.</mrk> <mrk mtype='seg' mid='2'/></target>"
    filled = files.fill(files.put("b.xlf", half), {"Two.": "Dois."}, target="")
    assert filled == half.replace("<target>", f"<target {FILLED}>").replace("mid='2'/>", "mid='2'>Dois.</mrk>", 1)


def test_version_2_fills_segments_and_marks_them(files):
    path = files.put("a.xlf", SECOND)
    filled = files.fill(path, {"Open <g1>the file</g1><x2/>.": "Abra <g1>o</g1><x2/>.", "Close it.": "Feche."})
    marked = 'state="translated" subState="tutelage:needs-review"'
    expected = SECOND.replace('<segment id="s1">', f'<segment id="s1" {marked}>').replace(
        'state="initial" subState="x:y"', marked
    )
    expected = expected.replace("<target></target>", "<target>Feche.</target>").replace(
        '<ph id="2"/>.</source>',
        '<ph id="2"/>.</source>\n    <target>Abra <pc id="1" dataRefStart="d1">o</pc><ph id="2"/>.</target>',
    )
    assert filled == expected
    assert files.pairs(files.put("b.xlf", filled)) == [("Save", "Gravar")]
    units = files.units(path)
    assert [unit.key for unit in units] == ["u1/s1", "u1/s2", "u1/s3", "u2"]
    assert units[0].notes == ("A title",) and not units[3].is_translatable


def test_the_target_language_is_added_where_it_is_missing(files):
    first = files.fill(files.put("a.xlf", ANGULAR.replace(" target-language='pt-BR'", "")))
    assert '<file source-language="en" datatype="plaintext" original="ng2.template" target-language="pt-BR">' in first
    second = files.fill(files.put("a.xlf", SECOND.replace(' trgLang="pt-BR"', "")))
    assert 'version="2.0" srcLang="en" trgLang="pt-BR">' in second


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("<tmx/>", "this is not XLIFF"),
        ("<xliff version='3.0'/>", "XLIFF of version '3.0'"),
        (ANGULAR.replace('source-language="en"', ""), "a.xlf:3: the attribute source-language of 'file' is missing"),
        (ANGULAR.replace('source-language="en"', 'source-language="fr"'), "its source language is 'fr', but 'en' was"),
        (ANGULAR.replace("pt-BR", "de"), "its target language is 'de', but 'pt-BR' was asked for"),
        (SECOND.replace("pt-BR", "de"), "its target language is 'de', but 'pt-BR' was asked for"),
    ],
)
def test_what_is_no_xliff_or_in_other_languages_is_told(files, content, told):
    path = files.put("a.xlf", content)
    with pytest.raises(CorpusError) as caught:
        files.fill(path)
    assert told in str(caught.value) and not path.with_name("filled.xlf").exists()


def test_a_unit_without_a_source_is_bad(files):
    path = files.put("a.xlf", ANGULAR.replace("<source>Print</source>", ""))
    bad = [one for one in files.units(path) if isinstance(one, BadLine)]
    assert [(one.number, one.reason, one.raw) for one in bad] == [(15, "a unit without a source", "new")]


REVIEWED = """<xliff version="1.2"><file source-language="en" target-language="pt-BR" original="a"><body>
<trans-unit id="1"><source>Open <mrk mtype="protected">%s &amp; A</mrk> now</source>
<target state="translated">Abra %s &amp; A agora</target>
<alt-trans match-quality="80%" origin="memory"><source>Open it</source><target>Abra isso</target></alt-trans>
<alt-trans origin="tutelage"><target>Abre %s &amp; A agora</target></alt-trans></trans-unit>
<trans-unit id="2"><source>Keep <mrk mtype="protected">Tutelage</mrk></source></trans-unit>
</body></file></xliff>
"""


def test_a_mark_that_the_target_lacks_is_its_text_and_the_machines_alternative_is_the_draft(files):
    path = files.put("review.xlf", REVIEWED)
    assert files.pairs(path) == [("Open %s & A now", "Abra %s & A agora")]
    units = files.units(path)
    assert units[0].proposals == ("Abre %s & A agora", "Abra isso")
    assert units[1].source == "Keep <x1/>"
    filled = files.fill(path, {"Keep <x1/>": "Manter <x1/>"})
    assert 'mt-suggestion">Manter <mrk mtype="protected">Tutelage</mrk></target>' in filled


def inline_ids(element):
    found = []
    for child in element.children:
        if not isinstance(child, str):
            found += [(child.local_name, child.attributes.get("id", child.attributes.get("mid"))), *inline_ids(child)]
    return found


def check_inline_elements(path):
    """A target has inline elements of its source alone, each once; how many targets there are."""
    checked = 0
    for stretch in read_stretches(path, whole=frozenset({"trans-unit", "segment"}), tags=frozenset()):
        element = stretch.element
        target = element.first("target") if element else None
        if target is not None:
            checked += 1
            ids = inline_ids(target)
            source = element.first("seg-source") or element.first("source")
            assert len(ids) == len(set(ids)) and set(ids) <= set(inline_ids(source))
    return checked


@pytest.mark.parametrize(
    ("content", "count"), [(ANGULAR, 4), (SEGMENTED % "", 1), (SECOND, 3), (SECOND.replace(' trgLang="pt-BR"', ""), 3)]
)
def test_what_is_filled_is_valid_by_the_standard(files, content, count):
    namespace = "version='1.2' xmlns='urn:oasis:names:tc:xliff:document:1.2'"
    content = content.replace("<xliff version='1.2'", f"<xliff {namespace}")
    content = content.replace("original='a'", "original='a' datatype='plaintext'")
    assert schema_faults(content) == []
    filled = files.fill(files.put("a.xlf", content))
    assert filled != content and schema_faults(filled) == []
    assert check_inline_elements(files.put("b.xlf", filled)) == count


def test_the_schemas_refuse_what_the_standard_does():
    for good, bad in (('state="new"', 'state="made-up"'), ('<g id="1"', "<g"), ("<note", "<source/><note")):
        assert good in ANGULAR and schema_faults(ANGULAR.replace(good, bad))
    for good, bad in (('state="final"', 'state="new"'), ('subState="x:y"', 'subState="y"'), ('srcLang="en"', "")):
        assert good in SECOND and schema_faults(SECOND.replace(good, bad))


def test_line_breaks_of_a_html_template_are_spaces_and_others_stay(files):
    unit = "<trans-unit id='1'{}>\n<source>\n  Open the\n  file.\n</source></trans-unit>"
    frame = "<xliff version='1.2'><file source-language='en' datatype='plaintext'><body>{}</body></file></xliff>"
    html = files.put("a.xlf", frame.format(unit.format(" datatype='html'")))
    assert [one.source for one in files.units(html, target="")] == [" Open the file. "]
    assert f"<target {FILLED}> Abra. </target>" in files.fill(html, {"Open the file.": "Abra."})
    plain = files.put("b.xlf", frame.format(unit.format("")))
    kept = files.put("c.xlf", frame.format(unit.format(" datatype='html' xml:space='preserve'")))
    for path in (plain, kept):
        assert [one.source for one in files.units(path, target="")] == ["\n  Open the\n  file.\n"]
    assert files.stays(html) and files.stays(plain)


def test_text_within_codes_is_translated_in_its_place(files):
    unit = (
        "<trans-unit id='1'><source>See <ph id='1'>&lt;img alt=\"<sub>My <g id='9'>dog</g></sub>\" title='<sub>A dog"
        "</sub>'/></ph> here<bpt id='2' rid='2'>[</bpt>x<ept id='3' rid='2'>](<sub>there</sub>)</ept></source>"
        "{}</trans-unit>"
    )
    frame = (
        "<xliff version='1.2'><file source-language='en' original='a' datatype='html'><body>{}</body></file></xliff>"
    )
    path = files.put("a.xlf", frame.format(unit.format("")))
    assert files.stays(path)
    assert [one.source for one in files.units(path)] == [
        "See <x1/> here<g2>x</g2>",
        "My <g1>dog</g1>",
        "A dog",
        "there",
    ]
    translations = {
        "See <x1/> here<g2>x</g2>": "<g2>x</g2> veja <x1/>",
        "My <g1>dog</g1>": "Meu <g1>cão</g1> &",
        "A dog": "Um cão",
        "there": "lá",
    }
    target = (
        f"<target {FILLED}><bpt id='2' rid='2'>[</bpt>x<ept id='3' rid='2'>](<sub>lá</sub>)</ept> veja "
        "<ph id='1'>&lt;img alt=\"<sub>Meu <g id='9'>cão</g> &amp;</sub>\" title='<sub>Um cão</sub>'/></ph></target>"
    )
    filled = files.fill(path, translations)
    assert target in filled
    again = list(files.units(files.put("b.xlf", filled)))
    assert [one.target for one in again] == list(translations.values())
    assert {one.state for one in again} == {"review"}


def test_text_within_codes_of_segments_is_translated(files):
    unit = SEGMENTED.replace("One file.</mrk>", "One <ph id='1'>(<sub>a note</sub>)</ph>.</mrk>") % ""
    path = files.put("a.xlf", unit)
    translations = {"One <x1/>.": "Um <x1/>.", "Two.": "Dois.", "a note": "uma nota"}
    assert [one.source for one in files.units(path)] == list(translations)
    assert "<mrk mtype='seg' mid='1'>Um <ph id='1'>(<sub>uma nota</sub>)</ph>.</mrk>" in files.fill(path, translations)
