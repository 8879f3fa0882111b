"""The commands translate and evaluate with tiny students of random weights."""

import json

import pytest

DIRECTION = ("--source", "en", "--target", "pt_BR")


@pytest.fixture
def promoted(tmp_path, small_students):
    """A run folder whose promoted student is the first of the small ones."""
    run = tmp_path / "runs" / "x"
    (run / "01-patching").mkdir(parents=True)
    (run / "01-patching" / "student").mkdir()
    for file in small_students[0].iterdir():
        (run / "01-patching" / "student" / file.name).write_bytes(file.read_bytes())
    (run / "recipe.toml").write_text('[direction]\nsource = "en"\ntarget = "pt-BR"\n')
    (run / "run.json").write_text(json.dumps({"state": "done", "student": "01-patching/student"}))
    return run


def test_lines_in_are_lines_out(tutelage_process, small_students):
    shown = tutelage_process("translate", "--student", small_students[0], *DIRECTION, input="Open the file.\n\nSave\n")
    assert shown.returncode == 0, shown.stderr
    lines = shown.stdout.split("\n")
    assert len(lines) == 4 and lines[0] and lines[1] == "" and lines[2]
    assert "2 segments" in shown.stderr


def test_terms_are_kept_and_told(tutelage, small_students, tmp_path):
    (tmp_path / "in.txt").write_text("a user opens the file\nSave\nTutelage\n")
    (tmp_path / "terms.csv").write_text("source,target,do not translate\nfile,arquivo,\nTutelage,,yes\n")
    usual = ("translate", "in.txt", "--student", small_students[0], *DIRECTION, "--glossary", "terms.csv")
    plain = tutelage(*usual, "--terms", "off")
    assert "1 of 2 terms kept; the first that is not: 'file' of 'a user opens the file'" in plain.stderr
    assert plain.stdout.splitlines()[2] == "Tutelage"
    forced = tutelage(*usual)
    assert forced.returncode == 0 and "arquivo" in forced.stdout.splitlines()[0].lower()
    assert "2 of 2 terms kept, 1 of 1 by searching again" in forced.stderr
    assert forced.stdout.splitlines()[1:] == plain.stdout.splitlines()[1:]
    (tmp_path / "terms.csv").write_text("source,target\nfile\n")
    assert "terms.csv:2: no translation in this line" in tutelage(*usual).stderr


def test_a_document_keeps_its_format_and_a_run_gives_student_and_languages(
    tutelage, promoted, small_students, tmp_path
):
    (tmp_path / "in.jsonl").write_text('{"source": "Open the file", "n": 1}\n{"source": "Save all", "n": 2}\n')
    shown = tutelage("translate", "in.jsonl", "-o", "out.jsonl", "--run", promoted, "-q")
    assert (shown.returncode, shown.stdout, shown.stderr) == (0, "", "")
    by_run = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [row["n"] for row in by_run] == [1, 2]
    tutelage("translate", "in.jsonl", "-o", "named.jsonl", "--student", small_students[0], *DIRECTION)
    assert (tmp_path / "named.jsonl").read_text() == (tmp_path / "out.jsonl").read_text()


@pytest.mark.parametrize(
    ("arguments", "told", "code"),
    [
        (["in.txt"], "name one student", 2),
        (["in.txt", "--student", "s", "--run", "r"], "Give either --student or --run", 2),
        (["in.txt", "--student", "./none"], "the languages are missing", 2),
        (["in.txt", "--student", "./none", *DIRECTION], "there is no model folder './none'", 1),
        (["none.txt", "--student", "./none", *DIRECTION], "none.txt: there is no such file", 1),
        (
            ["in.odt", "--student", "./none", *DIRECTION],
            "in.odt: files with the suffix '.odt' are not read. Convert it",
            1,
        ),
        (["in.txt", "--run", "none"], "none: there is no such run folder", 2),
        (["in.txt", "--student", "./none", "--source", "en", "--target", "xx"], "'xx'", 2),
    ],
)
def test_bad_usage_of_translate(tutelage, tmp_path, arguments, told, code):
    (tmp_path / "in.txt").write_text("Open\n")
    (tmp_path / "in.odt").write_text("Open\n")
    shown = tutelage("translate", *arguments)
    assert shown.returncode == code
    assert told in shown.stderr and "Traceback" not in shown.stderr


def test_a_run_that_promoted_nothing_gives_no_student(tutelage, tmp_path, small_students):
    run = tmp_path / "runs" / "x"
    run.mkdir(parents=True)
    (run / "run.json").write_text(json.dumps({"student": str(small_students[0])}))
    (run / "recipe.toml").write_text('[direction]\nsource = "en"\ntarget = "pt-BR"\n')
    shown = tutelage("translate", "--run", run)
    assert shown.returncode == 1
    assert "no student of this run passed its gate" in shown.stderr
    (run / "run.json").write_text("{}")
    assert "this run is not finished" in tutelage("translate", "--run", run).stderr


def test_unknown_engine_and_arithmetic(tutelage, tmp_path, small_students):
    (tmp_path / "in.txt").write_text("Open\n")
    usual = ("translate", "in.txt", "--student", small_students[0], *DIRECTION)
    assert "Did you mean 'transformers'?" in tutelage(*usual, "--engine", "transformer").stderr
    shown = tutelage(*usual, "--compute-type", "int3")
    assert shown.returncode == 1
    assert "int3" in shown.stderr and "Traceback" not in shown.stderr


def test_students_are_compared_with_the_first(tutelage, domain, small_students, tmp_path):
    first, second = map(str, small_students)
    usual = ("evaluate", domain, *DIRECTION, "--limit", 30, "--resamples", 100)
    shown = tutelage(*usual, "--student", first, "--student", second, "--json")
    assert shown.returncode == 0, shown.stderr
    evaluation = json.loads(shown.stdout)
    assert evaluation["segments"] == 30
    assert [system["system"] for system in evaluation["systems"]] == [first, second]
    chrf = [next(s for s in system["scores"] if s["name"] == "chrf") for system in evaluation["systems"]]
    (comparison,) = evaluation["comparisons"]
    compared = next(one for one in comparison["comparisons"] if one["name"] == "chrf")
    assert compared["difference"] == pytest.approx(chrf[1]["value"] - chrf[0]["value"])
    (tmp_path / "terms.csv").write_text("source,target\nfile,arquivo\nfolder,pasta\n")
    text = tutelage(*usual, "--student", first, "--glossary", tmp_path / "terms.csv").stdout
    assert "terms kept" in text
    assert "30 segments, 95 % intervals" in text
    assert "signature of chrF: chrF2|" in text
    assert f"{chrf[0]['value']:.1f} [{chrf[0]['low']:.1f}–{chrf[0]['high']:.1f}]" in text


def test_bad_usage_of_evaluate(tutelage, tmp_path, small_students):
    student = ("--student", small_students[0], *DIRECTION)
    assert tutelage("evaluate", "x.tsv", *DIRECTION).returncode == 2
    assert "x.tsv: there is no such file" in tutelage("evaluate", "x.tsv", *student).stderr
    (tmp_path / "mono.txt").write_text("Open\n")
    shown = tutelage("evaluate", "mono.txt", *student)
    assert shown.returncode == 1 and "mono.txt" in shown.stderr
