import json

import pytest
import yaml

from tutelage.core.errors import CorpusError
from tutelage.core.languages import Direction
from tutelage.corpora.filling import Filling
from tutelage.corpora.reading import Reading, read_pairs, read_segments
from tutelage.tasks.translation import translate_document

NESTED = """{
  "app": {"title": "My project", "size": 3},
  "item_one": "{{count}} item",
  "item_other": "{{count}} items",
  "car": "car | cars",
  "list": ["Open", "Save"]
}
"""
ARB = """{
  "@@locale": "en",
  "hello": "Hello {name}",
  "@hello": {"description": "A greeting", "placeholders": {"name": {}}}
}
"""
PROPERTIES = """# Header

! A comment
open = Open the \\
   file
save:Save
q=It''s {0} o'clock
cafe=caf\\u00e9
"""
STRINGS = '/* Title */\n"title" = "Say \\"hi\\" to %@";\n\n// two lines\nOther = "one\\ntwo"; // kept\n'
EXTENSION = (
    '{"hi": {"message": "Hello $NAME$", "description": "A greeting", "placeholders": {"name": {"content": "$1"}}}}'
)
SAMPLES = {
    "a.json": (NESTED, ["My project", "{{count}} item", "{{count}} items", "car", "cars", "Open", "Save"]),
    "b.json": (EXTENSION, ["Hello $NAME$"]),
    "c.json": ('{"app.title": "My project", "save": "Save"}', ["My project", "Save"]),
    "a.arb": (ARB, ["Hello {name}"]),
    "a.properties": (PROPERTIES, ["Open the file", "Save", "It's {0} o'clock", "café"]),
    "a.strings": (STRINGS, ['Say "hi" to %@', "one\ntwo"]),
}


def write(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


def mark(texts):
    return (f"<{text}>" for text in texts)


def fill(path, translate=mark, *, lang="pt-BR", source_file=""):
    out = path.with_name(f"out{path.suffix}")
    filling = Filling(lang=lang, source_lang="en", source_file=str(source_file))
    count = translate_document(path, out, translate, filling=filling)
    return count, out.read_bytes()


@pytest.mark.parametrize("name", SAMPLES)
def test_texts_are_read_and_keys_are_none(tmp_path, name):
    text, expected = SAMPLES[name]
    path = write(tmp_path / name, text)
    assert [segment.text for segment in read_segments(path, lang="en")] == expected


@pytest.mark.parametrize("name", SAMPLES)
def test_without_a_translation_every_byte_stays(tmp_path, name):
    path = write(tmp_path / name, SAMPLES[name][0].replace("\n", "\r\n"))
    count, content = fill(path, lambda texts: ("" for _ in texts), lang="")
    assert count == len(SAMPLES[name][1]) and content == path.read_bytes()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("b.json", EXTENSION.replace("Hello $NAME$", "<Hello $NAME$>")),
        ("c.json", '{"app.title": "<My project>", "save": "<Save>"}'),
        ("a.arb", ARB.replace("Hello {name}", "<Hello {name}>").replace('"en"', '"pt_BR"')),
        (
            "a.strings",
            STRINGS.replace('Say \\"hi\\" to %@', '<Say \\"hi\\" to %@>').replace("one\\ntwo", "<one\\ntwo>"),
        ),
    ],
)
def test_translations_take_the_places_of_texts_alone(tmp_path, name, expected):
    _, content = fill(write(tmp_path / name, SAMPLES[name][0]))
    assert content.decode() == expected


def test_i18next_gets_the_plural_forms_of_the_language_and_vue_its_branches(tmp_path):
    count, content = fill(write(tmp_path / "a.json", NESTED), lang="ru")
    found = json.loads(content)
    assert count == 9
    assert found["item_few"] == found["item_many"] == found["item_other"] == "<{{count}} items>"
    assert (found["item_one"], found["car"], found["list"]) == (
        "<{{count}} item>",
        "<car> | <cars>",
        ["<Open>", "<Save>"],
    )
    assert found["app"] == {"title": "<My project>", "size": 3}


def test_properties_keep_their_escapes(tmp_path):
    _, content = fill(write(tmp_path / "a.properties", PROPERTIES))
    text = content.decode()
    assert "open = <Open the file>\n" in text and "q=<It''s {0} o''clock>\n" in text and "cafe=<caf\\u00e9>\n" in text
    latin = write(tmp_path / "b.properties", "a=Über\n", "latin-1")
    _, content = fill(latin, lambda texts: ("São – ok" for _ in texts))
    assert content == b"a=S\\u00e3o \\u2013 ok\n"


def test_strings_may_be_in_utf_16(tmp_path):
    path = write(tmp_path / "a.strings", '"a" = "Open";\n', "utf-16")
    _, content = fill(path)
    assert content.decode("utf-16") == '"a" = "<Open>";\n' and content[:2] == path.read_bytes()[:2]


TARGETS = {
    "a.json": (
        '{\n  "app": {\n    "title": "Projeto"\n  },\n  "other": "Outro"\n}\n',
        '{\n  "app": {\n    "title": "Projeto",\n    "menu": {\n      "open": "<Open>"\n    }\n  },\n'
        '  "other": "Outro",\n  "save": "<Save>"\n}\n',
        '{"save": "Save", "app": {"title": "My project", "menu": {"open": "Open"}}}',
    ),
    "a.properties": ("# Cabeçalho\nsave=Salvar\n", "# Cabeçalho\nsave=Salvar\n# why\nopen=<Open>\n",
                     "save=Save\n# why\nopen=Open\n"),
    "a.strings": ('"b" = "Salvar";', '/* why */\n"a" = "<Open>";\n\n"b" = "Salvar";\n"c" = "<Close>";\n',
                  '/* why */\n"a" = "Open";\n\n"b" = "Save";\n"c" = "Close";\n'),
}  # fmt: skip


@pytest.mark.parametrize("name", TARGETS)
def test_what_the_target_language_lacks_is_put_in_from_the_source_file(tmp_path, name):
    target, expected, source = TARGETS[name]
    source_file = write(tmp_path / f"source.{name}", source)
    path = write(tmp_path / name, target)
    _, content = fill(path, source_file=source_file)
    assert content.decode().replace('"<Open>";\n\n"b"', '"<Open>";\n"b"') == expected.replace('";\n\n"b"', '";\n"b"')
    pairs = read_pairs(path, direction=Direction("en", "pt-BR"), reading=Reading(source_file=str(source_file)))
    assert [pair.target.text for pair in pairs] == [{"a.json": "Projeto"}.get(name, "Salvar")]


def test_pairs_need_the_source_file(tmp_path):
    path = write(tmp_path / "a.json", '{"save": "Salvar"}')
    with pytest.raises(CorpusError, match="--source-file"):
        list(read_pairs(path, direction=Direction("en", "pt-BR")))
    empty, source = write(tmp_path / "b.json", '{"save": ""}'), write(tmp_path / "s.json", '{"save": "Save"}')
    assert fill(empty, source_file=source)[1] == b'{"save": "<Save>"}'


@pytest.mark.parametrize(
    "text", ['{"": {"lang": "pt"}, "Save": [""]}', '{"Open the file.": "", "Save": "Salvar"}', '{"locale_data": {}}']
)
def test_catalogues_of_gettext_are_still_those(tmp_path, text):
    path = write(tmp_path / "a.json", text)
    assert [segment.text for segment in read_segments(path, lang="en")] == [
        key for key in json.loads(text) if key not in ("", "locale_data")
    ]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.json", '{"a": 1', "not a catalogue"),
        ("a.arb", "[1]", "not a JSON object of texts by keys: a JSON list"),
        ("a.strings", '"ok" = "Ok";\n"title" = "Say;\n', r"a\.strings:2: this is not a \.strings file"),
    ],
)
def test_what_is_no_such_file_is_told(tmp_path, name, text, told):
    with pytest.raises(CorpusError, match=told):
        fill(write(tmp_path / name, text))


def test_a_key_that_stands_twice_is_filled_twice(tmp_path):
    path = write(tmp_path / "a.properties", "a=Open\na=Close\n")
    assert fill(path) == (2, b"a=<Open>\na=<Close>\n")


@pytest.mark.parametrize(
    ("lang", "expected"), [("ru", "<{{count}} items>"), ("pt-BR", "<One item>"), ("de", "<One item>")]
)
def test_the_form_of_one_names_its_number_where_it_is_of_21_too(tmp_path, lang, expected):
    path = write(tmp_path / "a.json", '{"item_one": "One item", "item_other": "{{count}} items"}')
    assert json.loads(fill(path, lang=lang)[1])["item_one"] == expected


def test_a_key_of_strings_may_be_its_own_text(tmp_path):
    path = write(tmp_path / "a.strings", '/* buttons */\n"Yes";\n"no" = "No";\n')
    assert fill(path, lambda texts: ("" for _ in texts))[1] == path.read_bytes()
    assert fill(path)[1].decode() == '/* buttons */\n"Yes" = "<Yes>";\n"no" = "<No>";\n'


def test_strings_that_an_app_carries_are_told_apart(tmp_path):
    path = write(tmp_path / "a.strings", b"bplist00\xdb\x01".decode("latin-1"), "latin-1")
    with pytest.raises(CorpusError, match="binary property list"):
        fill(path)


def test_null_in_json_is_what_is_not_translated_yet(tmp_path):
    source = write(tmp_path / "en.json", '{"a": "A b", "c": {"d": "D"}}')
    target = write(tmp_path / "pt.json", '{"a": null, "c": {"d": null}}')
    assert fill(target, source_file=source) == (2, b'{"a": "<A b>", "c": {"d": "<D>"}}')


@pytest.mark.parametrize(
    ("written", "read", "filled"),
    [
        ("The file ''{0}'' is open", "The file '{0}' is open", "x''{0}''x"),
        ("The '{0}' stays", "The '{0}' stays", "x'{0}'x"),
        ("The '''{0}''' stays", "The '''{0}''' stays", "x'{0}'x"),
    ],
)
def test_two_apostrophes_before_a_brace_quote_nothing(tmp_path, written, read, filled):
    path = write(tmp_path / "a.properties", f"a={written}\n")
    asked = []
    _, content = fill(path, lambda texts: (asked.append(text) or "x'{0}'x" for text in texts))
    assert asked == [read] and content.decode() == f"a={filled}\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '{"gender_male": "His", "gender_other": "Their"}'),
        ("a.json", '{"category_other": "Other", "open": "Open"}'),
        ("a.arb", '{"a_one": "{n} file", "a_other": "{n} files"}'),
    ],
)
def test_a_key_that_ends_as_a_plural_form_need_not_be_one(tmp_path, name, text):
    path = write(tmp_path / name, text)
    assert json.loads(fill(path, lang="pl")[1]).keys() == json.loads(text).keys()


def test_a_key_of_strings_may_end_with_a_quote(tmp_path):
    _, content = fill(write(tmp_path / "a.strings", '"Say \\"hi\\"";\n'))
    assert content.decode().startswith('"Say \\"hi\\"" = "')


def test_a_source_with_letters_that_the_target_has_none_for_is_copied(tmp_path):
    source = write(tmp_path / "en.properties", "# Title \u2014 comment\na=Open the \u201cfile\u201d.\n")
    target = write(tmp_path / "pt.properties", "b=Fechar \xe9\n", "latin-1")
    _, content = fill(target, source_file=source)
    assert content.decode("latin-1").startswith("# Title \\u2014 comment\na=<Open the \\u201cfile\\u201d.>\n")


LISTS = {"a": "A", "list": ["One", "Two"], "deep": {"days": ["Sun", "Mon"], "mixed": ["x", 3], "none": []}}


def test_a_list_that_the_target_lacks_is_put_in_as_a_list(tmp_path):
    source = write(tmp_path / "en.json", json.dumps(LISTS, indent=2))
    for given, wanted in (
        ({"a": "X"}, {"a": "X", "list": ["<One>", "<Two>"], "deep": {"days": ["<Sun>", "<Mon>"]}}),
        ({"a": "X", "deep": {}}, {"a": "X", "deep": {"days": ["<Sun>", "<Mon>"]}, "list": ["<One>", "<Two>"]}),
    ):
        _, content = fill(write(tmp_path / "pt.json", json.dumps(given, indent=2)), source_file=source)
        assert json.loads(content) == wanted


def test_a_list_of_yaml_is_put_in_as_a_list_and_a_symbol_is_no_text(tmp_path):
    english = "en:\n  a: A\n  date:\n    days: [Sun, Mon]\n    order:\n    - :year\n    - :month\n    sep: now\n"
    source = write(tmp_path / "en.yml", english)
    _, content = fill(write(tmp_path / "pt.yml", "pt:\n  a: X\n"), source_file=source)
    assert yaml.safe_load(content) == {"pt-BR": {"a": "X", "date": {"days": ["<Sun>", "<Mon>"], "sep": "<now>"}}}


@pytest.mark.parametrize("target", ["pt-BR:\n", "pt-BR:", "pt-BR: # nothing yet\n", "# a file\npt-BR:\n"])
def test_a_language_without_texts_yet_gets_them_below_it(tmp_path, target):
    source = write(tmp_path / "en.yml", "en:\n  a: A\n  date:\n    days: [Sun, Mon]\n")
    _, content = fill(write(tmp_path / "pt.yml", target), source_file=source)
    assert yaml.safe_load(content) == {"pt-BR": {"a": "<A>", "date": {"days": ["<Sun>", "<Mon>"]}}}
