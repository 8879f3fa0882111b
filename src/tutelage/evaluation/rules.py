"""The gate's rules as a recipe writes them: `chrf: better`, `off_target: not worse by more than 0.5 points`.

A rule is `[test.]measure: demand`; without a test set it speaks of the domain's. The demands:

    better                      better, and significantly so (p < 0.05)
    better by at least X        that, and by X or more
    not worse                   not significantly worse: a small test set hides much
    not worse by more than X    at most X worse, significant or not
    at least X, at most X       the new student's own score

A number must be held by the whole 95 % interval: `not worse by more than 1` holds if a loss of more than 1 can be
excluded (non-inferiority), `retention: at least 0.97` if the lower end is 0.97. With `(point estimate)` behind it the
figure itself decides: `not worse by more than 1 (point estimate)`. No rule holds on fewer than 30 distinct segments.

A step `language_aware` measures further test sets: each direction that has a `test`, such as `en-de`, and the means
over directions, `supervised` and `zero_shot`.

Abilities of a causal student are named `retention` (the ratio of their scores after and before, overall),
`retention.ABILITY` (of one), `ability.ABILITY` (its score in percent), `abilities` (the mean of the scores), `drift`
(nats a token that the new one's predictions are away from the old one's, on the old one's answers) and `drift_ends`
(nats at the token that ends an answer).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from tutelage.core.errors import RecipeError, did_you_mean
from tutelage.evaluation.measures import MEASURES, find_measure
from tutelage.evaluation.retention import names

Demand = Literal["better", "not worse", "at least", "at most"]

TESTS = ("domain", "general")
"""Test sets of every recipe; a method has more of its own."""
MEANS = ("supervised", "zero_shot")
"""Test sets that are means over directions, with text to train on and without."""
_FORMS: dict[str, Demand] = {
    "better": "better",
    "better by at least X": "better",
    "not worse": "not worse",
    "not worse by more than X": "not worse",
    "at least X": "at least",
    "at most X": "at most",
}
_HIGHEST_RATIO = 2.0
"""A rule that asks for more than this of a ratio means percent."""
_HIGHEST_AMOUNT = 1e6
"""Most measures are percentages; counts and tokens a second stay below this too."""
_POINT = "(point estimate)"
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
    by_point: bool = False
    """Whether the figure itself decides about the amount, and not the end of its interval."""


@dataclass(frozen=True, slots=True)
class _Parsed:
    rule: Rule | None
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    """The names that rules may use."""

    measures: tuple[str, ...]
    tests: tuple[str, ...] | None
    """None: any."""
    abilities: tuple[str, ...] | None
    """None: any."""


def parse_rules(
    texts: Sequence[str],
    *,
    measures: Iterable[str] | None = None,
    tests: Iterable[str] | None = TESTS,
    abilities: Iterable[str] | None = None,
) -> tuple[Rule, ...]:
    """The rules; RecipeError lists every mistake of every rule.

    `None` for `measures` means all that are known; for `abilities` and `tests`, that any name will do. Rules with any
    test set were checked before, and may speak of any measure.
    """
    known = _known(measures, tests, abilities)
    parsed = [_parse(text, known) for text in texts]
    problems = _all_problems(parsed)
    if problems:
        raise RecipeError(problems, where="gate")
    return tuple(item.rule for item in parsed if item.rule)


def rule_problems(
    texts: Sequence[str],
    *,
    measures: Iterable[str] | None = None,
    tests: Iterable[str] = TESTS,
    abilities: Iterable[str] | None = None,
) -> list[str]:
    """Every mistake of every rule, as a recipe's validation shows them; empty if there is none."""
    known = _known(measures, tests, abilities)
    return _all_problems([_parse(text, known) for text in texts])


def _known(measures: Iterable[str] | None, tests: Iterable[str] | None, abilities: Iterable[str] | None) -> _Known:
    named_tests = None if tests is None else tuple(tests)
    return _Known(
        tuple(MEASURES if measures is None else measures), named_tests, None if abilities is None else tuple(abilities)
    )


def _all_problems(parsed: Sequence[_Parsed]) -> list[str]:
    if not parsed:
        return ["the gate has no rule; without one nothing could fail. Start with 'chrf: better'."]
    return [problem for item in parsed for problem in item.problems]


def _parse(text: str, known: _Known) -> _Parsed:
    subject, colon, demand_text = (part.strip() for part in text.partition(":"))
    if not colon:
        return _Parsed(None, (f"'{text}': a rule is a measure, a colon and a demand, as in 'chrf: better'.",))
    test, measure, problems = _read_subject(subject, known)
    by_point = demand_text.endswith(_POINT)
    form, amount_text = _split_amount(demand_text.removesuffix(_POINT))
    demand = _FORMS.get(form)
    if demand is None:
        problems.append(f"'{demand_text}' is not a demand. {did_you_mean(form, _FORMS)}")
    else:
        problems += _amount_problems(amount_text, measure) + _sense_problems(measure, demand)
    if by_point and demand and amount_text is None:
        problems.append(f"{_POINT} belongs behind a number, as in 'not worse by more than 1 {_POINT}'.")
    if demand is None or problems:
        return _Parsed(None, tuple(f"'{text}': {problem}" for problem in problems))
    amount = float(amount_text) if amount_text is not None else None
    return _Parsed(Rule(text, test, measure, demand, amount, by_point), ())


def _split_amount(demand: str) -> tuple[str, str | None]:
    """The demand's form with X for the amount, and the amount as written."""
    words = " ".join(demand.lower().split())
    match = _AMOUNT.fullmatch(words)
    return (f"{match['phrase']} X", match["amount"]) if match else (words, None)


def _read_subject(subject: str, known: _Known) -> tuple[str, str, list[str]]:
    """Test set and measure, and what is wrong with their names."""
    if names.is_of_abilities(subject):
        return names.TEST, subject, _ability_problems(subject, known)
    test, _, measure = subject.rpartition(".")
    test = test or "domain"
    return test, measure, _name_problems(test, measure, known)


def _name_problems(test: str, measure: str, known: _Known) -> list[str]:
    problems = []
    if known.tests is not None and test not in known.tests:
        names_before_a_dot = (*known.tests, "retention", "ability")
        problems.append(f"no test set is called '{test}'. {did_you_mean(test, names_before_a_dot)}")
    if names.is_of_abilities(measure):
        problems.append(f"{measure} is of no test set. Write '{measure}: …' alone.")
    elif known.tests is not None and measure not in known.measures:
        problems.append(f"no measure is called '{measure}'. {did_you_mean(measure, known.measures)}")
    return problems


def _ability_problems(subject: str, known: _Known) -> list[str]:
    ability = names.ability_of(subject)
    if "." not in subject or known.abilities is None or ability in known.abilities:
        return []
    return [f"no ability '{ability}' is measured. {did_you_mean(ability, known.abilities)}"]


def _amount_problems(amount: str | None, measure: str) -> list[str]:
    if amount is None:
        return []
    try:
        value = float(amount)
    except ValueError:
        return [f"'{amount}' is not a number; write it like 0.5."]
    if not math.isfinite(value) or value < 0:
        return [f"'{amount}' cannot be: the number must be 0 or above."]
    if value > _HIGHEST_AMOUNT:
        return [f"'{amount}' cannot be: no measure has such values."]
    if names.is_retention(measure) and value > _HIGHEST_RATIO:
        return [f"retention is a ratio, not a percentage. Did you mean {value / 100:g}?"]
    return []


def _sense_problems(measure: str, demand: Demand) -> list[str]:
    """A floor under what should be low, or a ceiling over what should be high, is a slip."""
    if names.is_retention(measure) and demand in ("better", "not worse"):
        return ["retention compares after with before already. Write 'at least 0.97', or a rule on 'ability.NAME'."]
    if measure in (names.DRIFT, names.ENDS) and demand in ("better", "not worse"):
        return ["drift compares after with before already. Write 'at most 0.2'."]
    known = find_measure(measure)
    if known and known.higher_is_better and demand == "at most":
        return [f"{measure} is better when higher. Did you mean 'at least'?"]
    if known and not known.higher_is_better and demand == "at least":
        return [f"{measure} is better when lower. Did you mean 'at most'?"]
    return []
