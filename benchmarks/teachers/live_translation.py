"""A live chat model translates segments with human references: tokens a second, usable answers, chrF.

    python -m benchmarks.teachers.live_translation --slots 2 --threads 2 --segments 20 --data dev.jsonl.gz
        --gguf $(python -m benchmarks.models qwen2.5-coder-1.5b)

Without --data the shipped general text is translated, without --gguf by the embedded SmolLM2. The time is that of all
answers, from the first question on, without the loading of the model. The longest silence is the longest time in which
no answer came in: of a server that stalls it grows without an end.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.teachers.live_teacher import add_teacher_arguments, open_teacher
from benchmarks.teachers.live_text import DIRECTION, add_text_arguments, read_rows
from tutelage.core.records import Pair, Rejection
from tutelage.evaluation.translation import chrf_statistics
from tutelage.labelling.groups import GroupAsking
from tutelage.labelling.roles.translation import TranslateRole
from tutelage.storage.ledger import Ledger
from tutelage.storage.run_folder import describe_machine
from tutelage.teachers.calling.asking import ask
from tutelage.teachers.chat import ChatTeacher

MAX_TOKENS = 256


@dataclass(slots=True)
class Translated:
    """What came of the segments."""

    seconds: float = 0.0
    longest_silence: float = 0.0
    calls: int = 0
    asked_again: int = 0
    """Segments of a group that were asked about alone then."""
    input_tokens: int = 0
    output_tokens: int = 0
    translations: dict[str, str] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)


def translate(
    pairs: Sequence[Pair],
    *,
    teacher: ChatTeacher,
    ledger: Ledger,
    max_tokens: int = MAX_TOKENS,
    segments_per_call: int = 1,
) -> Translated:
    """All sources by the role *translate*, timed; several in one question if so many may be."""
    found = Translated()
    started = last = time.perf_counter()
    role = TranslateRole(DIRECTION, max_tokens=max_tokens)
    sources = [pair.source for pair in pairs]
    grouped = GroupAsking(role, teacher, ledger, segments_per_call)
    one_by_one = ask(role, sources, teacher=teacher, ledger=ledger, seed=1)
    for outcome in one_by_one if segments_per_call == 1 else grouped.ask(sources):
        now = time.perf_counter()
        found.longest_silence, last = max(found.longest_silence, now - last), now
        if isinstance(outcome, Rejection):
            found.reasons[outcome.reason] += 1
        else:
            found.translations[outcome.item_id] = outcome.answer.translation
    found.seconds = time.perf_counter() - started
    found.asked_again = grouped.asked_again
    for spend in ledger.spend():
        found.calls += spend.calls
        found.input_tokens += spend.input_tokens
        found.output_tokens += spend.output_tokens
    return found


def table(found: Translated, pairs: Sequence[Pair]) -> str:
    """One line of figures in Markdown, under its head."""
    usable = [pair for pair in pairs if pair.id in found.translations]
    hypotheses = [found.translations[pair.id] for pair in usable]
    chrf = chrf_statistics(hypotheses, references=[pair.target.text for pair in usable]).value if usable else 0.0
    reasons = ", ".join(f"{reason} {count}" for reason, count in found.reasons.most_common())
    return (
        "| segments | usable | chrF of these | calls | tokens in | tokens out | out tokens/s | segments/min "
        "| longest silence | asked again | not used |\n|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|\n"
        f"| {len(pairs)} | {len(usable)} | {chrf:.1f} | {found.calls} | {found.input_tokens:,} "
        f"| {found.output_tokens:,} | {found.output_tokens / found.seconds:.1f} "
        f"| {60 * len(pairs) / found.seconds:.1f} | {found.longest_silence:.0f} s "
        f"| {found.asked_again} | {reasons} |"
    )


def read_material(path: Path | None, *, segments: int, only: Sequence[str] = ()) -> list[Pair]:
    """So many pairs, taken evenly out of the rows of the text with these fields."""
    pairs = read_rows(path, only)
    return pairs[:: max(1, len(pairs) // segments)][:segments]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_teacher_arguments(parser)
    add_text_arguments(parser, segments=20)
    parser.add_argument("--segments-per-call", type=int, default=1, help="in one question at most")
    chosen = parser.parse_args()
    pairs = read_material(chosen.data, segments=chosen.segments, only=chosen.only)
    with (
        tempfile.TemporaryDirectory() as folder,
        Ledger.open(Path(folder) / "ledger.sqlite", run="live") as ledger,
        open_teacher(chosen) as teacher,
    ):
        most = chosen.segments_per_call
        found = translate(pairs, teacher=teacher, ledger=ledger, segments_per_call=most)
        print(f"{teacher.signature}; {describe_machine()}\n\n{table(found, pairs)}")


if __name__ == "__main__":
    main()
