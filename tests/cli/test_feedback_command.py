"""The commands `tutelage feedback …`."""

import json

import pytest
from typer.testing import CliRunner

from tutelage.cli.commands import app
from tutelage.core.languages import Direction
from tutelage.corpora.reading import read_pairs
from tutelage.storage.feedback import FeedbackStore


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(app, ["feedback", *arguments])


def test_corrections_of_a_file_are_listed_settled_and_forgotten(run, tmp_path):
    (tmp_path / "text.tsv").write_text("Open the file.\tAbra o arquivo.\nOpen %s.\tAbra.\n")
    added = run("add", "text.tsv", "--source", "en", "--target", "pt_BR", "--who", "ana")
    assert added.output == "1 accepted, 1 held, 0 known before\n"
    shown = run("list").output
    assert "changes_protected_spans" in shown
    assert "Abra o arquivo" not in shown
    (held,) = json.loads(run("list", "--json").output)
    assert run("accept", str(held["id"])).output == "1 accepted\n"
    assert len(json.loads(run("list", "--all", "--json").output)) == 2
    assert run("drop", str(held["id"])).output == "1 dropped\n"
    assert run("forget", "ana").output == "2 corrections removed, no key\n"
    assert run("forget", "ana").exit_code == 2


def test_what_is_not_there_or_left_out_is_told(run, tmp_path):
    (tmp_path / "text.tsv").write_text("source\tpost_edit\nOpen %s.\tAbra.\nSave it.\t\n")
    added = run("add", "text.tsv", "--source", "en", "--target", "pt-BR")
    assert added.stdout == "0 accepted, 1 held, 0 known before\n"
    assert added.stderr == "note: 1 bad line is left out; the first: text.tsv:3: the target is blank.\n"
    refused = run("accept", "1", "99")
    assert refused.exit_code == 1 and "there is no correction 99, so nothing was changed" in refused.output
    assert [one["state"] for one in json.loads(run("list", "--json").output)] == ["held"]


def test_a_key_is_printed_once(run, tmp_path):
    key = run("key", "weblate").output.strip()
    assert key.startswith("tut-")
    assert run("key", "weblate").exit_code == 2
    assert FeedbackStore.open(tmp_path / "runs" / "corrections.feedback").names() == ["weblate"]


def test_there_must_be_a_store_to_look_into(run):
    result = run("list")
    assert result.exit_code == 1
    assert "there is no feedback store" in result.output


def test_a_store_in_postgresql_is_copied_for_a_run_to_read(run, postgres, tmp_path):
    url = postgres.database()
    (tmp_path / "text.tsv").write_text("Open the file.\tAbra o arquivo.\nOpen %s.\tAbra.\n")
    languages = ("--source", "en", "--target", "pt-BR")
    added = run("add", str(tmp_path / "text.tsv"), *languages, "--feedback", url)
    assert added.output.splitlines()[-1] == "1 accepted, 1 held, 0 known before"
    copied = run("copy", str(tmp_path / "b.feedback"), "--feedback", url)
    assert copied.output.splitlines()[-1] == "1 correction copied"
    (pair,) = read_pairs(str(tmp_path / "b.feedback"), direction=Direction("en", "pt-BR"))
    assert (pair.source.text, pair.target.text) == ("Open the file.", "Abra o arquivo.")
