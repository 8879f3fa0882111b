"""The command paraphrase with a tiny student of random weights."""

import json
import random
import subprocess
import sys

import pytest

from tutelage.core.languages import Direction
from tutelage.core.settings import FreshSettings
from tutelage.students.diversity import DiversityControl, write_control

WORDS = ("open", "the", "file", "close", "window", "save", "all", "settings", "a", "new")
SHAPE = FreshSettings(
    width=16, feed_forward=32, heads=2, encoder_layers=1, decoder_layers=1, vocabulary=302, max_tokens=40
)


@pytest.fixture(scope="module")
def paraphraser(tmp_path_factory):
    """A student from English to English that knows levels of lexical distance."""
    import torch

    from tutelage.students.fresh import make_student
    from tutelage.students.student_folder import save_student

    generator = random.Random(0)
    folder = tmp_path_factory.mktemp("paraphraser")
    texts = [" ".join(generator.choices(WORDS, k=6)) for _ in range(300)]
    student = make_student(folder, shape=SHAPE, texts=texts, direction=Direction("en", "en"), seed=1)
    with torch.no_grad():
        for name, weight in student.model.named_parameters():
            if weight.dim() == 2 and "positions" not in name:
                weight.normal_(0.0, 0.5)  # so that what it writes depends on what it reads
    save_student(student, folder)
    write_control(folder, DiversityControl({"lexical": (20.0, 40.0)}))
    return folder


@pytest.fixture
def text(tmp_path):
    (tmp_path / "in.txt").write_text("Open the file.\n\nSave all settings\n")
    return "in.txt"


def test_one_paraphrase_a_line(tutelage, paraphraser, text):
    shown = tutelage("paraphrase", text, "--student", paraphraser)
    assert shown.returncode == 0, shown.stderr
    lines = shown.stdout.split("\n")
    assert len(lines) == 4 and lines[0] and lines[1] == "" and lines[2]
    assert "3 segments" in shown.stderr


def test_several_paraphrases_and_a_blank_line(tutelage, paraphraser, text):
    shown = tutelage("paraphrase", text, "--student", paraphraser, "-n", 2, "--decoding", "top-p", "-q")
    lines = shown.stdout.split("\n")
    assert [bool(line) for line in lines] == [True, True, False, False, True, True, False, False]
    assert shown.stderr == ""
    again = tutelage("paraphrase", text, "--student", paraphraser, "-n", 2, "--decoding", "top-p", "-q")
    assert again.stdout == shown.stdout
    other = tutelage("paraphrase", text, "--student", paraphraser, "-n", 2, "--decoding", "top-p", "--seed", 4, "-q")
    assert other.stdout != shown.stdout


def test_json_has_measures_that_do_not_rank(tutelage, paraphraser, tmp_path):
    (tmp_path / "in.jsonl").write_text('{"source": "Open the file."}\n')
    usual = ("paraphrase", "in.jsonl", "--student", paraphraser, "--json", "-q", "-n", 2)
    (plain,) = map(json.loads, tutelage(*usual, "--decoding", "diverse").stdout.splitlines())
    assert plain["source"] == "Open the file."
    assert [set(one) for one in plain["paraphrases"]] == [{"text", "lexical"}] * 2
    ranking = (*usual, "--decoding", "top-p", "--rerank")
    (ranked,) = map(json.loads, tutelage(*ranking).stdout.splitlines())
    (told,) = map(json.loads, tutelage(*ranking, "--embedder", "embedded").stdout.splitlines())
    assert [set(one) for one in told["paraphrases"]] == [{"text", "lexical", "meaning"}] * 2
    assert [one["text"] for one in ranked["paraphrases"]] == [one["text"] for one in told["paraphrases"]]


def test_levels_change_what_is_read(tutelage, paraphraser, text):
    outputs = [
        tutelage("paraphrase", text, "--student", paraphraser, *level, "-q").stdout
        for level in ((), ("--diversity", "medium"), ("--diversity", "high"))
    ]
    assert outputs[0] == outputs[1] != outputs[2]


def test_output_appears_as_input_is_read(paraphraser, tmp_path):
    command = [sys.executable, "-m", "tutelage", "paraphrase", "--student", str(paraphraser), "-q"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        for line in ("Open the file.", "Close the window."):
            process.stdin.write(line + "\n")
            process.stdin.flush()
            assert process.stdout.readline().strip()
        process.stdin.close()
        assert process.stdout.read() == ""
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "told", "code"),
    [
        (["in.txt"], "there is no student to paraphrase with", 2),
        (["in.txt", "--student", "./none"], "there is no model folder './none'", 1),
        (["in.txt", "--student", "embedded:en-pt"], "this student translates en→pt-BR", 1),
        (["in.txt", "--student", "OWN", "--diversity", "huge"], "huge", 2),
        (["in.txt", "--student", "OWN", "-n", "0"], "--count", 2),
        (["in.txt", "--student", "OWN", "-n", "2", "--decoding", "greedy"], "greedy decoding gives one output", 1),
        (["in.txt", "--student", "OWN", "-n", "3", "--beam", "2"], "a beam of 2 cannot give 3 outputs", 1),
        (["in.txt", "--student", "OWN", "--temperature", "0"], "--temperature is 0", 2),
        (["in.txt", "--student", "OWN", "--lang", "xx"], "'xx'", 2),
        (["none.txt", "--student", "OWN"], "none.txt: there is no such file", 1),
        (["blank.txt", "--student", "OWN"], "blank.txt: there is no sentence to paraphrase", 1),
        (["empty.txt", "--student", "OWN"], "empty.txt: the file is empty", 1),
    ],
)
def test_bad_usage(tutelage, paraphraser, text, tmp_path, arguments, told, code):
    (tmp_path / "blank.txt").write_text("\n \n")
    (tmp_path / "empty.txt").write_text("")
    shown = tutelage("paraphrase", *(str(paraphraser) if one == "OWN" else one for one in arguments))
    assert shown.returncode == code
    assert told in shown.stderr and "Traceback" not in shown.stderr


def test_a_student_without_levels_says_so(tutelage, paraphraser, text, tmp_path):
    bare = tmp_path / "bare"
    bare.mkdir()
    for file in paraphraser.iterdir():
        if file.name != "diversity.json":
            (bare / file.name).write_bytes(file.read_bytes())
    shown = tutelage("paraphrase", text, "--student", bare, "--diversity", "low")
    assert shown.returncode == 1
    assert "cannot be asked for low diversity" in shown.stderr
    assert tutelage("paraphrase", text, "--student", bare, "-q").returncode == 0


def test_a_run_that_translates_is_no_paraphraser(tutelage, paraphraser, text, tmp_path):
    student = tmp_path / "runs" / "x" / "01-step" / "student"
    student.mkdir(parents=True)
    for file in paraphraser.iterdir():
        (student / file.name).write_bytes(file.read_bytes())
    run = tmp_path / "runs" / "x"
    (run / "run.json").write_text(json.dumps({"state": "done", "student": "01-step/student"}))
    (run / "recipe.toml").write_text('[direction]\nsource = "en"\ntarget = "de"\n')
    assert "this student translates en→de" in tutelage("paraphrase", text, "--student", run).stderr
    (run / "recipe.toml").write_text('[direction]\nsource = "en"\ntarget = "en"\n')
    assert tutelage("paraphrase", text, "--student", run, "-q").returncode == 0
