"""Arithmetic: generated, seeded, in five grades; the last number of the answer must be the result."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from tutelage.evaluation.retention.items import AbilityItem, Check, ask_once

ABILITY = "arithmetic"
COUNT, PER_GRADE = 100, 20
_MOST_TRIES = 1000
"""Draws without a new question after which a grade has no more: there are 126 sums of one digit."""
MAX_ANSWER_TOKENS = 128
_ASKING = "{question} End your answer with the result as a number in digits."
_STORIES: tuple[tuple[str, Callable[[int, int, int], int]], ...] = (
    ("A shop has {a} lamps. It sells {b} of them and then gets {c} new ones. How many lamps does it have now?",
     lambda a, b, c: a - b + c),
    ("A train has {b} carriages with {c} seats each, and {a} more seats in the restaurant. How many seats are there?",
     lambda a, b, c: b * c + a),
    ("Rosa reads {b} pages a day for {c} days. Her book has {a} pages more than that. How many pages has the book?",
     lambda a, b, c: b * c + a),
    ("A farmer fills {b} boxes with {c} eggs each and has {a} eggs left over. How many eggs were there?",
     lambda a, b, c: b * c + a),
    ("Tom had {a} coins. He gave {b} to his sister and {c} to his brother. How many coins does Tom have left?",
     lambda a, b, c: a - b - c),
)  # fmt: skip
"""Questions of grade 5 with what they come to; a is always the largest."""


def arithmetic_items(*, seed: int, count: int = COUNT) -> tuple[AbilityItem, ...]:
    """So many: sums of one digit, sums of two, products, two operations, stories; a larger count adds to a smaller.

    ValueError above what can be asked, some tens of thousands.
    """
    generator = random.Random(f"arithmetic {seed}")
    grades = [_draw_different(draw, generator, set(), most=PER_GRADE) for draw in GRADES]
    drawn = [list(grade) for grade in grades]
    _extend(drawn, seed=seed, count=count)
    numbered = [
        (number, grade, *question)
        for grade, questions in enumerate(drawn, start=1)
        for number, question in enumerate(questions, start=1)
    ]
    kept = sorted(sorted(numbered, key=lambda one: one[:2])[:count], key=lambda one: (one[1], one[0]))
    return tuple(_item(grade, number, question, result) for number, grade, question, result in kept)


def _extend(drawn: list[list[tuple[str, int]]], *, seed: int, count: int) -> None:
    """Further questions of each grade in turn, until there are as many as are wanted."""
    more = [
        _draw_different(draw, random.Random(f"arithmetic {seed} more {grade}"), {question for question, _ in have})
        for grade, (draw, have) in enumerate(zip(GRADES, drawn, strict=True), start=1)
    ]
    open_grades = list(range(len(drawn)))
    while sum(map(len, drawn)) < count:
        if not open_grades:
            raise ValueError(f"there are no {count} different tasks of arithmetic")
        for grade in tuple(open_grades):
            question = next(more[grade], None)
            if question is None:
                open_grades.remove(grade)
            else:
                drawn[grade].append(question)


def _item(grade: int, number: int, question: str, result: int) -> AbilityItem:
    return AbilityItem(
        id=f"{ABILITY}-{grade}-{number:02d}",
        ability=ABILITY,
        kind=f"grade {grade}",
        messages=ask_once(_ASKING.format(question=question)),
        checks=(Check("last_number", {"number": str(result)}),),
        max_answer_tokens=MAX_ANSWER_TOKENS,
    )


def _draw_different(
    draw: Callable[[random.Random], tuple[str, int]],
    generator: random.Random,
    seen: set[str],
    *,
    most: int | None = None,
) -> Iterator[tuple[str, int]]:
    """Questions that were not `seen` yet, at most so many, until there seem to be no more."""
    tries = given = 0
    while given != most and tries < _MOST_TRIES:
        question, result = draw(generator)
        tries += 1
        if question not in seen:
            seen.add(question)
            tries, given = 0, given + 1
            yield question, result


def _sum_of(generator: random.Random, low: int, high: int) -> tuple[str, int]:
    a, b = generator.randint(low, high), generator.randint(low, high)
    if generator.random() < 0.5:
        return f"What is {a} + {b}?", a + b
    return f"What is {max(a, b)} - {min(a, b)}?", abs(a - b)


def _small_sum(generator: random.Random) -> tuple[str, int]:
    return _sum_of(generator, 1, 9)


def _large_sum(generator: random.Random) -> tuple[str, int]:
    return _sum_of(generator, 11, 99)


def _product(generator: random.Random) -> tuple[str, int]:
    a, b = generator.randint(2, 12), generator.randint(2, 12)
    if generator.random() < 0.5:
        return f"What is {a} times {b}?", a * b
    return f"What is {a * b} divided by {a}?", b


def _two_operations(generator: random.Random) -> tuple[str, int]:
    a, b, c = generator.randint(10, 60), generator.randint(2, 9), generator.randint(2, 9)
    if generator.random() < 0.5:
        return f"What is {a} + {b} * {c}?", a + b * c
    return f"What is ({a} - {b}) * {c}?", (a - b) * c


def _story(generator: random.Random) -> tuple[str, int]:
    text, result = generator.choice(_STORIES)
    a, b, c = generator.randint(40, 95), generator.randint(3, 15), generator.randint(3, 15)
    return text.format(a=a, b=b, c=c), result(a, b, c)


GRADES = (_small_sum, _large_sum, _product, _two_operations, _story)
