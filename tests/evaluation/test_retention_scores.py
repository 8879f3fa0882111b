"""Scores of abilities, what was kept of them, and how rules, gate and report use it."""

import pytest

from tutelage.core.evidence import Comparison, Score, SystemScores
from tutelage.evaluation.figures import format_value, measure_label
from tutelage.evaluation.gate import decide
from tutelage.evaluation.retention.measuring import (
    AbilityResult,
    abilities_without_ratio,
    compare_abilities,
    measure_retention,
    score_abilities,
)
from tutelage.evaluation.retention.rows import ability_rows, describe_retention
from tutelage.evaluation.rules import parse_rules, rule_problems


def result(ability, passed, n=100):
    """The first `passed` of `n` items are right."""
    return AbilityResult(ability, {f"{ability}-{i}": float(i < passed) for i in range(n)}, f"sig:{ability}")


BEFORE = [result("facts", 80), result("arithmetic", 40), result("refusal", 2)]
AFTER = [result("facts", 72), result("arithmetic", 20), result("refusal", 60)]


def test_scores_are_percent_with_their_mean():
    scores = {score.name: score for score in score_abilities(BEFORE, seed=1)}
    assert [scores[name].value for name in ("ability.facts", "ability.arithmetic", "ability.refusal")] == [80, 40, 2]
    assert scores["abilities"].value == pytest.approx((80 + 40 + 2) / 3)
    assert scores["abilities"].n == 300
    assert scores["ability.facts"].low < 80 < scores["ability.facts"].high
    assert scores["ability.facts"].low > 70


def test_the_mean_is_surer_than_its_parts():
    scores = score_abilities([result("facts", 50), result("arithmetic", 50)], seed=1, resamples=2000)
    widths = {score.name: score.high - score.low for score in scores}
    # the mean of two independent shares of equal size has an interval narrower by the root of two
    assert widths["abilities"] == pytest.approx(widths["ability.facts"] / 2**0.5, rel=0.1)


def test_comparisons_are_paired():
    comparisons = {one.name: one for one in compare_abilities(BEFORE, after=AFTER, seed=1)}
    facts = comparisons["ability.facts"]
    assert (facts.test, facts.before, facts.after, facts.difference) == ("abilities", 80, 72, -8)
    assert facts.p_value < 0.05
    same = compare_abilities(BEFORE, after=BEFORE, seed=1)[0]
    assert (same.difference, same.low, same.high, same.p_value) == (0, 0, 0, 1)


def test_retention_is_the_ratio_over_what_was_there():
    found = {score.name: score for score in measure_retention(BEFORE, after=AFTER, seed=1)}
    assert set(found) == {"retention", "retention.facts", "retention.arithmetic"}
    assert found["retention.facts"].value == pytest.approx(0.9)
    assert found["retention.arithmetic"].value == pytest.approx(0.5)
    assert found["retention"].value == pytest.approx((72 + 20) / (80 + 40))
    assert found["retention"].n == 200
    assert "of:facts+arithmetic|" in found["retention"].signature
    assert found["retention.arithmetic"].low < 0.5 < found["retention.arithmetic"].high
    assert abilities_without_ratio(BEFORE) == ("refusal",)


def test_a_student_retains_itself_surely():
    (overall, *_) = measure_retention(BEFORE, after=BEFORE, seed=3)
    assert (overall.value, overall.low, overall.high) == (1.0, 1.0, 1.0)


def test_nothing_before_gives_no_ratio():
    assert measure_retention([result("facts", 4)], after=[result("facts", 90)], seed=1) == ()


def test_five_passed_items_give_a_finite_interval():
    (overall, _) = measure_retention([result("facts", 5)], after=[result("facts", 90)], seed=1)
    assert overall.value == pytest.approx(18)
    assert overall.low < 18 < overall.high < float("inf")


def test_other_items_cannot_be_compared():
    with pytest.raises(ValueError, match="only the same items"):
        compare_abilities([result("facts", 5, n=10)], after=[result("facts", 5, n=9)], seed=1)


def systems():
    after = (*score_abilities(AFTER, seed=1), *measure_retention(BEFORE, after=AFTER, seed=1))
    return (
        SystemScores("before", "abilities", "b", score_abilities(BEFORE, seed=1)),
        SystemScores("after", "abilities", "a", after),
    )


GAIN = Comparison("domain", "chrf", 40, 45, 5, 4, 6, 0.001, True, 100)


@pytest.mark.parametrize(
    ("rule", "passed", "verdict"),
    [
        ("retention: at least 0.6", True, "better"),
        ("retention: at least 0.76", False, "better"),
        ("retention: at least 0.76 (point estimate)", True, "better"),
        ("retention: at least 0.97", False, "worse"),
        ("retention.facts: at least 0.8", True, "better"),
        ("retention.facts: at least 0.89", False, "better"),
        ("retention.arithmetic: at least 0.9", False, "worse"),
        ("retention.refusal: at least 0.9", False, "better"),
        ("ability.facts: at least 60", True, "worse"),
        ("ability.refusal: better", True, "better"),
        ("ability.arithmetic: not worse by more than 30", True, "better"),
        ("ability.arithmetic: not worse by more than 21", False, "better"),
        ("ability.arithmetic: not worse by more than 21 (point estimate)", True, "better"),
        ("ability.arithmetic: not worse", False, "worse"),
        ("abilities: at least 40", True, "better"),
    ],
)
def test_rules_on_abilities(rule, passed, verdict):
    comparisons = (GAIN, *compare_abilities(BEFORE, after=AFTER, seed=1))
    decision = decide(parse_rules(["chrf: better", rule]), comparisons=comparisons, scores=systems())
    assert (decision.outcomes[1].passed, decision.verdict) == (passed, verdict)
    assert decision.outcomes[1].reason[0].isupper()


def test_a_ratio_that_is_not_there_is_explained():
    (outcome,) = decide(parse_rules(["retention.refusal: at least 0.9"]), comparisons=(), scores=systems()).outcomes
    assert outcome.reason == (
        "Retention of refusal of harmful requests is not known: there is no [retention], lm-eval failed, or the "
        "student that came in passed too few items. The rule cannot hold."
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("retention.arithmetik: at least 0.9", "Did you mean 'arithmetic'?"),
        ("ability.fact: not worse", "Did you mean 'facts'?"),
        ("retentoin: at least 0.9", "Did you mean 'retention'?"),
        ("general.retention: at least 0.9", "retention is of no test set. Write 'retention: …' alone."),
        ("retention: at least 97", "Did you mean 0.97?"),
        ("drift: not worse", "drift compares after with before already. Write 'at most 0.2'."),
        ("drift_ends: better", "drift compares after with before already. Write 'at most 0.2'."),
        ("drift: at least 0.1", "drift is better when lower. Did you mean 'at most'?"),
        ("general.drift: at most 0.1", "drift is of no test set."),
        ("retention: at least 97 %", "Did you mean 0.97?"),
        ("retention: not worse", "'at least 0.97'"),
        ("retention: at most 1", "Did you mean 'at least'?"),
        ("abilitie.facts: not worse", "Did you mean 'ability'?"),
    ],
)
def test_mistakes_in_rules_on_abilities(text, expected):
    problems = rule_problems([text], abilities=["arithmetic", "facts"])
    assert expected in problems[0]


def test_labels_and_units():
    assert measure_label("ability.facts", test="abilities") == "facts"
    assert measure_label("retention.facts", test="abilities") == "retention of facts"
    assert measure_label("ability.arc_easy", test="abilities") == "arc_easy"
    assert format_value(51.25, name="ability.arc_easy") == "51.2 %"
    assert format_value(0.9551, name="retention.facts") == "0.955"


def test_rows_of_the_report():
    comparisons = compare_abilities(BEFORE, after=AFTER, seed=1)
    rows = ability_rows(systems(), comparisons)
    assert [row.label for row in rows] == ["facts", "arithmetic", "refusal of harmful requests", "mean of abilities"]
    assert rows[0].change.startswith("−8.0 (−")
    assert rows[0].kept.startswith("0.900 (0.8")
    assert rows[2].kept == "no ratio: too little before"
    assert rows[3].is_mean
    told = describe_retention(systems())
    assert told.startswith("retention 0.767 (0.")
    assert told.endswith("over facts, arithmetic; no ratio: too little before in refusal of harmful requests")
    assert describe_retention([]) is None


def test_scores_are_found_by_name():
    assert isinstance(systems()[1].score("retention"), Score)
