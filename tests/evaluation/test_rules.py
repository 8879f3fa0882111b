"""Rules as recipes write them, and what their mistakes are told."""

import pytest

from tutelage.core.errors import RecipeError
from tutelage.evaluation.rules import parse_rules, rule_problems


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("chrf: better", ("domain", "chrf", "better", None)),
        ("chrf: better by at least 3", ("domain", "chrf", "better", 3.0)),
        ("general.chrf: not worse by more than 1", ("general", "chrf", "not worse", 1.0)),
        ("off_target: not worse by more than 0.5 points", ("domain", "off_target", "not worse", 0.5)),
        ("off_target:  At most 2 %", ("domain", "off_target", "at most", 2.0)),
        ("placeholders: at least 95%", ("domain", "placeholders", "at least", 95.0)),
        ("bleu: not worse", ("domain", "bleu", "not worse", None)),
        ("retention: at least 0.97", ("abilities", "retention", "at least", 0.97)),
    ],
)
def test_rules_that_parse(text, expected):
    (rule,) = parse_rules([text])
    assert (rule.test, rule.measure, rule.demand, rule.amount) == expected
    assert rule.text == text and not rule.by_point
    assert rule_problems([text]) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("chrf better", "a colon and a demand"),
        ("chfr: better", "Did you mean 'chrf'?"),
        ("genral.chrf: better", "Did you mean 'general'?"),
        ("chrf: beter", "Did you mean 'better'?"),
        ("chrf: not worse by mor than 1", "Did you mean 'not worse by more than X'?"),
        ("chrf: at least many", "'many' is not a number"),
        ("chrf: at least 0,5", "'0,5' is not a number"),
        ("chrf: better by at least -1", "must be 0 or above"),
        ("chrf: at least nan", "must be 0 or above"),
        ("chrf:", "is not a demand"),
        ("off_target: at least 2", "Did you mean 'at most'?"),
        ("bleu: at most 40", "Did you mean 'at least'?"),
        ("chrf: better (point estimate)", "belongs behind a number"),
    ],
)
def test_mistakes_are_explained(text, expected):
    (problem,) = rule_problems([text])
    assert problem.startswith(f"'{text}': ")
    assert expected in problem


@pytest.mark.parametrize(
    "text", ["chrf: better by at least 2", "chrf: not worse by more than 1 points", "retention: at least 0.97"]
)
def test_the_figure_itself_can_decide(text):
    (rule,) = parse_rules([f"{text} (point estimate)"])
    assert rule.by_point and (rule.demand, rule.amount) == (
        parse_rules([text])[0].demand,
        parse_rules([text])[0].amount,
    )


def test_every_mistake_is_told_at_once():
    texts = ["genral.chfr: beter", "chrf: better", "bleu"]
    assert len(rule_problems(texts)) == 4
    with pytest.raises(RecipeError) as caught:
        parse_rules(texts)
    assert list(caught.value.problems) == rule_problems(texts)


def test_no_rule_is_a_mistake():
    assert len(rule_problems([])) == 1


def test_measures_from_outside_can_be_added():
    assert parse_rules(["comet: better"], measures=["comet"])[0].measure == "comet"
