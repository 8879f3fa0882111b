"""The command ledger: spend by any columns, unusable answers, replay files."""

import json

import pytest

from tutelage.cli.ledger import escape_controls, render_unusable
from tutelage.storage.ledger import Call, Entry, Ledger

NASTY = 'Sure!\x1b[2J\x07 {"word": \u202e1}\r\n' + "\n".join(f"line {number}" for number in range(9))


@pytest.fixture
def ledger(tmp_path):
    path = tmp_path / "runs" / "ledger.sqlite"
    for run, cost in (("first", 0.5), ("second", None)):
        with Ledger.open(path, run=run) as opened:
            opened.begin_step("01-patching")
            call = Call(run, "translate", "big", "p1", "{}", "Olá", input_tokens=1000, output_tokens=200, cost=cost)
            opened.record(call)
            opened.count_reuse(3, role="translate", teacher="big")
    return path


@pytest.fixture
def failed(ledger):
    with Ledger.open(ledger, run="third") as opened:
        opened.record(Call("bad-1", "feedback", "big", "p1", "{}", NASTY, status="unparsed"))
        opened.record(Call("bad-2", "feedback", "big", "p1", "{}", None, status="lost"))
    return ledger


def test_spend_by_run_role_and_model_with_its_sum(tutelage, ledger):
    lines = tutelage("ledger").stdout.splitlines()
    assert lines[0].split()[:3] == ["run", "role", "model"]
    assert lines[1].split() == ["first", "translate", "big", "1", "3", "0", "1,000", "200", "$0.50"]
    assert lines[2].endswith("$0.00 + 1 call of unknown cost")
    assert lines[3].split()[:6] == ["all", "2", "6", "0", "2,000", "400"]


def test_spend_by_other_columns(tutelage, ledger):
    lines = tutelage("ledger", "--by", "model", "--by", "day").stdout.splitlines()
    model, day, calls, *_ = lines[1].split()
    assert (model, calls) == ("big", "2")
    assert len(lines) == 3 and day.startswith("20") and day.count("-") == 2
    lines = tutelage("ledger", ledger, "--by", "step", "--run", "first").stdout.splitlines()
    assert [line.split()[:2] for line in lines[1:]] == [["01-patching", "1"], ["all", "1"]]
    wrong = tutelage("ledger", "--by", "weekday")
    assert wrong.returncode == 2 and "Did you mean 'day'?" in wrong.stderr


def test_one_run_as_json(tutelage, ledger):
    (spend,) = json.loads(tutelage("ledger", ledger, "--run", "second", "--json").stdout)
    assert (spend["run"], spend["calls"], spend["unknown_cost_calls"]) == ("second", 1, 1)


def test_looking_makes_no_ledger(tutelage, tmp_path, ledger):
    shown = tutelage("ledger", "none.sqlite")
    assert shown.returncode == 2 and "there is no ledger here" in shown.stderr
    assert not (tmp_path / "none.sqlite").exists()
    assert "Did you mean 'second'?" in tutelage("ledger", "--run", "secnd").stderr
    (tmp_path / "text.sqlite").write_text("not a database, but long enough to look like something" * 20)
    shown = tutelage("ledger", "text.sqlite")
    assert shown.returncode == 1 and "this is not a ledger" in shown.stderr


def test_a_database_by_url_is_named_without_its_password(tutelage, tmp_path):
    shown = tutelage("ledger", f"postgresql://ann:hush@/work?host={tmp_path}")
    assert shown.returncode == 1
    assert "postgresql://ann@/work" in shown.stderr and "hush" not in shown.stderr


def test_unusable_answers_with_their_first_lines(tutelage, failed):
    lines = tutelage("ledger", "--failed").stdout.splitlines()
    assert lines[0].split()[:4] == ["lost", "feedback", "big", "third"] and lines[0].endswith("bad-2")
    assert lines[1] == "    (no answer came)"
    assert lines[3].split()[:4] == ["unparsed", "feedback", "big", "third"] and lines[3].endswith("bad-1")
    assert lines[4] == r'    Sure!\x1b[2J\x07 {"word": \u202e1}\r'
    assert lines[-2] == "    … 4 more lines"
    assert len(tutelage("ledger", "--failed", "--limit", "1").stdout.splitlines()) == 3
    assert tutelage("ledger", "--failed", "--run", "first").stdout == "no answer was unusable\n"
    _, unparsed = json.loads(tutelage("ledger", "--failed", "--json").stdout)
    assert unparsed["call"]["answer"] == NASTY


def test_nothing_a_teacher_says_reaches_the_terminal_as_control():
    every = "".join(chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000)
    assert escape_controls(every).isprintable()
    call = Call("k\x1b", "role\x07", "t\r", "p", "{}", every, status="un\x1bparsed")
    shown = list(render_unusable([Entry(call, "run\n", "", 0.0)]))
    assert all(line.isprintable() for line in shown)


def test_export_and_import(tutelage, tmp_path, failed):
    written = tutelage("ledger", "export", "out/third.jsonl.gz", "--run", "third")
    assert (written.returncode, written.stdout) == (0, "out/third.jsonl.gz: 2 calls\n")
    assert tutelage("ledger", "export", "all.jsonl", "--ledger", failed).stdout == "all.jsonl: 4 calls\n"
    read = tutelage("ledger", "import", "out/third.jsonl.gz", "--runs", "elsewhere")
    assert read.stdout == "2 calls are new in the ledger\n"
    lines = tutelage("ledger", "--runs", "elsewhere").stdout.splitlines()
    assert lines[1].split()[:4] == ["replay:third", "feedback", "big", "2"]
    assert "Did you mean 'third'" in tutelage("ledger", "export", "no.jsonl", "--run", "thrid").stderr
    assert not (tmp_path / "no.jsonl").exists()


def test_importing_what_is_no_replay_file_makes_no_ledger(tutelage, tmp_path):
    (tmp_path / "text.tsv").write_text("source\ttarget\n")
    refused = tutelage("ledger", "import", "text.tsv", "--ledger", "new.sqlite")
    assert refused.returncode == 1 and "text.tsv:1: this is not a replay file" in refused.stderr
    assert tutelage("ledger", "import", "none.jsonl").returncode == 2
    assert not (tmp_path / "new.sqlite").exists() and not (tmp_path / "runs").exists()


@pytest.mark.parametrize("command", ["show", "export", "import"])
def test_every_command_of_the_ledger_has_help_with_an_example(tutelage, command):
    shown = tutelage("ledger", command, "--help")
    assert shown.returncode == 0 and "Example: " in shown.stdout
