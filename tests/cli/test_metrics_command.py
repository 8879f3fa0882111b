"""`tutelage metrics …`, and metrics named on the command line of `evaluate`."""

import pytest

from tutelage.evaluation.metrics import environments


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "tutelage" / "metrics"


def test_known_metrics_are_listed_with_their_licences(tutelage):
    result = tutelage("metrics", "list")
    assert result.returncode == 0
    assert "adequacy" in result.stdout and "CC-BY-NC-SA-4.0: not for commercial use" in result.stdout


def test_an_unknown_metric(tutelage):
    result = tutelage("metrics", "add", "commet")
    assert result.returncode == 2 and "Did you mean 'comet'?" in result.stderr


def test_what_cannot_be_installed_is_told(tutelage, monkeypatch, cache):
    """In an environment of its own, by the real pip; a requirement that no index can have needs no network."""
    monkeypatch.setitem(environments.KNOWN, "comet", environments.KnownMetric(("./no-such-folder",), "none"))
    result = tutelage("metrics", "add", "comet")
    assert result.returncode == 1
    assert "its environment cannot be made" in result.stderr and "no-such-folder" in result.stderr
    assert environments.installed_command("comet") == ()


def test_an_installed_metric_is_run_by_its_own_python(tutelage, monkeypatch, cache):
    monkeypatch.setitem(environments.KNOWN, "comet", environments.KnownMetric(("pip",), "weights (Apache-2.0)"))
    result = tutelage("metrics", "add", "comet")
    assert result.returncode == 0, result.stderr
    assert "weights (Apache-2.0)" in result.stdout
    python, isolated, scorer, name = environments.installed_command("comet")
    assert python == str(cache / "comet" / "bin" / "python") and isolated == "-I"
    assert scorer == str(environments.SCORER) and name == "comet"


def test_evaluate_with_a_metric_that_is_not_installed(tutelage, tmp_path):
    (tmp_path / "test.tsv").write_text("Open\tAbra\n")
    told = ("--student", "embedded:en-pt", "--source", "en", "--target", "pt-BR")
    result = tutelage("evaluate", str(tmp_path / "test.tsv"), *told, "--metric", "comet")
    assert result.returncode == 2 and "tutelage metrics add comet" in result.stderr
    result = tutelage("evaluate", str(tmp_path / "test.tsv"), *told, "--metric", "own='")
    assert result.returncode == 2 and "cannot be read" in result.stderr
