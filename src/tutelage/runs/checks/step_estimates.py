"""What each step of a recipe will take: calls, tokens, money and time, before anything is loaded or paid."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from tutelage.core.errors import RecipeError, UsageError
from tutelage.core.recipe import Recipe
from tutelage.core.teacher_settings import EndpointSettings, TeacherSettings, WriterSettings
from tutelage.labelling.groups import MAX_CHARACTERS, count_groups, first_group_size
from tutelage.labelling.kinds.registry import kind_of
from tutelage.labelling.teachers import choose_teacher
from tutelage.methods.registry import load_method
from tutelage.stages.checks.asked import SHARE_REPAIRED, Asked
from tutelage.stages.checks.text_sizes import BYTES_PER_TOKEN, TextSizes
from tutelage.stages.outcome import Estimate
from tutelage.teachers.prices import Rates

TOKENS_OF_REPAIRS = 2 * SHARE_REPAIRED
"""A question that is posed again is sent with the answer, and answered once more."""
TOKENS_OF_NUMBER = 3
"""Of the number before a segment that stands among several, and of its line's end."""


@dataclass(frozen=True, slots=True)
class StepEstimate:
    """What one step will need, if the ledger holds nothing but the answers of the steps before it."""

    number: int
    """From 1."""
    method: str
    estimate: Estimate
    calls: int
    """At most, with questions that are posed again."""
    tokens: int
    """Of large models; an engine that runs here has none."""
    cost: float | None
    """At most, in the currency of the prices; `None` means unknown."""


def estimate_steps(recipe: Recipe, *, sizes: TextSizes) -> tuple[StepEstimate, ...]:
    """The estimate of every step; a question that an earlier step has asked is free."""
    asked_before = Counter[tuple[str, str | None]]()
    return tuple(_estimate(recipe, number, sizes, asked_before) for number in range(len(recipe.step)))


def budget_notes(recipe: Recipe, estimates: Sequence[StepEstimate]) -> list[str]:
    """Where the estimate is above the budget, so that the run may stop before its end."""
    wanted = {"calls": sum(one.calls for one in estimates), "tokens": sum(one.tokens for one in estimates)}
    notes = []
    for name, amount in wanted.items():
        limit = getattr(recipe.budget, name)
        if limit is not None and amount > limit:
            notes.append(
                f"budget.{name}: about {amount:,} will be needed and {limit:,} are allowed; what the ledger already "
                "holds is free, and a run that stops at its budget goes on when it is raised."
            )
    return notes


def _estimate(
    recipe: Recipe, number: int, sizes: TextSizes, asked_before: Counter[tuple[str, str | None]]
) -> StepEstimate:
    settings = recipe.step[number]
    method = load_method(settings.method)
    estimate = method.estimate(settings, recipe, sizes)
    new = _not_asked_before(estimate.asked, asked_before)
    asked = [question for one in new for question in _in_groups(one, _teacher(recipe, one))]
    of_models = [one for one in asked if _is_model(recipe, one)]
    repairs = SHARE_REPAIRED * sum(one.calls for one in of_models)
    return StepEstimate(
        number=number + 1,
        method=settings.method,
        estimate=estimate,
        calls=sum(one.calls for one in asked) + math.ceil(repairs),
        tokens=round((1 + TOKENS_OF_REPAIRS) * sum(one.tokens for one in of_models)),
        cost=_cost(recipe, of_models),
    )


def _not_asked_before(asked: Iterable[Asked], before: Counter[tuple[str, str | None]]) -> Iterator[Asked]:
    for one in asked:
        known = min(one.calls, before[one.kind, one.teacher])
        before[one.kind, one.teacher] = max(one.calls, before[one.kind, one.teacher])
        yield replace(one, calls=one.calls - known)


def _in_groups(asked: Asked, teacher: TeacherSettings | None) -> Iterator[Asked]:
    """The questions as they are sent: of several segments if the teacher may be asked so, and some again of one."""
    is_short = 0 < asked.segment_tokens * BYTES_PER_TOKEN <= MAX_CHARACTERS
    if not isinstance(teacher, WriterSettings) or teacher.segments_per_call == 1 or not is_short or not asked.calls:
        yield asked
        return
    batch_size = teacher.batch_size if isinstance(teacher, EndpointSettings) and teacher.batch else None
    calls = count_groups(asked.calls, first_group_size(teacher.segments_per_call, batch_size=batch_size))
    segments = asked.calls / calls
    yield replace(
        asked,
        calls=calls,
        input_tokens=asked.input_tokens + (segments - 1) * (asked.segment_tokens + TOKENS_OF_NUMBER),
        output_tokens=segments * asked.output_tokens,
    )
    yield replace(asked, calls=math.ceil(SHARE_REPAIRED * asked.calls))


def _cost(recipe: Recipe, asked: Iterable[Asked]) -> float | None:
    cost = 0.0
    for one in (one for one in asked if one.calls):
        teacher = _teacher(recipe, one)
        if teacher is None:
            continue
        rates = _rates(teacher)
        if rates is None or rates.input is None or rates.output is None:
            return None
        cost += one.calls * (one.input_tokens * rates.input + one.output_tokens * rates.output) / 1e6
    return (1 + TOKENS_OF_REPAIRS) * cost


def are_priced(recipe: Recipe) -> bool:
    """Whether the price of every teacher's tokens is known."""
    rates = [_rates(teacher) for teacher in recipe.teachers.values()]
    return all(one is not None and one.input is not None and one.output is not None for one in rates)


def _is_model(recipe: Recipe, asked: Asked) -> bool:
    teacher = _teacher(recipe, asked)
    return teacher is None or kind_of(teacher).can_write


def _teacher(recipe: Recipe, asked: Asked) -> TeacherSettings | None:
    try:
        return recipe.teachers[choose_teacher(recipe.teachers, asked.teacher)]
    except RecipeError:  # told among the problems of the step
        return None


def _rates(teacher: TeacherSettings) -> Rates | None:
    try:
        return kind_of(teacher).rates(teacher)
    except UsageError:  # told among the problems of the teachers
        return None
