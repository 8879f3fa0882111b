"""One rule of a gate judged on the evidence, with its reason as a sentence.

An amount must be held by the end of the 95 % interval that is worst for the new student, so that what the test set
cannot exclude counts against it: *non-inferiority* for `not worse by more than X`. A rule that ends in
`(point estimate)` goes by the figure alone. What is no number, or measured on too few distinct segments, holds no rule.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from tutelage.core.counts import counted
from tutelage.core.evidence import LEAST_SEGMENTS, Comparison, RuleOutcome, Score, SystemScores
from tutelage.evaluation.changes import gain, is_significantly_worse, least_gain
from tutelage.evaluation.figures import count_segments, format_evidence, format_signed, format_value, measure_label
from tutelage.evaluation.measures import MEASURES
from tutelage.evaluation.retention.names import is_retention
from tutelage.evaluation.rules import Rule
from tutelage.evaluation.significance import SIGNIFICANCE_LEVEL

Found = Comparison | Score


def judge_rule(rule: Rule, found: Found | None) -> RuleOutcome:
    """The outcome on what `find_evidence` found for the rule."""
    if found is None:
        return _not_measured(rule)
    if not found.tells:
        return RuleOutcome(rule.text, False, _cannot_tell(rule, found))
    if isinstance(found, Score):
        return _judge_level(rule, found)
    return _judge_better(rule, found) if rule.demand == "better" else _judge_not_worse(rule, found)


def find_evidence(
    rule: Rule, *, comparisons: Sequence[Comparison], scores: Sequence[SystemScores], system: str
) -> Found | None:
    """What the rule speaks of: the new student's score for a level, else the comparison; none if not measured."""
    if rule.demand not in ("at least", "at most"):
        return find_comparison(rule, comparisons)
    own = (one for one in scores if (one.system, one.test) == (system, rule.test))
    return next((score for one in own for score in one.scores if score.name == rule.measure), None)


def find_comparison(rule: Rule, comparisons: Sequence[Comparison]) -> Comparison | None:
    """The comparison by the rule's measure on its test set."""
    return next((one for one in comparisons if (one.test, one.name) == (rule.test, rule.measure)), None)


def exceeds_allowed_loss(rule: Rule, comparison: Comparison) -> bool:
    """Whether a student fell further than a rule `not worse` allows, as far as is known: by the figure itself."""
    if not comparison.tells:
        return False
    return is_significantly_worse(comparison) if rule.amount is None else -gain(comparison) > rule.amount


def misses_level(rule: Rule, score: Score) -> bool:
    """Whether a score is on the wrong side of the rule's limit by the figure itself."""
    limit = rule.amount or 0.0
    return score.tells and not (score.value >= limit if rule.demand == "at least" else score.value <= limit)


def _judge_better(rule: Rule, comparison: Comparison) -> RuleOutcome:
    least, change = rule.amount, _describe_change(comparison)
    if not gain(comparison) > 0:
        return RuleOutcome(rule.text, False, f"{change}, which is not better.")
    if not comparison.p_value < SIGNIFICANCE_LEVEL:
        return RuleOutcome(rule.text, False, f"{change}, which may be chance: p must be below {SIGNIFICANCE_LEVEL}.")
    if least is None:
        return RuleOutcome(rule.text, True, f"{change}, which is better.")
    if not gain(comparison) >= least:
        return RuleOutcome(rule.text, False, f"{change}, which is better, but by less than {least:g}.")
    if not rule.by_point and not least_gain(comparison) >= least:
        return RuleOutcome(rule.text, False, f"{change}, which is better, but perhaps by less than {least:g}.")
    return RuleOutcome(rule.text, True, f"{change}, which is better by at least {least:g}.")


def _judge_not_worse(rule: Rule, comparison: Comparison) -> RuleOutcome:
    change, allowed = _describe_change(comparison), rule.amount
    if allowed is None:
        passed = not is_significantly_worse(comparison)
        said = "not significantly worse" if passed else "significantly worse"
        return RuleOutcome(rule.text, passed, f"{change}, which is {said}.")
    if not -gain(comparison) <= allowed:
        return RuleOutcome(rule.text, False, f"{change}, which is worse by more than the {allowed:g} allowed.")
    if not rule.by_point and not -least_gain(comparison) <= allowed:
        worst = f"{-least_gain(comparison):.3g}"
        return RuleOutcome(
            rule.text, False, f"{change}, which may be worse by up to {worst}: more than the {allowed:g} allowed."
        )
    said = "not worse" if gain(comparison) >= 0 else f"within the {allowed:g} allowed"
    return RuleOutcome(rule.text, True, f"{change}, which is {said}.")


def _judge_level(rule: Rule, score: Score) -> RuleOutcome:
    limit = rule.amount or 0.0
    at_least = rule.demand == "at least"
    end = score.value if rule.by_point else score.low if at_least else score.high
    label = _sentence_label(rule.measure, test=rule.test)
    if end is None:
        reason = f"{label} has no interval. Write '{rule.text} (point estimate)' to go by the figure alone."
        return RuleOutcome(rule.text, False, reason)
    passed = end >= limit if at_least else end <= limit
    said = f"{label} is {format_value(score.value, name=rule.measure)}"
    asked = f"{rule.demand} {format_value(limit, name=rule.measure)}"
    if rule.by_point:
        return RuleOutcome(rule.text, passed, f"{said}, {'as asked:' if passed else 'but should be'} {asked}.")
    side = "lower" if at_least else "upper"
    inner = f"{said} and the {side} end of its interval {format_value(end, name=rule.measure)}"
    return RuleOutcome(rule.text, passed, f"{inner}, {'as asked:' if passed else 'which should be'} {asked}.")


def _not_measured(rule: Rule) -> RuleOutcome:
    label = _sentence_label(rule.measure, test=rule.test)
    if is_retention(rule.measure):
        why = "there is no [retention], lm-eval failed, or the student that came in passed too few items"
        said = f"{label} is not known: {why}."
        return RuleOutcome(rule.text, False, f"{said} The rule cannot hold.")
    of = "the new student" if rule.demand in ("at least", "at most") else "both students"
    return RuleOutcome(rule.text, False, f"{label} was not measured for {of}, so the rule cannot hold.")


def _cannot_tell(rule: Rule, found: Found) -> str:
    label = _sentence_label(rule.measure, test=rule.test)
    value = found.value if isinstance(found, Score) else found.difference
    if not math.isfinite(value) or count_segments(found) >= LEAST_SEGMENTS:
        return f"{label} is not a number here, so the rule cannot hold."
    return (
        f"{label} rests on {counted(count_segments(found), 'distinct segment')}, which is too little text to tell: "
        f"{LEAST_SEGMENTS} are needed."
    )


def _describe_change(comparison: Comparison) -> str:
    """`ChrF rose from 47.2 to 51.3 (+4.1, …)` as the beginning of a sentence."""
    name = comparison.name
    before, after = (format_value(value, name=name) for value in (comparison.before, comparison.after))
    label = _sentence_label(name, test=comparison.test)
    if format_signed(comparison.difference, name=name)[0] not in "+−":
        return f"{label} stayed at {after} ({format_evidence(comparison)})"
    verb = "rose" if comparison.difference > 0 else "fell"
    return f"{label} {verb} from {before} to {after} ({format_evidence(comparison)})"


def _sentence_label(measure: str, *, test: str) -> str:
    label = measure_label(measure, test=test)
    return label if label == MEASURES["chrf"].label else label[0].upper() + label[1:]
