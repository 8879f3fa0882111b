import pytest

from tutelage.core.errors import CorpusError
from tutelage.core.languages import Direction
from tutelage.corpora.bad_lines import BadLineCount
from tutelage.corpora.columns import FieldNames
from tutelage.corpora.filling import Filling
from tutelage.corpora.reading import Reading, read_pairs, read_segments
from tutelage.tasks.translation import translate_document

EN_PT = Direction("en", "pt-BR")


def write(path, text):
    path.write_bytes(text.encode())
    return path


def texts(path, **reading):
    pairs = read_pairs(path, direction=EN_PT, reading=Reading(**reading))
    return [(pair.source.text, pair.target.text) for pair in pairs]


def filled(path):
    def upper(sources):
        return (source.upper() for source in sources)

    out = path.with_name(f"out{path.suffix}")
    translate_document(path, out, upper, filling=Filling(lang="pt-BR", source_lang="en"))
    return out.read_text()


@pytest.mark.parametrize(
    "header",
    ["Source\tTarget", "en\tpt-BR", "EN\tPT", "en_US\tpt_PT", "eng_Latn\tpor_Latn", "English\tBrazilian Portuguese"],
)
def test_a_header_is_known_for_reading_and_for_writing(tmp_path, header):
    path = write(tmp_path / "a.tsv", f"{header}\nOpen\tAbrir\n")
    assert texts(path) == [("Open", "Abrir")]
    assert [segment.text for segment in read_segments(path, lang="en")] == ["Open"]
    assert filled(path) == f"{header}\nOpen\tOPEN\n"


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("a.jsonl", '{"translation": {"en": "Open", "pt_BR": "Abrir"}, "id": "7"}'),
        ("b.jsonl", '{"EN": "Open", "pt-PT": "Abrir"}'),
        ("c.jsonl", '{"Src": "Open", "Tgt": "Abrir", "id": "7"}'),
    ],
)
def test_fields_are_known_for_reading_and_for_writing(tmp_path, name, row):
    path = write(tmp_path / name, row + "\n")
    assert texts(path) == [("Open", "Abrir")]
    assert filled(path) == row.replace("Abrir", "OPEN") + "\n"


def test_a_translation_that_is_not_there_yet_is_put_in(tmp_path):
    assert filled(write(tmp_path / "a.jsonl", '{"translation": {"en": "Open"}}\n')) == (
        '{"translation": {"en": "Open", "pt-BR": "OPEN"}}\n'
    )
    assert filled(write(tmp_path / "a.tsv", "id\ten\n7\tOpen\n")) == "id\ten\ttarget\n7\tOpen\tOPEN\n"


@pytest.mark.parametrize("line", ["Original\tTarget", "de\tfr", "Source\tZiel", "id\tnote", "ID\tComment\tdate"])
def test_a_first_line_that_seems_to_name_columns_is_a_question(tmp_path, line):
    path = write(tmp_path / "a.tsv", f"{line}\nOpen\tAbrir\n")
    for ask in (texts, filled):
        with pytest.raises(CorpusError, match=r"a\.tsv:1: the first line seems to name columns .* Name them"):
            ask(path)


def test_an_id_and_a_note_are_no_pair(tmp_path):
    """In CSV as in TSV, and whatever the id is called; one language is asked for too."""
    for name, names in (("a.csv", "id,note"), ("b.tsv", "nr\tnote")):
        path = write(tmp_path / name, f"{names}\n7{names[2]}Open the file\n")
        with pytest.raises(CorpusError, match="seems to name columns"):
            list(read_segments(path, lang="en", reading=Reading(fields=FieldNames(id=names[:2]))))


def test_a_first_line_of_text_is_text(tmp_path):
    path = write(tmp_path / "a.tsv", "Yes\tSim\nNo\tNão\n")
    assert texts(path) == [("Yes", "Sim"), ("No", "Não")]
    with pytest.raises(CorpusError, match="no source field among x, y"):
        texts(write(tmp_path / "a.jsonl", '{"x": "a", "y": "b"}\n'))


def test_pairs_with_a_blank_side_are_left_out_and_counted(tmp_path):
    path = write(tmp_path / "a.tsv", "Open\tAbrir\n\nSave\t\n\tSem fonte\n")
    count = BadLineCount()
    assert texts(path, bad_line=count) == [("Open", "Abrir")]
    assert count.note().startswith("2 bad lines are left out") and count.note().endswith("a.tsv:3: the target is blank")
    assert filled(path) == "Open\tOPEN\n\t\nSave\tSAVE\n\tSem fonte\n"
    rows = write(tmp_path / "a.jsonl", '{"source": " ", "target": "Sem fonte"}\n')
    assert texts(rows) == [] and filled(rows) == '{"source": " ", "target": "Sem fonte"}\n'


def test_csv_is_read_and_written_with_its_quotes(tmp_path):
    path = write(tmp_path / "a.csv", 'id,en,pt\n1,"Open, now","Abra, já"\n2,"two\nlines","di ""to"""\n')
    assert texts(path) == [("Open, now", "Abra, já"), ("two\nlines", 'di "to"')]
    assert filled(path) == 'id,en,pt\n1,"Open, now","OPEN, NOW"\n2,"two\nlines","TWO\nLINES"\n'
    semicolons = write(tmp_path / "b.csv", "en;pt\nOpen, now;Abra\n")
    assert texts(semicolons) == [("Open, now", "Abra")] and filled(semicolons) == "en;pt\nOpen, now;OPEN, NOW\n"
    with pytest.raises(CorpusError, match=r"c\.csv:1: the first of 3 columns is 'x'"):
        texts(write(tmp_path / "c.csv", "x,y,z\n1,2,3\n"))
    with pytest.raises(CorpusError, match=r"d\.csv:2: .* not CSV"):
        texts(write(tmp_path / "d.csv", 'en,pt\n"a" b,c\n'))


@pytest.mark.parametrize("rest", [200, 20_000], ids=["to the end", "longer than a field may be"])
def test_a_quote_without_its_end_is_told_where_it_begins(tmp_path, rest):
    path = write(tmp_path / "a.csv", 'en,pt\nSave,Salvar\n"Open,Abrir\n' + "Close,Fechar\n" * rest)
    with pytest.raises(CorpusError, match=r"a\.csv:3: the record that begins here is not CSV .*Mend its quotes"):
        texts(path)


def test_two_texts_are_pairs_by_their_suffixes(tmp_path):
    source, target = write(tmp_path / "a.en", "Open\nSave\n"), write(tmp_path / "a.pt", "Abrir\nSalvar\n")
    expected = [("Open", "Abrir"), ("Save", "Salvar")]
    assert texts(source) == texts(target) == expected
    assert texts(target, source_file=str(source)) == expected
    assert [segment.text for segment in read_segments(source, lang="en")] == ["Open", "Save"]
    write(target, "Abrir\n")
    with pytest.raises(CorpusError, match=r"a\.pt: it has fewer lines than .*a\.en"):
        texts(source)
    with pytest.raises(CorpusError, match=r"corpus\.en, corpus\.de"):
        texts(write(tmp_path / "b.en", "Open\n"))


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("a.csv", ["en;pt", "Open;OPEN", '"a; b";"A; B"', ""]),
        ("a.tsv", ["en\tpt", "Open\tOPEN", ""]),
        ("a.jsonl", ['{"en": "Open", "pt": "OPEN"}', ""]),
        ("a.txt", ["OPEN", "", "SAVE", ""]),
    ],
)
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_spreadsheet_s_mark_and_line_ends_stay(tmp_path, name, lines, mark, end):
    path = write(tmp_path / name, mark + end.join(lines))
    filled(path)
    assert path.with_name(f"out{path.suffix}").read_bytes() == path.read_bytes()
