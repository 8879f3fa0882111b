"""The commands ledger and ls."""

import fcntl
import json

import pytest

from tutelage.cli.summaries import headline_figures
from tutelage.storage.ledger import Call, Ledger


@pytest.fixture
def ledger(tmp_path):
    path = tmp_path / "runs" / "ledger.sqlite"
    for run, cost in (("first", 0.5), ("second", None)):
        with Ledger.open(path, run=run) as opened:
            call = Call(run, "translate", "big", "p1", "{}", "Olá", input_tokens=1000, output_tokens=200, cost=cost)
            opened.record(call)
            opened.count_reuse(3, role="translate", teacher="big")
    return path


def test_spend_by_run_role_and_teacher_with_its_sum(tutelage, ledger):
    lines = tutelage("ledger").stdout.splitlines()
    assert lines[1].split() == ["first", "translate", "big", "1", "3", "0", "1,000", "200", "$0.50"]
    assert lines[2].endswith("$0.00 + 1 calls of unknown cost")
    assert lines[3].split()[:6] == ["all", "2", "6", "0", "2,000", "400"]


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


def make_run(tmp_path, name, **facts):
    folder = tmp_path / "runs" / name
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps(facts))
    (folder / ".lock").touch()
    return folder


def test_runs_are_listed_newest_first_with_what_came_of_them(tutelage, tmp_path):
    make_run(
        tmp_path, "old", state="done", verdict="worse", passed=False, updated="2026-01-01T10:00:00Z",
        headline="verdict: worse  chrF 51.3 → 47.2 (−4.1, p < 0.001, n = 812)",
    )  # fmt: skip
    busy = make_run(tmp_path, "busy", state="running", updated="2026-01-03T10:00:00Z")
    make_run(tmp_path, "killed", state="running", updated="2026-01-02T10:00:00Z")
    (make_run(tmp_path, "torn") / "run.json").write_text('{"state": ')
    with (busy / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lines = [line.split() for line in tutelage("ls").stdout.splitlines()[1:]]
    assert [(line[0], line[1]) for line in lines] == [
        ("busy", "running"), ("killed", "stopped"), ("old", "done"), ("torn", "damaged"),
    ]  # fmt: skip
    assert " ".join(lines[2][2:]) == "worse, not promoted chrF 51.3 → 47.2 2026-01-01 10:00"


def test_no_runs(tutelage, tmp_path):
    assert tutelage("ls").returncode == 2
    (tmp_path / "runs").mkdir()
    assert tutelage("ls").stdout == "no runs yet\n"
    assert tutelage("ls", "--json").stdout == "[]\n"


def test_the_headline_is_cut_to_its_figures():
    assert headline_figures("verdict: better  chrF 47.2 → 51.3 (+4.1, n = 812)") == "chrF 47.2 → 51.3"
    assert headline_figures("verdict: no better") == ""
