"""The commands words build and words score: tables, JSON, exit codes, and no traceback on bad input."""

import json

import pytest

DIRECTION = ("--source", "en", "--target", "pt_BR")


@pytest.fixture
def texts(tmp_path):
    (tmp_path / "g.tsv").write_text("file\tarquivo\nprinter\timpressora\nwindow\tjanela\n")
    pairs = [
        (f"Window {n} shows what the printer said", f"A janela {n} mostra o que a impressora disse") for n in range(8)
    ]
    (tmp_path / "test.tsv").write_text("".join(f"{source}\t{target}\n" for source, target in pairs))
    (tmp_path / "train.tsv").write_text("Open this window at once\tAbra já esta janela\n")
    return tmp_path


@pytest.fixture
def build(tutelage, texts):
    def call(*extra, glossary="g.tsv", text="test.tsv", train="train.tsv", direction=DIRECTION):
        usual = ("--glossary", glossary, "--text", text, "--train", train, "-o", "words.jsonl", "-q")
        return tutelage("words", "build", *usual, *direction, *extra)

    return call


def test_a_list_is_built(build, texts):
    shown = build("--per-word", 2)
    assert (shown.returncode, shown.stderr) == (0, "")
    # the eight sentences differ in a number alone, but near copies of test segments are not left out
    assert shown.stdout.splitlines() == [
        "4 items of 2 words; 3 terms, 1 training segment",
        "group              items",
        "all                    4",
        "unseen word            2",
        "unseen context         2",
        "unseen context, 1      2",
        "left out, more of one word: 12",
    ]
    made = json.loads(build("--json").stdout)
    assert made["items"] == 8 == len((texts / "words.jsonl").read_text().splitlines())


def test_students_and_files_are_scored(tutelage, build, texts, small_students):
    build()
    shown = tutelage(
        "words", "score", "words.jsonl", "--hypotheses", "words.jsonl", "--student", small_students[0], "-q",
        "--resamples", 100,
    )  # fmt: skip
    assert (shown.returncode, shown.stderr) == (0, "")
    lines = shown.stdout.splitlines()
    assert lines[0] == "8 items, 95 % intervals"
    assert "100.0 % [100.0–100.0]" in lines[2]
    assert f"{small_students[0]} against words.jsonl:" in lines
    assert any(line.startswith("signature of whole words: term_accuracy|match:word") for line in lines)
    usual = ("words", "score", "words.jsonl", "--hypotheses", "words.jsonl", "--json")
    found = json.loads(tutelage(*usual, "--match", "word").stdout)
    assert [score["name"] for score in found["systems"][0]["scores"]] == ["term_accuracy_word"]


@pytest.mark.parametrize(
    ("changes", "told", "code"),
    [
        ({"glossary": "none.tsv"}, "none.tsv: there is no such file", 1),
        ({"glossary": "bad.tsv"}, "bad.tsv:2: no translation in this line: 'printer'", 1),
        ({"glossary": "empty.tsv"}, "empty.tsv: the file is empty", 1),
        ({"text": "none.tsv"}, "none.tsv: there is no such file", 1),
        ({"text": "mono.txt"}, "mono.txt", 1),
        ({"train": "none.parquet"}, "none.parquet: there is no such file", 1),
        ({"direction": ()}, "the languages are missing", 2),
        ({"direction": ("--source", "en", "--target", "xx")}, "'xx'", 2),
        ({"direction": (*DIRECTION, "--match", "wrod")}, "Did you mean 'word'?", 2),
        ({"direction": (*DIRECTION, "--teacher", "llm")}, "Give --recipe", 2),
        ({"direction": (*DIRECTION, "--recipe", "none.toml")}, "none.toml: there is no such recipe", 2),
    ],
)
def test_bad_usage_of_build(build, texts, changes, told, code):
    (texts / "bad.tsv").write_text("file\tarquivo\nprinter\n")
    (texts / "empty.tsv").write_text("")
    (texts / "mono.txt").write_text("Open the file\n")
    shown = build(**changes)
    assert shown.returncode == code
    assert told in shown.stderr and "Traceback" not in shown.stderr
    assert not (texts / "words.jsonl").exists()


@pytest.mark.parametrize(
    ("arguments", "told", "code"),
    [
        (["none.jsonl", "--hypotheses", "x.jsonl"], "none.jsonl: there is no such file", 1),
        (["bad.jsonl", "--hypotheses", "x.jsonl"], "bad.jsonl:1: not an item of a word list", 1),
        (["words.jsonl"], "there is nothing to score", 2),
        (["words.jsonl", "--hypotheses", "none.jsonl"], "none.jsonl: there is no such file", 1),
        (["words.jsonl", "--student", "./none"], "there is no model folder './none'", 1),
        (["words.jsonl", "--student", "./none", "--match", "x"], "no way to match terms called 'x'", 2),
    ],
)
def test_bad_usage_of_score(tutelage, build, texts, arguments, told, code):
    build()
    (texts / "bad.jsonl").write_text("{}\n")
    shown = tutelage("words", "score", *arguments)
    assert shown.returncode == code
    assert told in shown.stderr and "Traceback" not in shown.stderr
