"""Metrics in processes of their own: scored in batches, kept by content, compared on the same segments."""

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from tutelage.core.errors import MetricError
from tutelage.core.languages import Direction
from tutelage.core.metrics import MetricSegment, MetricSettings
from tutelage.core.records import Pair, Segment
from tutelage.evaluation.averaging import compare_means
from tutelage.evaluation.metrics import metric as metrics
from tutelage.evaluation.metrics.metric import metric_problems, metric_statistics, open_metrics
from tutelage.evaluation.scoring import Scorer
from tutelage.evaluation.significance import compare_paired, score_with_interval

SCORER = Path(__file__).parents[2] / "support" / "overlap_scorer.py"
N = 40


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return MetricSettings(command=(sys.executable, str(SCORER), str(tmp_path / "log")), batch=16)


@pytest.fixture
def log(tmp_path):
    return lambda: (tmp_path / "log").read_text().split() if (tmp_path / "log").exists() else []


def opened(settings, name="overlap"):
    """As another command would open it: in a process of its own."""
    metrics._open_metric.cache_clear()
    (metric,) = open_metrics({name: settings})
    return metric


def segment(hypothesis, reference="A casa verde", source="The green house"):
    return MetricSegment(source, hypothesis, reference, "en", "pt-BR")


def test_it_is_started_once_and_asked_in_batches(settings, log):
    metric = opened(settings)
    assert metric.score([segment(f"A casa {n}") for n in range(N)]) == [pytest.approx(200 / 3)] * N
    assert metric.score([segment("A casa verde")]) == [100]
    assert log() == ["started", "16", "16", "8", "1"]


def test_what_was_scored_is_not_asked_again_by_another_process(settings, log):
    opened(settings).score([segment("A casa"), segment("A casa"), segment("verde")])
    again = opened(settings).score([segment("verde"), segment("A casa"), segment("o")])
    assert again == [pytest.approx(100 / 3), pytest.approx(200 / 3), 0]
    assert log() == ["started", "2", "started", "1"]


def test_another_model_is_another_metric(settings, log):
    other = settings.model_copy(update={"model": "letters"})
    first, second = opened(settings), opened(other)
    assert first.signature == "overlap|model:words|version:1|licence:CC0-1.0"
    assert second.signature == "overlap|model:letters|version:1|licence:CC0-1.0"
    first.score([segment("A casa")]), second.score([segment("A casa")])
    assert log().count("1") == 2


def test_a_scorer_that_dies_loses_its_batch_alone_and_says_why(settings, log):
    metric = opened(settings)
    with pytest.raises(MetricError, match=r"(?s)has ended.*out of memory, sadly.*is kept") as told:
        metric.score([*(segment(f"A casa {n}") for n in range(16)), segment("die")])
    assert "evaluation.metrics.overlap" in str(told.value)
    metric.score([segment(f"A casa {n}") for n in range(17)])
    assert log() == ["started", "16", "1", "started", "1"]


@pytest.mark.parametrize(
    ("hypothesis", "reason"),
    [
        ("lie", "gave 1 score for 2 segments"),
        ("chat", "'Loading model …', which is no Answer"),
        ("nan", "which is no Answer"),
        ("refuse", "could not score: no such language"),
    ],
)
def test_an_answer_that_is_none_is_told(settings, hypothesis, reason):
    with pytest.raises(MetricError, match=reason):
        opened(settings).score([segment(hypothesis), segment("A casa")])


def test_a_program_that_says_nothing_of_itself(settings):
    mute = MetricSettings(command=(sys.executable, "-c", "import sys; sys.exit('no weights here')"))
    with pytest.raises(MetricError, match=r"(?s)has ended.*no weights here"):
        _ = opened(mute).signature


def test_problems_are_found_without_starting_anything(settings, log):
    assert metric_problems("overlap", settings) == [] and log() == []
    assert "measure of ours" in metric_problems("chrf", settings)[0]
    assert "no name of a metric" in metric_problems("My Metric", settings)[0]
    assert "no program" in metric_problems("own", MetricSettings(command=("no-such-program",)))[0]
    assert "tutelage metrics add comet" in metric_problems("comet", MetricSettings())[0]


def test_segment_scores_get_paired_intervals_like_the_others(settings):
    pairs = [Pair(Segment(str(n), f"House {n}", "en"), Segment(str(n), f"A casa {n}", "pt-BR")) for n in range(N)]
    scorer = Scorer(
        pairs,
        test="domain",
        direction=Direction("en", "pt-BR"),
        identifier=None,
        seed=1,
        resamples=200,
        metrics=(opened(settings),),
    )
    worse = scorer.measure({str(n): "A casa" if n % 2 else f"A casa {n}" for n in range(N)})
    better = scorer.measure({str(n): f"A casa {n}" for n in range(N)})
    score = scorer.score(worse, system="before", system_signature="").score("overlap")
    assert score.value == pytest.approx(100 - 100 / 6) and score.low < score.value < score.high
    assert score.signature == "overlap|model:words|version:1|licence:CC0-1.0|bs:200|seed:1"
    (compared,) = (one for one in scorer.compare(worse, after=better) if one.name == "overlap")
    assert compared.difference == pytest.approx(100 / 6) and compared.p_value < 0.05
    assert compared.detectable is not None and compared.n == N


def rated(scores):
    """A system that a metric has given these scores, nan where it has none."""
    metric = SimpleNamespace(name="kiwi", higher_is_better=True, signature="s", score=lambda segments: list(scores))
    return metric_statistics(metric, [segment(str(n)) for n in range(len(scores))])


HARDEST = 15
RATINGS = np.sort(np.random.default_rng(0).normal(70, 15, 200))
UNRATED = np.r_[[np.nan] * HARDEST, RATINGS[HARDEST:]]


@pytest.mark.parametrize(("before", "after"), [(UNRATED, RATINGS), (RATINGS, UNRATED)])
def test_systems_are_compared_on_the_segments_that_both_have_a_rating_of(before, after):
    same = compare_paired(rated(before), after=rated(after), test="t", seed=1)
    assert (same.before, same.difference, same.p_value) == (pytest.approx(UNRATED[HARDEST:].mean()), 0, 1)
    assert (same.n, same.distinct) == (185, 185)
    common = slice(HARDEST, None)
    worse = compare_paired(rated(before), after=rated(after - 1), test="t", seed=1)
    assert worse == compare_paired(rated(before[common]), after=rated(after[common] - 1), test="t", seed=1)
    assert (score_with_interval(rated(UNRATED), seed=1).n, rated(UNRATED).n) == (185, 185)


def test_means_are_of_the_segments_that_both_have_a_rating_of():
    same = compare_means([rated(UNRATED), rated(RATINGS)], after=[rated(RATINGS), rated(RATINGS)], test="t", seed=1)
    assert (same.difference, same.low, same.high, same.n, same.distinct) == (0, 0, 0, 385, 200)
    one = compare_means([rated(UNRATED)], after=[rated(RATINGS - 1)], test="t", seed=1)
    assert (one.n, one.distinct, one.difference) == (185, 185, pytest.approx(-1))


def test_nothing_is_told_of_systems_without_a_segment_that_both_have_a_rating_of():
    halves = np.arange(80.0), np.arange(80.0)
    halves[0][:40] = halves[1][40:] = np.nan
    with np.errstate(invalid="ignore"):
        compared = compare_paired(rated(halves[0]), after=rated(halves[1]), test="t", seed=1)
    assert (compared.n, compared.tells) == (0, False)
