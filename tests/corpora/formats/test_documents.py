import pytest
import yaml

from tutelage.core.errors import CorpusError
from tutelage.core.languages import Direction
from tutelage.corpora.filling import Filling
from tutelage.corpora.reading import Reading, read_pairs, read_segments
from tutelage.tasks.translation import translate_document

RAILS = """# A comment
en:
  hello: Hello %{name}
  quoted: "Say\\n\\"hi\\""
  single: 'It''s'
  number: 3
  items:
    one: "%{count} item"
    other: "%{count} items"
  literal: |
    First line
    second line

  folded: >
    folded text
    goes on
  list: [Open, "Save, all"]
  none: ~
"""
SRT = """1
00:00:01,000 --> 00:00:02,000
{\\an8}Hello there,
my dear old friend.

2
00:00:03,000 --> 00:00:04,000
- Yes?
- No.
"""
VTT = """WEBVTT - A title

NOTE What is said
of it

intro
00:01.000 --> 00:02.000 align:start
<v Bob>Hi <i>there</i>

STYLE
::cue { color: red }
"""
MARKDOWN = """---
title: Kept
---
# A heading

A paragraph on
two lines with `code` and [a link](http://x.y).  
A hard break.

> Quoted
> twice

- one
  continued
1. first

| Head | 3 |
|---|---|
| cell | other |

```python
print("kept")
```

    kept too

<div>kept</div>

[ref]: http://x.y

Setext
======
"""
HTML = """<!DOCTYPE html>
<html lang="en"><head><title>My page</title><style>p {}</style><script>var a = "x<p>";</script></head>
<body><!-- no --><h1> A heading </h1>
<p>Some <b class="x">bold</b> text &amp; caf&eacute;
 here.</p><img src="a.png" alt="A picture"><p translate="no">Kept</p>
<ul><li>One<li>Two <a href="x">link</a></ul><pre>kept</pre>
<input placeholder='A name'> tail<br>next <code>3</code></body></html>
"""
FLUENT = """# A comment
-brand-name = Firefox
hello = Hello, { $name }!
    .title = A title
items = { $n ->
    [one] One item
   *[other] { $n } items
}
long =
    First line
    second line
"""
SAMPLES = {
    "en.yml": (RAILS, ["Hello %{name}", 'Say\n"hi"', "It's", "%{count} item", "%{count} items",
                       "First line\nsecond line\n", "folded text goes on\n", "Open", "Save, all"]),
    "a.srt": (SRT, ["Hello there, my dear old friend.", "- Yes?\n- No."]),
    "a.vtt": (VTT, ["<v Bob>Hi <i>there</i>"]),
    "a.md": (MARKDOWN, ["A heading", "A paragraph on two lines with `code` and [a link](http://x.y).", "A hard break.",
                        "Quoted twice", "one continued", "first", "Head", "cell", "other", "Setext"]),
    "a.html": (HTML, ["My page", "A heading", 'Some <b class="x">bold</b> text &amp; café here.', "A picture", "One",
                      'Two <a href="x">link</a>', "A name", "tail", "next <code>3</code>"]),
    "a.ftl": (FLUENT, ["Hello, { $name }!", "A title", "One item", "{ $n } items", "First line\nsecond line"]),
}  # fmt: skip


def write(path, text):
    path.write_bytes(text.encode())
    return path


def mark(texts):
    return (f"[{text}]" for text in texts)


def fill(path, translate=mark, *, lang="", source_file=""):
    out = path.with_name(f"out{path.suffix}")
    filling = Filling(lang=lang, source_lang="en", source_file=str(source_file))
    count = translate_document(path, out, translate, filling=filling)
    return count, out.read_bytes().decode()


@pytest.mark.parametrize("name", SAMPLES)
def test_texts_are_read_and_nothing_else(tmp_path, name):
    text, expected = SAMPLES[name]
    assert [segment.text for segment in read_segments(write(tmp_path / name, text), lang="en")] == expected


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_without_a_translation_every_byte_stays(tmp_path, name, end):
    path = write(tmp_path / name, SAMPLES[name][0].replace("\n", end))
    count, content = fill(path, lambda texts: ("" for _ in texts))
    assert count == len(SAMPLES[name][1]) and content.encode() == path.read_bytes()


@pytest.mark.parametrize("name", [name for name in SAMPLES if name not in ("en.yml",)])
def test_texts_that_stay_themselves_change_line_breaks_alone(tmp_path, name):
    path = write(tmp_path / name, SAMPLES[name][0])
    _, content = fill(path, lambda texts: iter(list(texts)))
    assert content.split() == path.read_text().replace("&eacute;", "é").replace("\n> twice", " twice").split()


def test_yaml_keeps_comments_styles_and_other_values(tmp_path):
    _, content = fill(write(tmp_path / "en.yml", RAILS), mark, lang="ru")
    assert (
        content
        == """# A comment
ru:
  hello: "[Hello %{name}]"
  quoted: "[Say\\n\\"hi\\"]"
  single: '[It''s]'
  number: 3
  items:
    one: "[%{count} item]"
    other: "[%{count} items]"
    few: "[%{count} items]"
    many: "[%{count} items]"
  literal: |
    [First line
    second line]

  folded: >
    [folded text goes on]
  list: ["[Open]", "[Save, all]"]
  none: ~
"""
    )


def test_anchors_and_tags_of_yaml_stay_before_what_is_translated(tmp_path):
    """Without its anchor an alias has no meaning, and the file is none."""
    lines = ["a: &x Open", "b: *x", "c: !!str 'Close'", "d: &y !!str", "e: &z |", "    Bye", "f: &w"]
    path = write(tmp_path / "en.yml", "en:\n" + "".join(f"  {line}\n" for line in lines))
    count, content = fill(path, mark, lang="pt-BR")
    assert (count, yaml.safe_load(content)["pt-BR"]["b"]) == (3, "[Open]")
    kept = ["a: &x '[Open]'", "b: *x", "c: !!str '[Close]'", "d: &y !!str", "e: &z |", "f: &w"]
    found = content.replace('"', "'").splitlines()
    assert [line.strip() for line in found[1:] if "Bye" not in line] == kept


def test_yaml_writes_what_means_itself_without_quotes(tmp_path):
    answers = iter(["Oi %{name}", "yes", "a: b", "# no"])
    path = write(tmp_path / "a.yml", "a: Hello %{name}\nb: Yes!\nc: A b\nd: C\n")
    _, content = fill(path, lambda texts: (next(answers) for _ in texts))
    assert content == 'a: Oi %{name}\nb: "yes"\nc: "a: b"\nd: "# no"\n'


def test_what_a_yaml_file_lacks_is_put_behind_its_mapping(tmp_path):
    source = write(tmp_path / "en.yml", "en:\n  a:\n    b: Bee\n    c: Cee\n    d:\n      e: Eee\n  z: Zed\n")
    target = write(tmp_path / "pt.yml", "pt-BR:\n  a:\n    b: Abelha # why\n\n  y: Y\n")
    _, content = fill(target, source_file=source)
    assert content == (
        'pt-BR:\n  a:\n    b: Abelha # why\n    c: "[Cee]"\n    d:\n      e: "[Eee]"\n\n  y: Y\n  z: "[Zed]"\n'
    )
    pairs = read_pairs(target, direction=Direction("en", "pt-BR"), reading=Reading(source_file=str(source)))
    assert [(pair.source.text, pair.target.text) for pair in pairs] == [("Bee", "Abelha")]


def test_subtitles_have_as_many_lines_as_before(tmp_path):
    _, content = fill(
        write(tmp_path / "a.srt", SRT), lambda texts: (text.replace("old", "velho e bom") for text in texts)
    )
    assert "{\\an8}Hello there, my dear\nvelho e bom friend.\n\n2\n" in content and "- Yes?\n- No.\n" in content


def test_markdown_keeps_all_that_is_no_text(tmp_path):
    _, content = fill(write(tmp_path / "a.md", MARKDOWN), lambda texts: (f"{text}|" for text in texts))
    assert content.startswith("---\ntitle: Kept\n---\n# A heading|\n\nA paragraph on two lines")
    assert "(http://x.y).|  \nA hard break.|\n\n> Quoted twice|\n\n- one continued|\n1. first|\n" in content
    assert "| Head\\| | 3 |\n|---|---|\n| cell\\| | other\\| |\n" in content
    assert content.endswith("Setext|\n======\n")


def test_html_keeps_all_that_is_no_text(tmp_path):
    _, content = fill(write(tmp_path / "a.html", HTML), lambda texts: (f"{text} \"&'" for text in texts))
    assert "<h1> A heading \"&amp;' </h1>" in content and 'alt="A picture &quot;&amp;\'"' in content
    assert "placeholder='A name \"&amp;&#39;'" in content and '<p translate="no">Kept</p>' in content
    assert '<p>Some <b class="x">bold</b> text &amp; café here. "&amp;\'</p>' in content


def test_fluent_gets_whole_messages(tmp_path):
    source = write(tmp_path / "en.ftl", "hello = Hello\n\n# why\nbye = Bye\n    .title = Tip\n")
    target = write(tmp_path / "pt.ftl", "hello = Olá\n")
    assert fill(target, source_file=source)[1] == "hello = Olá\n\n# why\nbye = [Bye]\n    .title = [Tip]\n"
    _, content = fill(write(tmp_path / "a.ftl", "a =\n    One\n    two\n"), lambda texts: ("Um\n[dois]" for _ in texts))
    assert content == 'a =\n    Um\n    {""}[dois]\n'


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.yml", "en: [a\n b: c", r"a\.yml:2: this is not YAML of texts by keys"),
        ("a.yml", "- a\n", "no keys at its top"),
        ("a.yml", "a: " + "[" * 5000, "nested too deep"),
        ("a.srt", "hello\n", "not a file of subtitles"),
        ("a.ftl", "hello = Hello\n= y", r"a\.ftl:2: this is not a Fluent file"),
        ("a.md", "", "the file is empty"),
    ],
)
def test_what_is_no_such_file_is_told(tmp_path, name, text, told):
    with pytest.raises(CorpusError, match=told):
        fill(write(tmp_path / name, text))


def test_an_alias_is_one_text_however_often_it_stands(tmp_path):
    lines = ["a0: &a0 [Open]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    path = write(tmp_path / "a.yml", "\n".join(lines) + "\n")
    assert [segment.text for segment in read_segments(path, lang="en")] == ["Open"]


def test_what_lies_in_a_folder_for_other_reasons_is_no_corpus(tmp_path):
    write(tmp_path / "README.md", "About these texts.\n")
    write(tmp_path / "a.tsv", "Open\tAbrir\n")
    (pair,) = read_pairs(tmp_path, direction=Direction("en", "pt-BR"))
    assert pair.source.text == "Open"


def test_emphasis_is_kept_in_pairs_as_tags_are(tmp_path):
    text = "It is **very** *new*, `a * b * c`, 2 * 3 * 4, snake_case_name and __init__ \\*no\\*.\n"
    path = write(tmp_path / "a.md", text)
    (segment,) = read_segments(path, lang="en")
    assert segment.text.startswith(
        "It is <md-b>very</md-b> <md-i>new</md-i>, `a * b * c`, 2 * 3 * 4, snake_case_name and "
    )
    assert fill(path, lambda texts: iter(list(texts)))[1] == text
    _, content = fill(path, lambda texts: ("<md-i>Novo</md-i> e <md-b>bom</md-b>" for _ in texts))
    assert content == "*Novo* e **bom**\n"


@pytest.mark.parametrize("unclosed", ["<", "<a", "<!-- >", "<![CDATA[ >", "&a", "</a ", '<a title="'])
def test_what_is_never_closed_is_not_looked_for_again_and_again(tmp_path, unclosed):
    """The first two took from half a minute on, since each was read to the end."""
    content = f"<p>Before</p>\n{unclosed * 100_000}"
    found = [one.text for one in read_segments(write(tmp_path / "a.html", content), lang="en")]
    assert found[0] == "Before" and len(found) <= 2


def test_a_bare_sign_is_text(tmp_path):
    path = write(tmp_path / "a.html", "<p>If a < b and c > d, stop.</p> x < y <!-- open <p>On</p>")
    assert next(one.text for one in read_segments(path, lang="en")) == "If a < b and c > d, stop."


def test_a_yaml_block_may_begin_with_blank_lines(tmp_path):
    path = write(tmp_path / "en.yml", "en:\n  a: |\n\n\n    Bye,\n    us.\n  b: B\n")
    _, content = fill(path, lambda texts: ("Tchau,\nnós." if "Bye" in text else text for text in texts), lang="")
    assert yaml.safe_load(content) == {"en": {"a": "\n\nTchau,\nnós.\n", "b": "B"}}


def test_an_attribute_at_the_edge_of_a_text_is_part_of_its_tag(tmp_path):
    line = '<p><a href="n" title="next page"><i class="n">7. </i>Packages</a></p><p><img alt="A cat"></p>\n'
    _, content = fill(write(tmp_path / "a.html", line), lambda texts: (text.upper() for text in texts), lang="")
    assert content == (
        '<p><A HREF="N" TITLE="NEXT PAGE"><I CLASS="N">7. </I>PACKAGES</A></p><p><img alt="A CAT"></p>\n'
    )


def test_null_is_what_is_not_translated_yet(tmp_path):
    source = write(tmp_path / "en.yml", "en:\n  a: A\n  b: B\n  c: [C]\n  d: D # why\n")
    target = write(tmp_path / "pt.yml", "pt-BR:\n  a: ~\n  b:\n  c: [null]\n  d: # why\n")
    count, content = fill(target, lambda texts: (f"o {text}" for text in texts), source_file=source)
    assert count == 4 and content == "pt-BR:\n  a: o A\n  b: o B\n  c: [o C]\n  d: o D # why\n"


@pytest.mark.parametrize(
    ("name", "source", "target"), [("a.md", "# A\n\nB\n", "# Á\n"), ("a.html", "<p>A", "<p>A<p>B")]
)
def test_documents_of_another_structure_are_no_pairs(tmp_path, name, source, target):
    other = write(tmp_path / f"en-{name}", source)
    with pytest.raises(CorpusError, match="which belong together cannot be told"):
        fill(write(tmp_path / name, target), source_file=other)


CUES = ["1\n00:00:01,000 --> 00:00:02,000\nOne\n", "2\n00:00:03,000 --> 00:00:04,000\nTwo\n"]


def test_cues_that_a_file_lacks_stand_apart_from_their_neighbours(tmp_path):
    source, target = write(tmp_path / "en.srt", "\n".join(CUES)), write(tmp_path / "pt.srt", CUES[1])
    assert fill(target, lambda texts: texts, source_file=source)[1] == "\n".join(CUES)


def test_cues_with_other_times_are_paired_in_their_order_if_there_are_as_many(tmp_path):
    source = write(tmp_path / "en.srt", "\n".join(CUES))
    moved = write(tmp_path / "pt.srt", "\n".join(CUES).replace(",000 -->", ",040 -->").replace("One", "Um"))
    pairs = read_pairs(moved, direction=Direction("en", "pt-BR"), reading=Reading(source_file=str(source)))
    assert [(pair.source.text, pair.target.text) for pair in pairs] == [("One", "Um"), ("Two", "Two")]
    less = write(tmp_path / "less.srt", CUES[0].replace("01,000", "01,040"))
    with pytest.raises(CorpusError, match="1 text here and 2"):
        fill(less, source_file=source)


def test_lines_that_other_kinds_of_markdown_read_stay_lines(tmp_path):
    text = """> [!NOTE]
> Use it.

:::note
Open it
:::

See [^1].

[^1]: First note.
[^2]: Second note.

Term
: Definition of it

$$
x = a + b
$$

{% hint %}
Some text
{% endhint %}

| a | Shows \\| hides |
|---|---|
"""
    path = write(tmp_path / "a.md", text)
    asked = []
    _, filled = fill(path, lambda texts: (asked.append(one) or one.upper() for one in texts))
    assert asked == [
        "Use it.", "Open it", "See [^1].", "First note.", "Second note.", "Term", "Definition of it", "Some text", "a",
        "Shows | hides",
    ]  # fmt: skip
    for line in ("> [!NOTE]", ":::note", "[^1]: FIRST NOTE.", "[^2]: SECOND NOTE.", ": DEFINITION OF IT", "x = a + b"):
        assert line in filled.splitlines()
    assert "| A | SHOWS \\| HIDES |" in filled


def test_a_cue_ends_where_the_next_begins_without_a_blank_line(tmp_path):
    text = "1\n00:00:01,000 --> 00:00:02,000\nOpen it.\n2\n00:00:03,000 --> 00:00:04,000\nClose it.\n"
    path = write(tmp_path / "a.srt", text)
    _, filled = fill(path, lambda texts: (one.upper() for one in texts))
    assert filled == text.replace("Open it", "OPEN IT").replace("Close it", "CLOSE IT")


def test_a_sign_in_the_quotes_of_an_attribute_ends_no_tag(tmp_path):
    text = '<p>See <a title="x > y" onclick="go(() => 1)">it</a> &gt; now</p>'
    asked = []
    fill(write(tmp_path / "a.html", text), lambda texts: (asked.append(one) or one for one in texts))
    assert 'See <a title="x > y" onclick="go(() => 1)">it</a> &gt; now' in asked
