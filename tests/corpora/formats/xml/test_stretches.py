import pytest

from tutelage.core.errors import CorpusError
from tutelage.corpora.formats.xml import stretches as xml
from tutelage.corpora.formats.xml.stretches import read_stretches

DOCUMENT = (
    '<?xml version="1.0" encoding="utf-8"?>\r\n<!DOCTYPE r [<!ENTITY app "X">]>\n<!-- hi -->\n'
    '<r a="1"><u/><g><u id="1">a &amp; &app; <b x="/>"></b><i/>c<![CDATA[<x>]]><!-- c --></u> <!-- note -->'
    "<p:u>ü</p:u></g><e/></r>\n"
)


def stretches(path):
    return list(read_stretches(path, whole=frozenset({"u"}), tags=frozenset({"r", "e"})))


@pytest.mark.parametrize("chunk", [2, 7, 1 << 20])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_stretches_are_the_file_whatever_comes_at_once(tmp_path, monkeypatch, chunk, encoding):
    monkeypatch.setattr(xml, "CHUNK_BYTES", chunk)
    path = tmp_path / "a.xml"
    path.write_bytes(DOCUMENT.replace("utf-8", encoding).encode(encoding))
    found = stretches(path)
    assert b"".join(one.raw for one in found) == path.read_bytes()
    named = [(one.part, one.decode(0, len(one.raw))) for one in found if one.element is not None]
    assert named == [
        ("head", '<r a="1">'),
        ("whole", "<u/>"),
        ("whole", '<u id="1">a &amp; &app; <b x="/>"></b><i/>c<![CDATA[<x>]]><!-- c --></u>'),
        ("whole", "<p:u>ü</p:u>"),
        ("head", "<e/>"),
        ("foot", "</r>"),
    ]


def test_an_element_knows_its_text_its_children_and_their_bytes(tmp_path):
    path = tmp_path / "a.xml"
    path.write_text(DOCUMENT)
    stretch = [one for one in stretches(path) if one.part == "whole"][1]
    element = stretch.element
    shown = [
        one if isinstance(one, str) else (one.name, stretch.decode(one.start, one.end)) for one in element.children
    ]
    assert shown == [
        "a & ", ("#entity", "&app;"), " ", ("b", '<b x="/>"></b>'), ("i", "<i/>"), "c<x>", ("#comment", "<!-- c -->"),
    ]  # fmt: skip
    assert element.has_cdata and element.text == "a &  c<x>" and element.attributes == {"id": "1"}
    assert [one.name for one in stretch.parents] == ["r", "g"]
    last = [one for one in stretches(path) if one.part == "whole"][2]
    assert last.comments == ("note",) and last.element.local_name == "u"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "the file is empty"),
        (b"<r><u></r>", "a.xml:1: not well-formed XML (mismatched tag)"),
        (b"<r>\n<u>", "a.xml:2: not well-formed XML (no element found)"),
        (b"<r>\ncaf\xe9</r>", "a.xml:2: a byte that is not UTF-8 (0xe9), and the file says no other encoding"),
        (b"<r>\xff\xfe</r>", "a byte that is not UTF-8 (0xff)"),
        (b"<r>\x01</r>", "a.xml:1: not well-formed XML (not well-formed (invalid token))"),
        (b'<?xml version="1.0" encoding="klingon"?><r/>', "an encoding that"),
        (b'<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><r>&b;</r>', "an XML entity ('b')"),
        (b'<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><r>&a;</r>', "an XML entity ('a')"),
        (b'<!DOCTYPE r [<!ENTITY % a "b">]><r/>', "an XML entity ('a')"),
        (b"<a>" * 200 + b"</a>" * 200, "more than 100 elements within one another"),
    ],
)
def test_what_is_not_sound_is_told_in_one_line(tmp_path, content, told):
    path = tmp_path / "a.xml"
    path.write_bytes(content)
    with pytest.raises(CorpusError) as caught:
        stretches(path)
    assert told in str(caught.value) and "\n" not in str(caught.value)


def test_elements_and_tags_without_an_end_do_not_fill_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(xml, "MAX_ELEMENT_BYTES", 1000)
    monkeypatch.setattr(xml, "MAX_LINE_BYTES", 1000)
    monkeypatch.setattr(xml, "CHUNK_BYTES", 500)
    path = tmp_path / "a.xml"
    path.write_text("<r><u>" + "a <b/>" * 1000 + "</u></r>")
    with pytest.raises(CorpusError, match="one element has more than 1,000 bytes"):
        stretches(path)
    path.write_text("<r><!-- " + "a" * 5000 + " --></r>")
    with pytest.raises(CorpusError, match="a tag or comment of more than 1,000 bytes"):
        stretches(path)


def test_no_external_file_is_read(tmp_path):
    (tmp_path / "a.dtd").write_text('<!ENTITY app "X">')
    path = tmp_path / "a.xml"
    path.write_text(f'<!DOCTYPE r SYSTEM "{tmp_path}/a.dtd"><r><u>&app;</u></r>')
    unit = next(one for one in stretches(path) if one.part == "whole")
    assert unit.element.text == "" and b"".join(one.raw for one in stretches(path)) == path.read_bytes()
