from dataclasses import replace
from functools import partial

import pytest

from tutelage.core.errors import CorpusError
from tutelage.core.languages import Direction
from tutelage.corpora.bad_lines import Allowance, BadLine, BadLineCount
from tutelage.corpora.columns import FieldNames
from tutelage.corpora.files import read_bytes
from tutelage.corpora.filling import Filling
from tutelage.corpora.formats.units import Block, Edit, Unit, UnitFormat, edited, with_source_of
from tutelage.corpora.losses import Losses
from tutelage.corpora.rows import Languages


class Lines(UnitFormat):
    """`key|source|target`, a line a block; a line with `#` has no unit, one with `?` is bad, `~` needs a look."""

    def blocks(self, path, *, languages):
        for number, line in enumerate(read_bytes(path).splitlines(keepends=True), start=1):
            if line.startswith(b"#"):
                yield Block(line)
            elif line.startswith(b"?"):
                yield Block(line, bad=(BadLine(str(path), number, "a question"),))
            else:
                key, source, target = line.decode().rstrip("\n").split("|")
                state = "untranslated" if not target else "review" if key.startswith("~") else "final"
                units = tuple(
                    Unit(one, target, state, key, line=number, is_translatable=key != "fix")
                    for one in source.split("/")
                )
                yield Block(line, units, partial(self.render, line))

    @staticmethod
    def render(line, filled):
        end = len(line) - 1
        texts = "/".join(f"{n}:{one.text}{'!' * one.is_doubtful}" for n, one in sorted(filled.items()))
        return edited(line, [Edit(line.rindex(b"|") + 1, end, texts.encode())])


def upper(sources):
    return (source.upper() for source in sources)


@pytest.fixture
def document(tmp_path):
    path = tmp_path / "a.lines"
    path.write_text("# head\na|Open|Abrir\nb|Close|\n~c|Save|Gravar\nfix|Tutelage|\nd|one file/files|\n# foot\n")
    return path


def fill(path, out, translate=upper, **filling):
    count = Lines().fill(path, out, translate, names=FieldNames(), filling=Filling(**filling))
    return count, out.read_text()


def test_only_what_is_untranslated_is_filled_and_all_else_stays(document, tmp_path):
    count, text = fill(document, tmp_path / "out")
    assert count == 3
    assert text == (
        "# head\na|Open|Abrir\nb|Close|0:CLOSE\n~c|Save|Gravar\nfix|Tutelage|\n"
        "d|one file/files|0:ONE FILE/1:FILES\n# foot\n"
    )


def test_all_that_is_translatable_is_filled_if_asked(document, tmp_path):
    count, text = fill(document, tmp_path / "out", keep_translated=False)
    assert count == 5
    assert "a|Open|0:OPEN\n" in text and "~c|Save|0:SAVE\n" in text and "fix|Tutelage|\n" in text


def test_rows_are_final_pairs_or_every_source(document):
    rows = list(Lines().read(document, names=FieldNames(), languages=Languages("en", "pt")))
    assert [(row.number, row.line, row.source, row.target) for row in rows] == [(1, 2, "Open", "Abrir")]
    assert rows[0].fields["key"] == "a" and rows[0].fields["state"] == "final"
    sources = list(Lines().read(document, names=FieldNames(), languages=Languages("en")))
    assert [row.source for row in sources] == ["Open", "Close", "Save", "Tutelage", "one file", "files"]
    assert {row.target for row in sources} == {None}


def test_a_doubtful_translation_is_marked_and_an_emptied_one_leaves_its_unit(tmp_path):
    path = tmp_path / "a.lines"
    path.write_text("a|Open %s|\nb|Close|\n")
    lossy = lambda sources: (source.replace("%s", "") + "x" for source in sources)  # noqa: E731
    assert fill(path, tmp_path / "out", lossy)[1] == "a|Open %s|0:Open x!\nb|Close|0:Closex\n"
    assert fill(path, tmp_path / "out", lossy, losses=Losses("empty"))[1] == "a|Open %s|\nb|Close|0:Closex\n"


def test_bad_blocks_stop_or_are_counted_and_kept(tmp_path):
    path = tmp_path / "a.lines"
    path.write_text("a|Open|\n?what\nb|nul\0|\n")
    with pytest.raises(CorpusError, match="a question"):
        fill(path, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    bad = BadLineCount()
    count, text = fill(path, tmp_path / "out", allowed=Allowance(0.9, bad))
    assert (count, bad.count) == (1, 2)
    assert text == "a|Open|0:OPEN\n?what\nb|nul\0|\n"


def test_edits_replace_and_insert_in_order():
    assert (
        edited(b"0123456789", [Edit(8, 10, b"Z"), Edit(2, 4, b"a"), Edit(4, 4, b"b"), Edit(4, 4, b"c")])
        == b"01abc4567Z"
    )
    assert edited(b"abc", []) == b"abc"


def test_a_unit_takes_its_source_from_the_other_file():
    here = Unit("Abrir", "Abrir", key="a", line=9)
    there = Unit("Open", key="a", notes=("a verb",), line=2)
    joined = with_source_of(here, there)
    assert joined == Unit("Open", "Abrir", "final", "a", notes=("a verb",), line=9)
    assert with_source_of(replace(here, target=" "), there).state == "untranslated"


def test_direction_is_given_to_the_format(tmp_path):
    asked = []

    class Asking(Lines):
        def blocks(self, path, *, languages):
            asked.append(languages)
            return super().blocks(path, languages=languages)

    path = tmp_path / "a.lines"
    path.write_text("a|Open|\n")
    direction = Direction("en", "pt-BR")
    filling = Filling(lang=direction.target, source_lang=direction.source, source_file="en.lines")
    Asking().fill(path, tmp_path / "out", upper, names=FieldNames(), filling=filling)
    assert asked == [Languages("en", "pt-BR", source_file="en.lines")]


def test_drafts_are_what_waits_for_a_review_and_the_draft_of_a_post_edit_is_its_first_proposal(document, tmp_path):
    drafts = Lines().read(document, names=FieldNames(), languages=Languages("en", "pt", drafts=True))
    assert [row.target for row in drafts] == ["Abrir", "Gravar"]

    class Proposing(Lines):
        def blocks(self, path, *, languages):
            for block in super().blocks(path, languages=languages):
                yield replace(block, units=tuple(replace(one, proposals=("Abra", "Abre")) for one in block.units))

    rows = Proposing().read(document, names=FieldNames(), languages=Languages("en", "pt", post_edits=True))
    assert [(row.target, row.draft) for row in rows] == [("Abrir", "Abra")]
    plain = Proposing().read(document, names=FieldNames(), languages=Languages("en", "pt"))
    assert [row.draft for row in plain] == [None]
