"""What the gate decides: a table of evidence and outcomes."""

import math
from dataclasses import replace

import pytest

from tutelage.core.evidence import Comparison, Score, SystemScores
from tutelage.evaluation.gate import decide
from tutelage.evaluation.rules import parse_rules


def compared(name, before, after, p, *, test="domain"):
    difference = after - before
    return Comparison(
        test, name, before, after, difference, difference - 1, difference + 1, p, name != "off_target", 812
    )


GAIN = compared("chrf", 47.2, 51.3, 0.0009)
NOISE = compared("chrf", 47.2, 47.9, 0.2)
LOSS = compared("chrf", 47.2, 45.0, 0.001)
GENERAL_DIP = compared("chrf", 61.0, 60.5, 0.01, test="general")
GENERAL_LOSS = compared("chrf", 61.0, 58.7, 0.001, test="general")
OFF_TARGET_RISE = compared("off_target", 1.0, 1.4, 0.2)
GUARD = "general.chrf: not worse by more than 1"


def level(name, value, low=None, high=None, *, n=812, system="after", test="domain"):
    return SystemScores(system, test, "", (Score(name, value, low, high, n, name != "off_target", ""),))


CHRF = level("chrf", 51.3, 50.2, 52.4)


def gate(rules, *comparisons, scores=()):
    return decide(parse_rules(rules), comparisons=comparisons, scores=scores)


@pytest.mark.parametrize(
    ("rules", "comparisons", "verdict", "passed"),
    [
        (["chrf: better"], [GAIN], "better", [True]),
        (["chrf: better"], [NOISE], "no better", [False]),
        (["chrf: better"], [LOSS], "worse", [False]),
        (["chrf: better by at least 3"], [GAIN], "better", [True]),
        (["chrf: better by at least 5"], [GAIN], "better", [False]),
        (["chrf: better by at least 3.5"], [GAIN], "better", [False]),
        (["chrf: better by at least 3.5 (point estimate)"], [GAIN], "better", [True]),
        (["chrf: better by at least 5 (point estimate)"], [GAIN], "better", [False]),
        (["chrf: better", GUARD], [GAIN, GENERAL_DIP], "better", [True, False]),
        (["chrf: better", f"{GUARD} (point estimate)"], [GAIN, GENERAL_DIP], "better", [True, True]),
        (["chrf: better", "general.chrf: not worse by more than 2"], [GAIN, GENERAL_DIP], "better", [True, True]),
        (["chrf: better", GUARD], [GAIN, GENERAL_LOSS], "worse", [True, False]),
        (["chrf: better", "general.chrf: not worse"], [GAIN, GENERAL_DIP], "worse", [True, False]),
        (["chrf: better"], [GAIN, GENERAL_LOSS], "better", [True]),
        (
            ["off_target: not worse by more than 1.5 points", "chrf: better"],
            [GAIN, OFF_TARGET_RISE],
            "better",
            [True, True],
        ),
        (["off_target: not worse by more than 0.3"], [OFF_TARGET_RISE], "worse", [False]),
        (["chrf: not worse by more than 1"], [NOISE], "no better", [True]),
        (["chrf: not worse by more than 3"], [LOSS], "no better", [False]),
        (["chrf: not worse by more than 4"], [LOSS], "no better", [True]),
        (["chrf: at least 50"], [GAIN], "better", [True]),
        (["chrf: at least 51"], [GAIN], "better", [False]),
        (["chrf: at least 51 (point estimate)"], [GAIN], "better", [True]),
        (["chrf: at least 55"], [GAIN], "better", [False]),
        (["chrf: better", "off_target: at most 1"], [GAIN, OFF_TARGET_RISE], "better", [True, False]),
    ],
)
def test_decisions(rules, comparisons, verdict, passed):
    decision = gate(rules, *comparisons, scores=(CHRF, level("off_target", 1.4, 0.9, 1.9)))
    assert decision.verdict == verdict
    assert [outcome.passed for outcome in decision.outcomes] == passed
    assert decision.passed == all(passed)


def test_a_guard_allows_a_loss_that_another_rule_names():
    guard = "general.chrf: not worse by more than 2"
    scores = (level("chrf", 60.5, 60.1, 60.9, test="general"),)
    decision = gate(["general.chrf: at least 60", guard], GENERAL_DIP, scores=scores)
    assert (decision.verdict, decision.passed) == ("no better", True)


def test_reasons_are_sentences_with_figures():
    decision = gate(["chrf: better", GUARD], GAIN, GENERAL_LOSS)
    assert decision.outcomes[0].reason == (
        "chrF rose from 47.2 to 51.3 (+4.1, 95 % interval +3.1 to +5.1, p < 0.001, n = 812), which is better."
    )
    assert decision.outcomes[1].reason == (
        "General chrF fell from 61.0 to 58.7 (−2.3, 95 % interval −3.3 to −1.3, p = 0.001, n = 812), "
        "which is worse by more than the 1 allowed."
    )


def test_what_was_not_measured_fails_and_says_so():
    decision = gate(["chrf: better", "retention: at least 0.97", "general.bleu: not worse"], GAIN)
    assert [outcome.passed for outcome in decision.outcomes] == [True, False, False]
    assert decision.outcomes[1].reason == (
        "Retention is not known: there is no [retention], lm-eval failed, or the student that came in passed too few "
        "items. The rule cannot hold."
    )
    assert "not measured" in decision.outcomes[2].reason
    assert decision.verdict == "better" and not decision.passed


def test_levels_are_those_of_the_new_student():
    def system(name, value):
        return SystemScores(
            name, "abilities", "", (Score("retention", value, value - 0.03, value + 0.03, 500, True, ""),)
        )

    scores = (system("before", 0.99), system("after", 0.95))
    decision = gate(["retention: at least 0.97", "retention: at least 0.97 (point estimate)"], scores=scores)
    assert not decision.passed
    assert [outcome.reason for outcome in decision.outcomes] == [
        "Retention is 0.950 and the lower end of its interval 0.920, which should be at least 0.970.",
        "Retention is 0.950, but should be at least 0.970.",
    ]


def test_no_rules_promote_nothing():
    with pytest.raises(ValueError, match="without rules"):
        decide((), comparisons=[GAIN], scores=[])


RULES = (
    "chrf: better", "chrf: better by at least 0", "chrf: not worse", "chrf: not worse by more than 100",
    "chrf: not worse by more than 100 (point estimate)", "chrf: at least 0", "chrf: at least 0 (point estimate)",
)  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("broken", ["before", "after", "difference", "low", "high", "p_value"])
def test_what_is_no_number_holds_no_rule(rule, broken):
    comparison, score = replace(GAIN, **{broken: math.nan}), level("chrf", math.nan, math.nan, math.nan)
    decision = gate([rule], comparison, scores=(score,))
    assert (decision.verdict, decision.passed) == ("too little text to tell", False)
    assert "not a number" in decision.outcomes[0].reason


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(("n", "distinct"), [(1, 1), (29, None), (1160, 29)])
def test_too_few_distinct_segments_promote_nothing(rule, n, distinct):
    comparison = replace(GAIN, n=n, distinct=distinct)
    score = replace(CHRF.scores[0], n=n, distinct=distinct)
    decision = gate([rule], comparison, scores=(replace(CHRF, scores=(score,)),))
    assert (decision.verdict, decision.passed) == ("too little text to tell", False)
    assert "too little text to tell: 30 are needed" in decision.outcomes[0].reason


def test_harm_on_too_little_text_is_no_verdict_but_stops_promotion():
    decision = gate(["chrf: better", GUARD], GAIN, replace(GENERAL_LOSS, n=12))
    assert (decision.verdict, decision.passed) == ("better", False)


def test_a_loss_that_cannot_be_excluded_is_told():
    (outcome,) = gate([GUARD], GENERAL_DIP).outcomes
    assert outcome.reason.endswith("which may be worse by up to 1.5: more than the 1 allowed.")
