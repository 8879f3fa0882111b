"""Whether a new student is promoted: every rule judged on the evidence, each with its reason.

Two things are told apart. *Passed* means that every rule holds, and only that promotes. The *verdict* says what the
comparison shows, whatever the rules ask for:

    worse                       a measure named by a rule fell further than the rule allows, or significantly with no
                                rule allowing it, or a retention lies below what a rule asks for
    too little text to tell     otherwise, the primary measure rests on fewer than 30 distinct segments, or is no number
    better                      otherwise, the primary measure is significantly better
    no better                   otherwise

so a student can be better and yet not promoted (a floor not reached, or a loss that the test set cannot exclude), and
promoted without being better (rules that only forbid harm). With too little text it is never promoted. The primary
measure is that of the first rule that demands `better`, else of the first rule.
"""

from __future__ import annotations

from collections.abc import Sequence

from tutelage.core.evidence import Comparison, GateDecision, Score, SystemScores
from tutelage.evaluation.changes import is_significantly_better, is_significantly_worse
from tutelage.evaluation.outcomes import (
    exceeds_allowed_loss,
    find_comparison,
    find_evidence,
    judge_rule,
    misses_level,
)
from tutelage.evaluation.retention.names import is_retention
from tutelage.evaluation.rules import Rule

TOO_LITTLE = "too little text to tell"


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
    found = [find_evidence(rule, comparisons=comparisons, scores=scores, system=system) for rule in rules]
    outcomes = tuple(map(judge_rule, rules, found))
    levels = [(rule, one) for rule, one in zip(rules, found, strict=True) if isinstance(one, Score)]
    forgotten = any(is_retention(rule.measure) and misses_level(rule, score) for rule, score in levels)
    if forgotten or any(_is_harmed(comparison, rules=rules) for comparison in comparisons):
        verdict = "worse"
    else:
        primary = primary_comparison(rules, comparisons=comparisons)
        main = primary or found[rules.index(_primary_rule(rules))]
        verdict = _compare_main(main)
    return GateDecision(verdict=verdict, passed=all(outcome.passed for outcome in outcomes), outcomes=outcomes)


def primary_comparison(rules: Sequence[Rule], *, comparisons: Sequence[Comparison]) -> Comparison | None:
    """The comparison that the gate is mainly about, or none if it was not measured."""
    return find_comparison(_primary_rule(rules), comparisons)


def _primary_rule(rules: Sequence[Rule]) -> Rule:
    return next((rule for rule in rules if rule.demand == "better"), rules[0])


def _compare_main(found: Comparison | Score | None) -> str:
    if found is not None and not found.tells:
        return TOO_LITTLE
    return "better" if isinstance(found, Comparison) and is_significantly_better(found) else "no better"


def _is_harmed(comparison: Comparison, *, rules: Sequence[Rule]) -> bool:
    """Whether a measure that the rules name fell, and no rule says that so much may be lost."""
    named = [rule for rule in rules if find_comparison(rule, [comparison])]
    guards = [rule for rule in named if rule.demand == "not worse"]
    if guards:
        return any(exceeds_allowed_loss(rule, comparison) for rule in guards)
    return bool(named) and is_significantly_worse(comparison)
