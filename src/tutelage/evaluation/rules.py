"""The gate's rules as a recipe writes them: `chrf: better`, `off_target: not worse by more than 0.5 points`.

A rule is `[test.]measure: demand`; without a test set it speaks of the domain's. The demands:

    better                      better, and significantly so (p < 0.05)
    better by at least X        that, and by X or more
    not worse                   not significantly worse
    not worse by more than X    at most X worse, significant or not
    at least X, at most X       the new student's own score
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from tutelage.core.errors import RecipeError, did_you_mean
from tutelage.evaluation.figures import MEASURES

Demand = Literal["better", "not worse", "at least", "at most"]

TESTS = ("domain", "general", "demonstrations")
_FORMS: dict[str, Demand] = {
    "better": "better",
    "better by at least X": "better",
    "not worse": "not worse",
    "not worse by more than X": "not worse",
    "at least X": "at least",
    "at most X": "at most",
}
_AMOUNT = re.compile(r"(?P<phrase>.*\b(?:at least|at most|more than))\s+(?P<amount>\S+?)\s*(?:points?|%)?")


@dataclass(frozen=True, slots=True)
class Rule:
    """One demand on one measure of one test set."""

    text: str
    test: str
    measure: str
    demand: Demand
    amount: float | None = None
    """In the measure's own unit; none for a demand on significance alone."""


@dataclass(frozen=True, slots=True)
class _Parsed:
    rule: Rule | None
    problems: tuple[str, ...]


def parse_rules(
    texts: Sequence[str], *, measures: Iterable[str] = tuple(MEASURES), tests: Iterable[str] = TESTS
) -> tuple[Rule, ...]:
    """The rules; RecipeError lists every mistake of every rule."""
    parsed = [_parse(text, measures=tuple(measures), tests=tuple(tests)) for text in texts]
    problems = _all_problems(parsed)
    if problems:
        raise RecipeError(problems, where="gate")
    return tuple(item.rule for item in parsed if item.rule)


def rule_problems(
    texts: Sequence[str], *, measures: Iterable[str] = tuple(MEASURES), tests: Iterable[str] = TESTS
) -> list[str]:
    """Every mistake of every rule, as a recipe's validation shows them; empty if there is none."""
    return _all_problems([_parse(text, measures=tuple(measures), tests=tuple(tests)) for text in texts])


def _all_problems(parsed: Sequence[_Parsed]) -> list[str]:
    if not parsed:
        return ["the gate has no rule; without one nothing could fail. Start with 'chrf: better'."]
    return [problem for item in parsed for problem in item.problems]


def _parse(text: str, *, measures: Sequence[str], tests: Sequence[str]) -> _Parsed:
    subject, colon, demand_text = (part.strip() for part in text.partition(":"))
    if not colon:
        return _Parsed(None, (f"'{text}': a rule is a measure, a colon and a demand, as in 'chrf: better'.",))
    test, _, measure = subject.rpartition(".")
    test = test or "domain"
    problems = _name_problems(test=test, measure=measure, measures=measures, tests=tests)
    form, amount_text = _split_amount(demand_text)
    demand = _FORMS.get(form)
    if demand is None:
        problems.append(f"'{demand_text}' is not a demand. {did_you_mean(form, _FORMS)}")
    else:
        problems += _amount_problems(amount_text) + _sense_problems(measure, demand)
    if demand is None or problems:
        return _Parsed(None, tuple(f"'{text}': {problem}" for problem in problems))
    amount = float(amount_text) if amount_text is not None else None
    return _Parsed(Rule(text=text, test=test, measure=measure, demand=demand, amount=amount), ())


def _split_amount(demand: str) -> tuple[str, str | None]:
    """The demand's form with X for the amount, and the amount as written."""
    words = " ".join(demand.lower().split())
    match = _AMOUNT.fullmatch(words)
    return (f"{match['phrase']} X", match["amount"]) if match else (words, None)


def _name_problems(*, test: str, measure: str, measures: Sequence[str], tests: Sequence[str]) -> list[str]:
    problems = []
    if test not in tests:
        problems.append(f"no test set is called '{test}'. {did_you_mean(test, tests)}")
    if measure not in measures:
        problems.append(f"no measure is called '{measure}'. {did_you_mean(measure, measures)}")
    return problems


def _amount_problems(amount: str | None) -> list[str]:
    if amount is None:
        return []
    try:
        value = float(amount)
    except ValueError:
        return [f"'{amount}' is not a number; write it like 0.5."]
    if not math.isfinite(value) or value < 0:
        return [f"'{amount}' cannot be: the number must be 0 or above."]
    return []


def _sense_problems(measure: str, demand: Demand) -> list[str]:
    """A floor under what should be low, or a ceiling over what should be high, is a slip."""
    known = MEASURES.get(measure)
    if known and known.higher_is_better and demand == "at most":
        return [f"{measure} is better when higher. Did you mean 'at least'?"]
    if known and not known.higher_is_better and demand == "at least":
        return [f"{measure} is better when lower. Did you mean 'at most'?"]
    return []
