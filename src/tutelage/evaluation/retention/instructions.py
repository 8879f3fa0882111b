"""Instructions with verifiable constraints, composed from subjects and wordings with a seed.

After IFEval (Zhou et al. 2023, arXiv 2311.07911): what is asked for can be checked by a program. One constraint, or two
that go together; an item passes when all are kept (prompt level, strict), and when the answer is one: it speaks of the
subject, with some words of its own. `ok.` keeps a fifth of all constraints.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tutelage.evaluation.retention.items import AbilityItem, Check, ask_once
from tutelage.evaluation.retention.shipped import read_shipped

ABILITY = "instructions"
MAX_ANSWER_TOKENS = 192
OWN_WORDS = 4
"""Different words that the request does not hold: the least that can be said of a subject."""
PER_SINGLE, PER_PAIR = 3, 2
PAIRS = (
    ("bullets", "lower_case"), ("bullets", "no_comma"), ("sentences", "words"), ("sentences", "no_comma"),
    ("lower_case", "no_comma"), ("lower_case", "at_most_words"), ("upper_case", "at_most_words"),
    ("begins_with", "ends_with"), ("words", "no_comma"), ("words", "at_most_words"), ("paragraphs", "words"),
    ("title", "at_most_words"), ("quoted", "at_most_words"), ("numbered_lines", "no_exclamation"),
    ("ends_with", "words"), ("one_sentence", "words"), ("no_words", "at_most_words"),
    ("at_least_words", "no_exclamation"), ("json_keys", "lower_case"), ("paragraphs", "no_exclamation"),
)  # fmt: skip
"""Constraints that can be kept together."""
_LONG = frozenset({"at_least_words", "paragraphs", "bullets", "numbered_lines", "lines", "sentences", "words_twice"})
"""Need more than the one or two sentences that the others ask for."""


@dataclass(frozen=True, slots=True)
class _Constraint:
    wording: str
    check: Check


def instruction_items(*, seed: int) -> tuple[AbilityItem, ...]:
    """All items: some of every constraint alone, and of every pair."""
    generator, data = random.Random(f"instructions {seed}"), read_shipped("instructions")
    forms = [((name,), PER_SINGLE) for name in DRAWS] + [(pair, PER_PAIR) for pair in PAIRS]
    items = [_compose(form, number, generator, data) for form, count in forms for number in range(1, count + 1)]
    return (*items, *_questions(data))


def _compose(form: tuple[str, ...], number: int, generator: random.Random, data: Mapping[str, Any]) -> AbilityItem:
    drawn = [_draw(name, generator, data) for name in form]
    opening = data["wording"]["short" if _LONG.isdisjoint(form) else "write"]
    subject = generator.choice(list(data["subjects"]))
    text = " ".join((opening.format(subject=subject), *(one.wording for one in drawn)))
    spoken = Check("speaks_of", {"stems": tuple(data["subjects"][subject])})
    own = Check("own_words", {"prompt": text, "count": OWN_WORDS})
    return _item("+".join(form), number, text, *(one.check for one in drawn), spoken, own)


def _questions(data: Mapping[str, Any]) -> list[AbilityItem]:
    """Two questions each, the first to be answered with yes and the second with no, which count as one."""
    wording = data["wording"]["one_of"]
    return [
        replace(
            _item(
                "one_of",
                f"{number}-{option}",
                wording.format(question=question),
                Check("one_of", {"options": (option,)}),
            ),
            unit=f"{ABILITY}-one_of-{number}",
        )
        for number, pair in enumerate(data["questions"], start=1)
        for option, question in zip(("yes", "no"), pair, strict=True)
    ]


def _item(kind: str, number: int | str, text: str, *checks: Check) -> AbilityItem:
    return AbilityItem(f"{ABILITY}-{kind}-{number}", ABILITY, kind, ask_once(text), checks, MAX_ANSWER_TOKENS)


def _draw(name: str, generator: random.Random, data: Mapping[str, Any]) -> _Constraint:
    fill, check, arguments = DRAWS[name](generator, data)
    return _Constraint(data["wording"][name].format(**fill), Check(check, arguments))


_Drawn = tuple[dict[str, Any], str, dict[str, Any]]
"""What fills the wording, the check's name, and its arguments."""
_Draw = Callable[[random.Random, Mapping[str, Any]], _Drawn]


def _plain(check: str, **arguments: Any) -> _Draw:
    return lambda _generator, _data: ({}, check, arguments)


def _counted(check: str, *counts: int) -> _Draw:
    def draw(generator: random.Random, _data: Mapping[str, Any]) -> _Drawn:
        count = generator.choice(counts)
        return {"count": count}, check, {"count": count}

    return draw


def _worded(check: str, source: str, **arguments: Any) -> _Draw:
    def draw(generator: random.Random, data: Mapping[str, Any]) -> _Drawn:
        word = generator.choice(data[source])
        return {"word": word}, check, {"words": (word,), **arguments}

    return draw


def _phrased(check: str, source: str) -> _Draw:
    def draw(generator: random.Random, data: Mapping[str, Any]) -> _Drawn:
        phrase = generator.choice(data[source])
        return {"phrase": phrase}, check, {"phrase": phrase}

    return draw


def _keyed(generator: random.Random, data: Mapping[str, Any]) -> _Drawn:
    keys = generator.choice(data["keys"])
    quoted = [f'"{key}"' for key in keys]
    return {"keys": f"{', '.join(quoted[:-1])} and {quoted[-1]}"}, "json_keys", {"keys": tuple(keys)}


DRAWS: dict[str, _Draw] = {
    "bullets": _counted("bullets", 2, 3, 4),
    "numbered_lines": _counted("numbered_lines", 3, 4, 5),
    "lower_case": _plain("lower_case"),
    "upper_case": _plain("upper_case"),
    "words": _worded("words", "use"),
    "words_twice": _worded("words", "use", times=2),
    "no_words": _worded("no_words", "avoid"),
    "no_comma": _plain("no_sign", sign=","),
    "no_exclamation": _plain("no_sign", sign="!"),
    "at_most_words": _counted("at_most_words", 20, 30),
    "at_least_words": _counted("at_least_words", 40, 60),
    "sentences": _counted("sentences", 2, 3),
    "one_sentence": _plain("sentences", count=1),
    "paragraphs": _counted("paragraphs", 2, 3),
    "lines": _counted("lines", 3, 4),
    "begins_with": _phrased("begins_with", "beginnings"),
    "ends_with": _phrased("ends_with", "endings"),
    "quoted": _plain("quoted"),
    "title": _plain("title"),
    "json_keys": _keyed,
}
"""How each constraint is drawn."""
