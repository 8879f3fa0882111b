"""Scores of scripted students: what the engine gives is what is scored, and pairs are joined right."""

import sys
from pathlib import Path

import pytest

from tutelage.cli.summaries import render_evaluation
from tutelage.core.errors import CorpusError, UsageError
from tutelage.core.glossary.glossary import Glossary
from tutelage.core.glossary.keeping import TermKeeping
from tutelage.core.glossary.terms import Term
from tutelage.core.languages import Direction
from tutelage.core.metrics import MetricSettings
from tutelage.core.recipe import TextSettings
from tutelage.tasks.evaluation import evaluate_students

EN_PT = Direction("en", "pt-BR")


class Scripted:
    """An engine that knows the answers, or changes them."""

    def __init__(self, answers, change):
        self.answers, self.change, self.signature = answers, change, f"scripted:{change}"

    def translate(self, sources, *, decoding):
        for source in sources:
            yield self.answers[source] if self.change is None else self.answers[source].replace(*self.change)


@pytest.fixture
def text(tmp_path, monkeypatch):
    answers = {f"The house {n} has a green door": f"A casa {n} tem uma porta verde" for n in range(40)}
    (tmp_path / "test.tsv").write_text("".join(f"{source}\t{target}\n" for source, target in answers.items()))
    changes = {"right": None, "wrong": ("porta verde", "janela azul")}
    monkeypatch.setattr("tutelage.tasks.evaluation.open_student", lambda name, **_: Scripted(answers, changes[name]))
    return TextSettings(path=str(tmp_path / "test.tsv"))


def test_right_answers_score_full_marks_and_wrong_ones_are_found_worse(text):
    evaluation = evaluate_students(["right", "wrong"], text, direction=EN_PT, resamples=200)
    right, wrong = evaluation.systems
    assert right.score("chrf").value == pytest.approx(100) and right.score("bleu").value == pytest.approx(100)
    assert wrong.score("chrf").value < 80
    assert right.signature == "scripted:None|greedy,max256"
    (against,) = evaluation.comparisons
    assert (against.student, against.baseline) == ("wrong", "right")
    chrf = next(one for one in against.comparisons if one.name == "chrf")
    assert chrf.difference == pytest.approx(wrong.score("chrf").value - 100)
    assert chrf.high < 0 and chrf.p_value < 0.05 and chrf.n == evaluation.segments == 40


def test_terms_of_a_glossary_are_measured_and_compared(text):
    glossary = Glossary.of(
        [Term("door", "porta"), Term("door", "janela", forbidden=True), Term("roof", "telhado")], EN_PT
    )
    evaluation = evaluate_students(
        ["right", "wrong"], text, direction=EN_PT, resamples=100, terms=TermKeeping(glossary, "off")
    )
    right, wrong = evaluation.systems
    assert (right.score("terms").value, right.score("forbidden_terms").value) == (100, 0)
    assert (wrong.score("terms").value, wrong.score("forbidden_terms").value) == (0, 100)
    assert "lemma:simplemma" in right.score("terms").signature
    terms = next(one for one in evaluation.comparisons[0].comparisons if one.name == "terms")
    assert terms.difference == -100 and terms.n == 40
    shown = "\n".join(render_evaluation(evaluation))
    assert "terms kept" in shown and "forbidden terms used" in shown


def test_a_metric_of_others_is_measured_beside_ours(text, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    scorer = Path(__file__).parents[1] / "support" / "overlap_scorer.py"
    metric = MetricSettings(command=(sys.executable, str(scorer), str(tmp_path / "log")))
    evaluation = evaluate_students(
        ["right", "wrong"], text, direction=EN_PT, resamples=100, metrics={"overlap": metric}
    )
    assert [system.score("overlap").value for system in evaluation.systems] == [100, pytest.approx(500 / 7)]
    shown = "\n".join(render_evaluation(evaluation))
    assert "overlap 100 → 71.43 (−28.571" in shown and "licence:CC0-1.0" in shown


def test_a_student_against_itself_does_not_differ(text):
    evaluation = evaluate_students(["wrong", "wrong"], text, direction=EN_PT, resamples=200)
    assert all(one.difference == 0 and one.p_value == 1 for one in evaluation.comparisons[0].comparisons)


def test_nothing_to_evaluate(text, tmp_path):
    with pytest.raises(UsageError, match="no student"):
        evaluate_students([], text, direction=EN_PT)
    with pytest.raises(CorpusError, match="no such file"):
        evaluate_students(["right"], TextSettings(path="none.tsv"), direction=EN_PT)


def test_the_references_and_the_languages_of_the_outputs_are_shown(text):
    evaluation = evaluate_students(["right"], text, direction=EN_PT, resamples=50)
    assert (evaluation.reference.system, evaluation.reference.score("off_target").value) == ("reference", 0)
    right, references = evaluation.confusions
    assert (right.system, right.n, right.target) == ("right", 40, 40)
    assert (references.system, references.target) == ("reference", 40)
    paper = evaluate_students(["right"], text, direction=EN_PT, resamples=50, off_target="paper")
    assert "|mode:paper|lid:py3langid" in paper.systems[0].score("off_target").signature
    lines = list(render_evaluation(evaluation))
    assert "off-target of the references: 0.0 % [0.0–0.0]" in lines
    assert lines[1].split() == ["student", "chrF", "BLEU", "off-target", "numbers", "kept"]  # none is empty or a copy
    assert any(line.split() == ["reference", "en→pt-BR", "40", "40"] for line in lines)
