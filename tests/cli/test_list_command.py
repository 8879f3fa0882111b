"""The command list."""

import fcntl
import json

from tutelage.cli.summaries import headline_figures


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
        lines = [line.split() for line in tutelage("list").stdout.splitlines()[1:]]
    assert [(line[0], line[1]) for line in lines] == [
        ("busy", "running"), ("killed", "stopped"), ("old", "done"), ("torn", "damaged"),
    ]  # fmt: skip
    assert " ".join(lines[2][2:]) == "worse, not promoted chrF 51.3 → 47.2 2026-01-01 10:00"


def test_no_runs(tutelage, tmp_path):
    assert tutelage("list").returncode == 2
    (tmp_path / "runs").mkdir()
    assert tutelage("list").stdout == "no runs yet\n"
    assert tutelage("list", "--json").stdout == "[]\n"


def test_the_headline_is_cut_to_its_figures():
    assert headline_figures("verdict: better  chrF 47.2 → 51.3 (+4.1, n = 812)") == "chrF 47.2 → 51.3"
    assert headline_figures("verdict: no better") == ""
