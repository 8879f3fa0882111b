"""Ratings exported, filled and imported; files that are wrong."""

import json

import pytest

from tutelage.core.errors import CorpusError, UsageError, UserError
from tutelage.core.records import Paraphrases, Segment
from tutelage.storage.tables import write_table
from tutelage.tasks.judge.folders import export_ratings, read_key
from tutelage.tasks.judge.imported import import_ratings
from tutelage.tasks.judge.outputs import read_outputs

SYSTEMS = ("copy", "student", "teacher")


@pytest.fixture
def outputs(tmp_path):
    rows = (
        {"id": number, "source": f"S {number}.", "outputs": {name: f"{name} {number}." for name in SYSTEMS}, "more": 1}
        for number in range(12)
    )
    path = tmp_path / "outputs.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def fill(path, *, values, rater):
    """Fills a sheet by what its text begins with."""
    lines = path.read_text("utf-8").splitlines()
    filled = [lines[0]]
    for line in lines[1:]:
        system = line.split(",")[4].split()[0]
        filled.append(line.removesuffix(",,,").replace(path.stem, rater) + ",".join(map(str, values[system])))
    target = path.with_name(f"{rater}.csv")
    target.write_text("\n".join(filled) + "\n", "utf-8")
    return target


def paraphrases(*written):
    """Rows of a table: id, source, and what was written for it."""
    return [Paraphrases(Segment(one, source, "en"), texts) for one, source, texts in written]


@pytest.fixture
def run(tmp_path):
    """What a run of the paraphrase step leaves behind."""
    tests = tmp_path / "run" / "01-paraphrase" / "tests"
    tests.mkdir(parents=True)
    (tmp_path / "run" / "run.json").write_text("{}")
    written = {
        "domain-after": paraphrases(("a", "One.", ("First.", "Second.")), ("b", "Two.", ("Other.",))),
        "domain-teacher": paraphrases(("a", "One.", ("Taught.",)), ("b", "Two.", ())),
        "general-after": paraphrases(("c", "Three.", ("Not this.",))),
    }
    for name, rows in written.items():
        write_table(tests / f"{name}.parquet", rows, Paraphrases)
    return tmp_path / "run"


def test_a_run_gives_the_first_output_of_every_system(run, tmp_path):
    first, second = read_outputs(run)
    assert (first.id, first.source) == ("a", "One.")
    assert first.outputs == {"copy": "One.", "after": "First.", "teacher": "Taught."}
    assert second.outputs == {"copy": "Two.", "after": "Other."}
    exported = export_ratings(run, out=tmp_path / "ratings")
    assert (exported.items, exported.incomplete) == (1, 1)


def test_a_run_that_paraphrased_nothing_is_told(run):
    (run / "01-paraphrase").rename(run / "01-patching")
    with pytest.raises(UsageError, match=r"no step of this run has paraphrased"):
        read_outputs(run)


GOOD = {"copy": (5, 5, 1, 1), "student": (4, 4, 3, 3), "teacher": (5, 4, 4, 4)}


@pytest.fixture
def folder(outputs, tmp_path):
    export_ratings(outputs, out=tmp_path / "R", items=10)
    return tmp_path / "R"


def test_there_and_back(folder):
    blind = read_key(folder)
    assert (len(blind.items), blind.systems) == (10, SYSTEMS)
    names = sorted(path.name for path in (folder / "for-raters").iterdir())
    assert names == ["rater-1.csv", "rater-1.html", "rater-2.csv", "rater-2.html"]
    sheets = [
        fill(folder / "for-raters" / "rater-1.csv", values=GOOD, rater="Anna"),
        fill(folder / "for-raters" / "rater-2.csv", values=GOOD | {"student": (4, 4, 2, 3)}, rater="Ben"),
    ]
    found = import_ratings(folder, sheets, resamples=50)
    means = {one.system: {score.name: score.value for score in one.scores} for one in found.systems}
    assert means["copy"]["overall"] == 3.0
    assert means["student"]["lexical_change"] == 2.5
    assert found.baseline == "teacher"
    drops = {(drop.system, drop.name): drop.value for drop in found.drops}
    assert drops["student", "meaning"] == pytest.approx(20.0)
    assert drops["copy", "fluency"] == pytest.approx(-25.0)
    assert found.agreement[0].ordinal.value == pytest.approx(1.0)
    with pytest.raises(UsageError, match="Did you mean 'student'"):
        import_ratings(folder, sheets, baseline="studnt")


def test_all_problems_at_once(folder):
    first = fill(folder / "for-raters" / "rater-1.csv", values=GOOD | {"copy": (5, 5, 0, 6)}, rater="Anna")
    with pytest.raises(CorpusError, match="20 problems") as error:
        import_ratings(folder, [first])
    assert str(error.value).count("Anna.csv:") == 21


def test_blank_sheets_and_files_that_are_none(folder, tmp_path):
    blank = folder / "for-raters" / "rater-1.csv"
    with pytest.raises(CorpusError, match=r"left out 120 of 120 ratings \(100.0%\).*--allow-missing"):
        import_ratings(folder, [blank])
    latin = tmp_path / "latin.csv"
    latin.write_bytes("rater;é".encode("latin-1"))
    with pytest.raises(CorpusError, match="not UTF-8"):
        import_ratings(folder, [latin])
    with pytest.raises(CorpusError, match="no such file"):
        import_ratings(folder, [tmp_path / "none.csv"])
    header = tmp_path / "header.csv"
    header.write_text(blank.read_text("utf-8").splitlines()[0])
    with pytest.raises(CorpusError, match="no line of ratings"):
        import_ratings(folder, [header])


def test_a_sheet_of_another_export_is_found_out(folder, outputs, tmp_path):
    export_ratings(outputs, out=tmp_path / "other", items=10, seed=2)
    sheet = fill(tmp_path / "other" / "for-raters" / "rater-1.csv", values=GOOD, rater="Anna")
    with pytest.raises(CorpusError, match="made by another export"):
        import_ratings(folder, [sheet])


def test_the_key_is_not_replaced_by_accident(folder, outputs):
    with pytest.raises(UsageError, match="--force"):
        export_ratings(outputs, out=folder, seed=2)
    export_ratings(outputs, out=folder, seed=2, force=True)
    assert read_key(folder).seed == 2


def test_keys_that_cannot_be_used(folder, tmp_path):
    with pytest.raises(UsageError, match="ratings export"):
        read_key(tmp_path)
    key = json.loads((folder / "key.json").read_text())
    (folder / "key.json").write_text(json.dumps(key | {"fingerprint": "0"}))
    with pytest.raises(UserError, match="was changed"):
        read_key(folder)
    for broken in ("{", "[]", "{}", json.dumps(key | {"items": [1]})):
        (folder / "key.json").write_text(broken)
        with pytest.raises(UserError, match="damaged"):
            read_key(folder)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "not JSON"),
        ("[1]", "a JSON list, not an object"),
        ('{"source": "s", "outputs": {"a": "b"}}', "needs an 'id'"),
        ('{"id": true, "source": "s", "outputs": {"a": "b"}}', "needs an 'id'"),
        ('{"id": "x", "source": " ", "outputs": {"a": "b"}}', "needs a 'source'"),
        ('{"id": "x", "source": "s", "outputs": {}}', "needs 'outputs'"),
        ('{"id": "x", "source": "s", "outputs": {"a": ["b"]}}', "the output of 'a' is not a text"),
        ('{"id": "0", "source": "s", "outputs": {"a": "b"}}', "the id '0' is there twice"),
    ],
)
def test_bad_lines(outputs, line, told):
    with outputs.open("a") as stream:
        stream.write(f"\n{line}\n")
    with pytest.raises(CorpusError) as error:
        read_outputs(outputs)
    assert "outputs.jsonl:14: " in str(error.value) and told in str(error.value)
