import pytest

from tutelage.core.errors import CorpusError, UsageError
from tutelage.core.languages import Direction
from tutelage.core.records import Pair, Provenance, Segment
from tutelage.corpora.formats.xml.tmx import write_tmx
from tutelage.corpora.reading import read_pairs
from xml_schemas import schema_faults

MEMORY = """<?xml version="1.0"?>
<!DOCTYPE tmx SYSTEM "tmx14.dtd">
<tmx version="1.4">
  <header creationtool="XYZ" creationtoolversion="1" datatype="PlainText" segtype="sentence" adminlang="en-us"
    srclang="EN" o-tmf="ABC"/>
  <body>
    <tu tuid="0001">
      <note>a note</note>
      <tuv xml:lang="EN">
        <seg>Open the <bpt i="1">&lt;b></bpt>file<ept i="1">&lt;/b></ept> &amp; press <ph x="2">{0}</ph>.</seg>
      </tuv>
      <tuv xml:lang="FR-CA"><seg>Ouvre</seg></tuv>
    </tu>
    <tu>
      <tuv xml:lang="en-US"><seg>Save <hi>it</hi></seg></tuv>
      <tuv xml:lang="pt"><seg>Grave <hi>isso</hi></seg></tuv>
      <tuv xml:lang="pt-BR"><seg>Salve <hi>isso</hi></seg></tuv>
    </tu>
    <tu><tuv lang="en"><seg>Print</seg></tuv><tuv lang="pt_BR"><seg/></tuv></tu>
    <tu><tuv xml:lang="de"><seg>Auf</seg></tuv><tuv xml:lang="fr"><seg>Ouvrir</seg></tuv></tu>
  </body>
</tmx>
"""
TAGGED = "Open the <g1>file</g1> & press <x2/>."


def test_nothing_changes_if_nothing_is_filled(files):
    assert files.stays(files.put("a.tmx", MEMORY), source="en", target="pt-BR")
    assert files.stays(files.put("a.tmx", MEMORY.encode("utf-16")), source="en", target="pt-BR")


def test_pairs_are_of_the_languages_asked_for_with_their_tags(files):
    path = files.put("a.tmx", MEMORY)
    assert files.pairs(path) == [("Save <g1>it</g1>", "Salve <g1>isso</g1>")]
    assert files.pairs(path, target="pt") == [("Save <g1>it</g1>", "Grave <g1>isso</g1>")]
    assert files.pairs(path, target="fr-CA") == [(TAGGED, "Ouvre")]
    assert files.pairs(path, source="pt", target="en") == [("Grave <g1>isso</g1>", "Save <g1>it</g1>")]
    assert files.pairs(path, source="fr", target="de") == [("Ouvrir", "Auf")]
    assert [source for source, _ in files.pairs(path, target="")] == [TAGGED, "Save <g1>it</g1>", "Print"]


def test_tags_of_two_languages_are_the_same_by_their_x(files):
    side = (
        '<tuv xml:lang="{}"><seg><bpt i="{}" x="1">{{b</bpt>{}<ept i="{}">}}</ept> '
        '<bpt i="{}" x="2">{{i</bpt>{}<ept i="{}">}}</ept></seg></tuv>'
    )
    one, other = side.format("en", 1, "a", 1, 2, "b", 2), side.format("pt-BR", 8, "A", 8, 3, "B", 3)
    path = files.put("a.tmx", f"<tmx><header/><body><tu>{one}{other}</tu></body></tmx>")
    assert files.pairs(path) == [("<g1>a</g1> <g2>b</g2>", "<g1>A</g1> <g2>B</g2>")]


def test_a_unit_without_the_target_gets_a_variant_that_says_who_made_it(files):
    path = files.put("a.tmx", MEMORY)
    filled = files.fill(path, {TAGGED: "<g1>Abra</g1> & <x2/> <b>", "Print": "Imprimir"})
    new = """<tuv xml:lang="FR-CA"><seg>Ouvre</seg></tuv>
      <tuv xml:lang="pt-BR" creationid="tutelage">
        <seg><bpt i="1">&lt;b></bpt>Abra<ept i="1">&lt;/b></ept> &amp; <ph x="2">{0}</ph> &lt;b&gt;</seg>
      </tuv>"""
    expected = MEMORY.replace('<tuv xml:lang="FR-CA"><seg>Ouvre</seg></tuv>', new).replace(
        '<tuv lang="pt_BR"><seg/>', '<tuv lang="pt_BR" creationid="tutelage"><seg>Imprimir</seg>'
    )
    assert filled == expected
    again = files.put("b.tmx", filled)
    assert files.pairs(again) == files.pairs(path)
    assert [target for _, target in files.pairs(again, drafts=True)][::2] == ["<g1>Abra</g1> & <x2/> <b>", "Imprimir"]


@pytest.mark.parametrize(
    ("content", "asked", "told"),
    [
        ("<xliff/>", {}, "this is not TMX"),
        (MEMORY, {"source": "ja"}, "no unit has a text in 'ja'; the languages of the file are: EN, FR-CA, en-US, pt"),
        (MEMORY.replace('srclang="EN"', ""), {"source": ""}, "a.tmx:7: the file does not say which language"),
        (MEMORY.replace('srclang="EN"', 'srclang="*all*"'), {"source": ""}, "which language is the source (srclang)"),
    ],
)
def test_what_is_no_memory_or_has_other_languages_is_told(files, content, asked, told):
    path = files.put("a.tmx", content)
    with pytest.raises(CorpusError) as caught:
        files.fill(path, **asked)
    assert told in str(caught.value) and not path.with_name("filled.tmx").exists()


def test_without_a_language_to_translate_into_nothing_is_filled(files):
    path = files.put("a.tmx", MEMORY)
    with pytest.raises(UsageError, match="the language to translate into is not said"):
        files.fill(path, target="")


def test_the_source_language_may_be_the_files_own(files):
    assert 'creationid="tutelage"' in files.fill(files.put("a.tmx", MEMORY), source="", target="it")


def pair(number, source, target):
    return Pair(
        Segment(f"a:{number}", source, "en"), Segment(f"a:{number}", target, "pt-BR"), Provenance(f"a.txt:{number}")
    )


def test_pairs_are_written_as_a_memory_that_is_read_as_they_were(tmp_path):
    pairs = [pair(1, "Open <b> & close", "Abrir <b> e fechar"), pair(2, "Two\nlines", "Duas\nlinhas")]
    path = tmp_path / "learned.tmx"
    assert write_tmx(pairs, path, direction=Direction("en", "pt-BR")) == 2
    read = list(read_pairs(path, direction=Direction("en", "pt-BR")))
    assert [(one.source.text, one.target.text) for one in read] == [(one.source.text, one.target.text) for one in pairs]


def test_what_is_written_is_valid_by_the_standard(tmp_path, files):
    path = tmp_path / "learned.tmx"
    write_tmx([pair(1, "Open <b>", "Abrir"), pair(2, "a", "b")], path, direction=Direction("en", "pt-BR"))
    assert schema_faults(path.read_bytes()) == []
    memory = MEMORY.replace("<tuv lang=", "<tuv xml:lang=").replace("<hi>", '<hi x="3">')
    filled = files.fill(files.put("a.tmx", memory))
    assert filled.count('creationid="tutelage"') == 2
    assert schema_faults(memory) == schema_faults(filled) == []
    assert schema_faults(filled.replace("<seg>Ouvre</seg>", "")) and schema_faults(filled.replace(' i="1"', "", 1))


def test_text_within_codes_is_translated_in_its_place(files):
    source = '<tuv xml:lang="en"><seg>See <ph x="1">(<sub>a note</sub>)</ph> here</seg></tuv>'
    path = files.put("a.tmx", f'<tmx><header srclang="en"/><body><tu>{source}</tu></body></tmx>')
    filled = files.fill(path, {"See <x1/> here": "Aqui <x1/>", "a note": "uma nota"})
    assert '<seg>Aqui <ph x="1">(<sub>uma nota</sub>)</ph></seg>' in filled
    both = filled.replace(' creationid="tutelage"', "")
    assert files.pairs(files.put("b.tmx", both)) == [("See <x1/> here", "Aqui <x1/>"), ("a note", "uma nota")]
