"""The trained student asked greedily, for levels and against the clock, and its teacher against the same clock."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from benchmarks.claims.paraphrase.table import Speed
from tutelage.core.decoding import Decoding
from tutelage.core.languages import Direction
from tutelage.core.recipe import Recipe
from tutelage.core.records import Paraphrases, Segment
from tutelage.labelling.teachers import Teachers
from tutelage.methods.paraphrase.settings import ParaphraseSettings
from tutelage.methods.paraphrase.teachers import find_asked
from tutelage.storage.ledger import Ledger
from tutelage.students.engines.guarded import GuardedEngine
from tutelage.students.engines.opening import open_engine
from tutelage.students.kinds.kind import AnyStudent
from tutelage.students.loading import load_student
from tutelage.tasks.paraphraser import find_paraphraser

ENGLISH = Direction("en", "en")
SMALL_BATCHES = 1024
"""Target tokens in a batch, so that all cores have some."""
WARM = 2
"""Sentences that a teacher is asked about first: its server starts, and what is common to all questions is read."""


@dataclass(frozen=True, slots=True)
class AskedGreedily:
    """The trained student, and how it decodes."""

    folder: Path
    max_target_tokens: int
    compute_type: str

    def load(self) -> AnyStudent:
        """Its weights."""
        return load_student(str(self.folder), direction=ENGLISH)

    def open(self) -> GuardedEngine:
        """Its engine."""
        return open_engine(self.load(), cache=self.folder.parent / "ctranslate2", compute_type=self.compute_type)

    @property
    def decoding(self) -> Decoding:
        """One output for each sentence."""
        return Decoding(max_target_tokens=self.max_target_tokens)

    def prefix(self, level: str | None) -> str:
        """The control words before each source."""
        return find_paraphraser(str(self.folder), lang="en").prefix(level)

    def write(self, segments: Sequence[Segment], *, level: str) -> dict[str, tuple[str, ...]]:
        """Paraphrases of a level, by id."""
        prefix = self.prefix(level)
        outputs = self.open().translate((prefix + segment.text for segment in segments), decoding=self.decoding)
        return {segment.id: (text,) for segment, text in zip(segments, outputs, strict=True)}


def time_both(
    asked: AskedGreedily, segments: Sequence[Segment], *, recipe: Recipe, step: ParaphraseSettings, rounds: int
) -> Speed:
    """Sentences a second of both on the same text, in turns; loading is left out, and nothing is remembered."""
    engine, prefix = asked.open(), asked.prefix(None)
    texts = [prefix + segment.text for segment in segments]

    def decode(decoding: Decoding) -> float:
        return _rate(lambda: len(list(engine.translate_several(texts, decoding=decoding))))

    greedy = replace(asked.decoding, batch_tokens=SMALL_BATCHES)
    arms: dict[str, Callable[[], float]] = {
        "student, greedy": partial(decode, greedy),
        "student, beam of 4": partial(decode, replace(greedy, beam_size=4, outputs=4)),
        "teacher": lambda: ask_teacher(segments, recipe=recipe, step=step),
    }
    rates: dict[str, list[float]] = {name: [] for name in arms}
    for _ in range(rounds):
        for name, work in arms.items():
            rates[name].append(work())
    return Speed(rates, parameters=asked.load().parameters)


def ask_teacher(segments: Sequence[Segment], *, recipe: Recipe, step: ParaphraseSettings) -> float:
    """Sentences a second, one paraphrase of each, with a ledger of its own, so that it has to write every one."""
    with (
        tempfile.TemporaryDirectory() as place,
        Ledger.open(Path(place) / "ledger.sqlite") as ledger,
        closing(Teachers(recipe, ledger)) as teachers,
    ):
        teacher = next(find_asked(step, teachers=teachers, recipe=recipe)).open()

        def ask(asked: Sequence[Segment]) -> int:
            return sum(isinstance(one, Paraphrases) for one in teacher.paraphrase(asked, count=1))

        ask(segments[:WARM])
        return _rate(lambda: ask(segments[WARM:]))


def _rate(work: Callable[[], int]) -> float:
    """What was done of it in a second."""
    began = time.perf_counter()
    return work() / (time.perf_counter() - began)
