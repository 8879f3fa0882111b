"""Labelling with student and teacher one after the other, and at the same time.

    python -m benchmarks.scale.overlap --segments 6000

The student that is shipped translates a pool, and a teacher that answers after 200 ms, 64 calls at a time, is asked
to edit each hypothesis, every answer written to a ledger. Each arm is measured in a folder and a ledger of its own: the
student alone, the teacher alone, and both as a run has them. What is wanted is the time of the slower one.

Asking takes processor time too, about a millisecond a call. `--rate` puts a student in the other's place that gives so
many segments a second and takes none, as one on a GPU does.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from benchmarks.scale.editing import LATENCY_SECONDS, edit, editing_recipe, plain_folder
from benchmarks.scale.pool import write_drafts
from benchmarks.speed.chat_server import chat_server
from benchmarks.speed.figures import Figure, render_table
from benchmarks.speed.material import DIRECTION
from tutelage.core.decoding import Decoding
from tutelage.core.recipe import Recipe, StudentSettings
from tutelage.core.records import Hypothesis, Segment
from tutelage.core.stage import Stage, Work
from tutelage.stages.translations import HYPOTHESES, HypothesesInputs
from tutelage.storage.stages import StageTable, open_stage
from tutelage.storage.tables import write_table
from tutelage.students.conversions import conversion_cache
from tutelage.students.decoder import Decoder
from tutelage.students.loading import locate_student

GOAL = 1.1
"""Of the slower one's time."""
WINDOW = 256
"""Segments that the student of a fixed rate gives at once."""


@dataclass(frozen=True, slots=True)
class PacedInputs:
    """A student that takes no processor time, as one on a GPU does."""

    drafts: StageTable[Hypothesis]
    """What it will write."""
    rate: float
    """Segments a second."""


def translate_at_a_rate(inputs: PacedInputs, work: Work) -> Iterator[Hypothesis]:
    """The drafts, a window of them at a time."""
    todo = (draft for draft in inputs.drafts if draft.id not in work.done)
    while window := list(islice(todo, WINDOW)):
        time.sleep(len(window) / inputs.rate)
        yield from window


PACED = Stage("hypotheses", 1, Hypothesis, translate_at_a_rate, resumes=True)


@dataclass(frozen=True, slots=True)
class Labelling:
    """A pool, what translates it, and where the teacher is."""

    place: Path
    pool: StageTable[Segment]
    drafts: StageTable[Hypothesis]
    """People's translations of it."""
    student: Decoder
    rate: float | None
    recipe: Recipe

    def edit(self, arm: str, hypotheses: StageTable[Hypothesis]) -> int:
        """How many hypotheses the teacher has answered about."""
        place = self.place / arm
        return edit(place, hypotheses, self.recipe, ledger=place / "ledger.sqlite").rows

    def translate(self, arm: str) -> StageTable[Hypothesis]:
        """The student's part, waited for."""
        with self.begun(arm) as table:
            pass
        return table

    @contextmanager
    def begun(self, arm: str) -> Iterator[StageTable[Hypothesis]]:
        """The student's part while it is made."""
        folder, rows = plain_folder(self.place / arm), self.pool.rows
        if self.rate is None:
            made = folder.begun(HYPOTHESES, HypothesesInputs(self.pool, self.student), rows=rows)
        else:
            made = folder.begun(PACED, PacedInputs(self.drafts, self.rate), rows=rows)
        with made as table:
            yield table


def measure_overlap(*, segments: int, rate: float | None, slots: int, rounds: int) -> list[Figure]:
    """Seconds of each part, of both at the same time, and what that is of the slower one; the best of the rounds."""
    with (
        tempfile.TemporaryDirectory() as place,
        chat_server(latency_seconds=LATENCY_SECONDS, echo="translation") as address,
    ):
        labelling = _open(Path(place), address, segments=segments, rate=rate, slots=slots)
        measured = [_measure(labelling, str(number)) for number in range(rounds)]
    student, teacher, both = (min(getattr(one, part) for one in measured) for part in ("student", "teacher", "both"))
    share = both / max(student, teacher)
    return [
        Figure(f"the student alone ({segments:,} segments)", f"{student:.1f} s"),
        Figure(f"the teacher alone ({slots} calls at a time)", f"{teacher:.1f} s"),
        Figure("one after the other", f"{student + teacher:.1f} s"),
        Figure("at the same time", f"{both:.1f} s"),
        Figure("of the slower one", f"{share:.2f}×", f"≤ {GOAL:g}×", share <= GOAL),
    ]


@dataclass(frozen=True, slots=True)
class Seconds:
    """Of one round."""

    student: float
    teacher: float
    both: float


def _measure(labelling: Labelling, number: str) -> Seconds:
    times = [time.monotonic()]
    hypotheses = labelling.translate(f"alone-{number}")
    times.append(time.monotonic())
    answered = labelling.edit(f"alone-{number}", hypotheses)
    times.append(time.monotonic())
    with labelling.begun(f"both-{number}") as growing:
        together = labelling.edit(f"both-{number}", growing)
    times.append(time.monotonic())
    if together != answered:
        raise ValueError(f"{together} edits at the same time, and {answered} one after the other")
    return Seconds(times[1] - times[0], times[2] - times[1], times[3] - times[2])


def _open(place: Path, address: str, *, segments: int, rate: float | None, slots: int) -> Labelling:
    drafts = write_drafts(place / "drafts.parquet", segments)
    write_table(place / "pool.parquet", (draft.segment for draft in drafts), Segment, key="pool")
    pool = open_stage(place / "pool.parquet", Segment)
    student = Decoder(
        folder=locate_student("embedded:en-pt"),
        direction=DIRECTION,
        settings=StudentSettings(model="embedded:en-pt"),
        decoding=Decoding(),
        conversions=conversion_cache(),
    )
    return Labelling(place, pool, drafts, student, rate, editing_recipe(address, slots=slots))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--segments", type=int, default=6000)
    parser.add_argument("--rate", type=float, help="of a student that takes no processor time, in segments a second")
    parser.add_argument("--slots", type=int, default=64, help="calls at a time")
    parser.add_argument("--rounds", type=int, default=2, help="of which the best counts")
    chosen = parser.parse_args()
    figures = measure_overlap(segments=chosen.segments, rate=chosen.rate, slots=chosen.slots, rounds=chosen.rounds)
    print(render_table(figures))


if __name__ == "__main__":
    main()
