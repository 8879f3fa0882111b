"""Whether a new student is promoted: every rule judged on the evidence, each with its reason.

Two things are told apart. *Passed* means that every rule holds, and only that promotes. The *verdict* says what the
comparison shows, whatever the rules ask for:

    worse       a measure named by a rule fell further than the rule allows, or significantly with no rule allowing it,
                or a retention lies below what a rule asks for
    better      otherwise, the primary measure is significantly better
    no better   otherwise

so a student can be better and yet not promoted (a floor not reached), and promoted without being better (rules that
only forbid harm). The primary measure is that of the first rule that demands `better`, else of the first rule.
"""

from __future__ import annotations

from collections.abc import Sequence

from tutelage.core.evidence import Comparison, GateDecision, RuleOutcome, SystemScores
from tutelage.evaluation.figures import MEASURES, format_evidence, format_signed, format_value, measure_label
from tutelage.evaluation.retention.names import is_retention
from tutelage.evaluation.rules import Rule
from tutelage.evaluation.significance import SIGNIFICANCE_LEVEL


def decide(
    rules: Sequence[Rule],
    *,
    comparisons: Sequence[Comparison],
    scores: Sequence[SystemScores],
    system: str = "after",
) -> GateDecision:
    """The decision; `system` names the new student among the scores."""
    if not rules:
        raise ValueError("a gate without rules would promote anything")
    outcomes = tuple(_judge(rule, comparisons=comparisons, scores=scores, system=system) for rule in rules)
    primary = primary_comparison(rules, comparisons=comparisons)
    harmed = any(_is_harmed(comparison, rules=rules) for comparison in comparisons)
    if harmed or any(_is_forgotten(rule, scores=scores, system=system) for rule in rules):
        verdict = "worse"
    else:
        verdict = "better" if primary and is_significantly_better(primary) else "no better"
    return GateDecision(verdict=verdict, passed=all(outcome.passed for outcome in outcomes), outcomes=outcomes)


def primary_comparison(rules: Sequence[Rule], *, comparisons: Sequence[Comparison]) -> Comparison | None:
    """The comparison that the gate is mainly about, or none if it was not measured."""
    primary = next((rule for rule in rules if rule.demand == "better"), rules[0])
    return _find_comparison(primary, comparisons)


def is_significantly_better(comparison: Comparison) -> bool:
    """Whether the new student is better with p < 0.05."""
    return gain(comparison) > 0 and comparison.p_value < SIGNIFICANCE_LEVEL


def is_significantly_worse(comparison: Comparison) -> bool:
    """Whether the new student is worse with p < 0.05."""
    return gain(comparison) < 0 and comparison.p_value < SIGNIFICANCE_LEVEL


def gain(comparison: Comparison) -> float:
    """The difference turned so that more is better."""
    return comparison.difference if comparison.higher_is_better else -comparison.difference


def _is_harmed(comparison: Comparison, *, rules: Sequence[Rule]) -> bool:
    """Whether a measure that the rules name fell, and no rule says that so much may be lost."""
    named = [rule for rule in rules if _find_comparison(rule, [comparison])]
    guards = [rule for rule in named if rule.demand == "not worse"]
    if guards:
        return not all(_judge_not_worse(rule, comparison).passed for rule in guards)
    return bool(named) and is_significantly_worse(comparison)


def _is_forgotten(rule: Rule, *, scores: Sequence[SystemScores], system: str) -> bool:
    """Whether a retention is known and lies below the rule's limit."""
    if not is_retention(rule.measure):
        return False
    value = _find_value(rule, scores=scores, system=system, comparison=None)
    return value is not None and not _judge_level(rule, value=value).passed


def _judge(
    rule: Rule, *, comparisons: Sequence[Comparison], scores: Sequence[SystemScores], system: str
) -> RuleOutcome:
    comparison = _find_comparison(rule, comparisons)
    if rule.demand in ("at least", "at most"):
        return _judge_level(rule, value=_find_value(rule, scores=scores, system=system, comparison=comparison))
    if comparison is None:
        return _not_measured(rule, "both students")
    return _judge_better(rule, comparison) if rule.demand == "better" else _judge_not_worse(rule, comparison)


def _judge_better(rule: Rule, comparison: Comparison) -> RuleOutcome:
    least = rule.amount or 0.0
    change = _describe_change(comparison)
    if gain(comparison) <= 0:
        return RuleOutcome(rule.text, False, f"{change}, which is not better.")
    if comparison.p_value >= SIGNIFICANCE_LEVEL:
        return RuleOutcome(rule.text, False, f"{change}, which may be chance: p must be below {SIGNIFICANCE_LEVEL}.")
    if gain(comparison) < least:
        return RuleOutcome(rule.text, False, f"{change}, which is better, but by less than {least:g}.")
    return RuleOutcome(rule.text, True, f"{change}, which is better{f' by at least {least:g}' if least else ''}.")


def _judge_not_worse(rule: Rule, comparison: Comparison) -> RuleOutcome:
    change = _describe_change(comparison)
    if rule.amount is None:
        passed = not is_significantly_worse(comparison)
        said = "not significantly worse" if passed else "significantly worse"
        return RuleOutcome(rule.text, passed, f"{change}, which is {said}.")
    passed = -gain(comparison) <= rule.amount
    if gain(comparison) >= 0:
        said = "not worse"
    elif passed:
        said = f"within the {rule.amount:g} allowed"
    else:
        said = f"worse by more than the {rule.amount:g} allowed"
    return RuleOutcome(rule.text, passed, f"{change}, which is {said}.")


def _judge_level(rule: Rule, *, value: float | None) -> RuleOutcome:
    if value is None:
        return _not_measured(rule, "the new student")
    limit = rule.amount or 0.0
    passed = value >= limit if rule.demand == "at least" else value <= limit
    label = _sentence_label(rule.measure, test=rule.test)
    said = f"{rule.demand} {format_value(limit, name=rule.measure)}"
    reason = (
        f"{label} is {format_value(value, name=rule.measure)}, {'as asked:' if passed else 'but should be'} {said}."
    )
    return RuleOutcome(rule.text, passed, reason)


def _not_measured(rule: Rule, of: str) -> RuleOutcome:
    label = _sentence_label(rule.measure, test=rule.test)
    if is_retention(rule.measure):
        said = f"{label} is not known: there is no [retention], or the student that came in passed too few items."
        return RuleOutcome(rule.text, False, f"{said} The rule cannot hold.")
    return RuleOutcome(rule.text, False, f"{label} was not measured for {of}, so the rule cannot hold.")


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


def _find_comparison(rule: Rule, comparisons: Sequence[Comparison]) -> Comparison | None:
    return next((c for c in comparisons if (c.test, c.name) == (rule.test, rule.measure)), None)


def _find_value(
    rule: Rule, *, scores: Sequence[SystemScores], system: str, comparison: Comparison | None
) -> float | None:
    for one in scores:
        if (one.system, one.test) == (system, rule.test):
            for score in one.scores:
                if score.name == rule.measure:
                    return score.value
    return comparison.after if comparison else None
