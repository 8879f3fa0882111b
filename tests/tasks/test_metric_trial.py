"""What a metric sees of planted errors: the command with a scorer in a process of its own."""

import json
import sys
from pathlib import Path

import pytest

from scripted.llm import ScriptedLlm
from tutelage.cli.main import main
from tutelage.core.errors import CorpusError
from tutelage.core.records import Pair, Segment
from tutelage.tasks.metric_trial import try_metric

SCORER = Path(__file__).parents[1] / "support" / "overlap_scorer.py"
ROOMS = ("kitchen", "garden", "bedroom", "library", "cellar", "attic")
SALAS = ("cozinha", "jardim", "quarto", "biblioteca", "adega", "mansarda")
ROWS = [
    (f"The old {room} has {n} green windows", f"A velha {sala} tem {n} janelas verdes")
    for n in range(10, 17)
    for room, sala in zip(ROOMS, SALAS, strict=True)
]


class Length:
    """A metric that sees length alone."""

    name, signature, higher_is_better = "length", "length", True

    def score(self, segments):
        return [float(len(one.hypothesis)) for one in segments]


def test_a_metric_that_sees_length_prefers_by_length():
    pairs = [Pair(Segment(str(n), s, "en"), Segment(str(n), t, "pt-BR")) for n, (s, t) in enumerate(ROWS)]
    trial = try_metric(Length(), pairs, resamples=100)
    found = {one.kind: one for one in trial.preferences}
    assert found["omission"].percent == 100 and found["omission"].n == len(ROWS)
    assert found["wrong_number"].percent < 100
    class_of_copies = [len(target) > len(source) for source, target in ROWS]
    ties = [len(target) == len(source) for source, target in ROWS]
    share = 100 * (sum(class_of_copies) + 0.5 * sum(ties)) / len(ROWS)
    assert found["copy"].percent == pytest.approx(share)


def test_too_little_text():
    with pytest.raises(CorpusError, match="two pairs"):
        try_metric(Length(), [Pair(Segment("1", "House", "en"), Segment("1", "Casa", "pt"))])


@pytest.fixture
def tried(monkeypatch, capfd):
    """Runs `tutelage metrics try`; gives the exit code, and what was found and told."""

    def run(*arguments):
        told = ["--source", "en", "--target", "pt-BR", "--resamples", "100", "--quiet", "--json"]
        monkeypatch.setattr(sys, "argv", ["tutelage", "metrics", "try", *map(str, arguments), *told])
        with pytest.raises(SystemExit) as exited:
            main()
        return exited.value.code, *capfd.readouterr()

    return run


def test_the_command(tmp_path, monkeypatch, tried):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "test.tsv").write_text("".join(f"{source}\t{target}\n" for source, target in ROWS))
    metric = f"overlap={sys.executable} {SCORER} {tmp_path / 'log'}"
    code, found, _ = tried(metric, tmp_path / "test.tsv")
    assert code == 0
    found = json.loads(found)
    assert {one["kind"]: one["percent"] for one in found["preferences"]}["copy"] == 100
    assert found["signature"] == "overlap|model:words|version:1|licence:CC0-1.0"
    assert found["chrf"]["low"] < found["chrf"]["value"] <= 1


def test_the_command_with_a_teacher_of_a_recipe(tmp_path, tried):
    def rate(_):
        return json.dumps({"score": 90})

    text = tmp_path / "test.tsv"
    text.write_text("".join(f"{source}\t{target}\n" for source, target in ROWS[:8]))
    with ScriptedLlm(rate) as llm:
        recipe = f"""
            name = "rated"
            direction = {{source = "en", target = "pt-BR"}}
            student = {{model = "student"}}
            teachers.llm = {{kind = "chat", model = "m", base_url = "{llm.base_url}"}}
            evaluation.metrics.gemba = {{teacher = "llm", asks = "score"}}
            step = [{{method = "sequence_kd"}}]
        """
        (tmp_path / "recipe.toml").write_text(recipe)
        among = (text, "--recipe", tmp_path / "recipe.toml", "--runs", tmp_path / "runs")
        code, found, _ = tried("gemba", *among)
        asked = len(llm.requests)
        missing, _, told = tried("gemma", *among)
    assert (code, missing) == (0, 2)
    trial = json.loads(found)
    assert trial["signature"].startswith("gemba|teacher:chat:m")
    assert {one["percent"] for one in trial["preferences"]} == {50}, "it gives all the same"
    assert asked > 8
    assert "the recipe names no metric 'gemma'. Did you mean 'gemba'?" in told
