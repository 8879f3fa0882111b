"""What a student is watched by while it is trained: chrF of its translations of the dev text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

from tutelage.core.decoding import Decoding
from tutelage.core.languages import Direction
from tutelage.core.records import Example
from tutelage.corpora.normalising import short_hash
from tutelage.evaluation.translation import chrf_statistics
from tutelage.storage.stages import StageTable
from tutelage.students.kinds.kind import AnyStudent
from tutelage.training.ending import DevScore

SEGMENTS = 200
"""Of the dev text that are translated, always the same ones."""
_LEAST = 20
_SHARE = 0.1


def dev_score(student: AnyStudent, dev: Iterable[Example], *, max_target_tokens: int) -> DevScore | None:
    """Model of the student's shape → chrF2 (0 to 100) of its greedy translations of `dev`; None if it has none."""
    watched: defaultdict[Direction, list[Example]] = defaultdict(list)
    for example in sorted(filter(_is_translation, dev), key=_place)[:SEGMENTS]:
        watched[example.direction].append(example)
    if not watched:
        return None
    decoding = Decoding(max_target_tokens=max_target_tokens)
    references = [example.target for example in chain.from_iterable(watched.values())]

    def score(model: Any) -> float:
        outputs: list[str] = []
        for direction, examples in watched.items():
            outputs += _translate(replace(student, model=model, direction=direction), examples, decoding)
        return chrf_statistics(outputs, references=references).value

    return score


def _translate(student: AnyStudent, examples: Sequence[Example], decoding: Decoding) -> Iterator[str]:
    import torch

    from tutelage.students.engines.opening import open_engine

    engine = open_engine(student, name="transformers", cache=Path())
    with torch.random.fork_rng():  # training draws on as if nothing had been decoded
        yield from engine.translate([one.source for one in examples], decoding=decoding)


@dataclass(frozen=True, slots=True)
class Part:
    """The examples of a table that are held out to be watched, or the others; equal sources are in one part."""

    table: StageTable[Example]
    held_out: bool

    def __iter__(self) -> Iterator[Example]:
        wanted = min(SEGMENTS, max(_LEAST, round(_SHARE * self.table.rows)))
        share = min(0.5, wanted / max(self.table.rows, 1))
        return (one for one in self.table if (_is_translation(one) and _place(one) < share) == self.held_out)


def _place(example: Example) -> float:
    """Where between 0 and 1 an example falls, by its source alone."""
    return short_hash(example.source) / 2**64


def _is_translation(example: Example) -> bool:
    return example.task == "translate" and not example.messages and bool(example.source.strip())
