"""Tags that hold words, moved by attention or kept by masks: what a translation is worth, and what it costs.

    python -m benchmarks.protection.tags --catalogues FOLDER [--debian CACHE] [--tune]

Messages with tags come from the catalogues of the target language: PO and MO files anywhere in `--catalogues`, such as
unpacked wheels, and those of some Debian packages, which `--debian` fetches into a folder. Counted are messages whose
human translation has the same tags. They are halved by their sources: `--tune` shows what other figures of a placing
do on the first half; all that is reported is of the second. chrF is that of the texts without tags, and of the words
between tags alone. *Asked again* are texts whose tags were not surely placed, or which lost something else. Time is
that of the processor, the smallest of `--rounds` in turns, over the messages with tags and over `--whole` of all.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import polib

from benchmarks.corpora.packages import DebianArchive
from tutelage.core.decoding import Decoding
from tutelage.core.languages import Direction, as_posix
from tutelage.core.protection.comparison import EMPTY_TAGS, span_key, spans_kept
from tutelage.core.protection.masks import LETTERS
from tutelage.core.protection.patterns import TAG
from tutelage.core.protection.placement import PLACING, Placing
from tutelage.core.protection.spans import ALL, find_protected
from tutelage.core.protection.tags import take_tags
from tutelage.core.protection.translation import Guard, translate_guarded
from tutelage.core.protocols import Scored, StudentInput
from tutelage.corpora.normalising import short_hash
from tutelage.evaluation.significance import compare_paired
from tutelage.evaluation.translation import chrf_statistics
from tutelage.students.engines.guarded import GuardedEngine
from tutelage.students.naming import open_student

DIRECTION = Direction("en", "pt-BR")
PACKAGES = (
    "inkscape", "krita-l10n", "gnucash-common", "gramps", "darktable", "evolution-common", "shotwell-common",
    "gimp-data", "gnome-control-center-data", "libgtk-3-common",
)  # fmt: skip
"""Of Debian, whose programs' messages have tags."""
GRID = {"threshold": (0.35, 0.5, 0.65), "least": (0.3, 0.5, 0.7)}


@dataclass(frozen=True, slots=True)
class Message:
    """A message and its human translation."""

    source: str
    target: str


class Remembering:
    """An aligning engine that is asked each stretch once, however many placings read its answer."""

    def __init__(self, engine: GuardedEngine) -> None:
        self.signature, self._engine, self._known = engine.signature, engine.inner, dict[StudentInput, Scored]()

    def answer(self, asked: Iterable[StudentInput]) -> None:
        """Ask what is not known yet, together."""
        new = [one for one in dict.fromkeys(asked) if one not in self._known]
        engine = self._engine
        told = engine.translate_stretches(new, decoding=Decoding(), scored=False)  # type: ignore[attr-defined]
        self._known |= {one: answer for one, (answer,) in zip(new, told, strict=True)}

    def __getitem__(self, asked: StudentInput) -> Scored:
        return self._known[asked]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message."""

    text: str
    rounds: int
    """How often the student was asked."""


def translate(sources: Sequence[str], guard: Guard, engine: Remembering) -> list[Outcome]:
    """Each source through the guard, round by round."""
    works = [translate_guarded(source, guard) for source in sources]
    asked: dict[int, list[StudentInput]] = {}
    found: dict[int, Outcome] = {}
    for rounds in range(100):
        for place, work in enumerate(works):
            if place in found:
                continue
            try:
                asked[place] = work.send([engine[one] for one in asked[place]] if rounds else None)  # type: ignore[arg-type]
            except StopIteration as done:
                found[place] = Outcome(done.value.text, rounds)
                asked.pop(place, None)
        if not asked:
            break
        engine.answer(one for some in asked.values() for one in some)
    return [found[place] for place in range(len(sources))]


def without_tags(text: str) -> str:
    """The text alone."""
    pieces, end = list[str](), 0
    for span in find_protected(text):
        if span.kind == TAG:
            pieces.append(text[end : span.start])
            end = span.end
    return " ".join(" ".join([*pieces, text[end:]]).split())


def words_in_tags(text: str) -> str:
    """What stands between tags."""
    pieces, end, depth = list[str](), 0, 0
    for span in find_protected(text):
        if span.kind != TAG:
            continue
        pieces += [text[end : span.start]] if depth else []
        end = span.end
        if not span.text.endswith("/>") and span_key(span)[1:] not in EMPTY_TAGS:
            depth += -1 if span.text.startswith("</") else 1
    return " ".join(" ".join(pieces).split())


def read_messages(folders: Sequence[Path]) -> list[Message]:
    """The translated messages of all catalogues of the target language, each source once."""
    found: dict[str, Message] = {}
    for file in sorted(file for folder in folders for file in _catalogues(folder)):
        catalogue = polib.mofile(str(file)) if file.suffix == ".mo" else polib.pofile(str(file))
        for entry in catalogue.translated_entries():
            if entry.msgid and entry.msgstr and "fuzzy" not in entry.flags:
                source = entry.msgid.rpartition("\x04")[2].strip()
                found.setdefault(source, Message(source, entry.msgstr.strip()))
    return list(found.values())


def _catalogues(folder: Path) -> Iterator[Path]:
    """PO files, and MO files that have none beside them."""
    for file in folder.rglob(f"{as_posix(DIRECTION.target)}/**/*.[pm]o"):
        if file.suffix == ".po" or not file.with_suffix(".po").exists():
            yield file


def with_tags(messages: Iterable[Message]) -> list[Message]:
    """Those with a tag that holds words, whose translation has the same tags."""
    return [
        one
        for one in messages
        if take_tags(one.source, LETTERS, ALL, with_masks=False) and spans_kept(one.source, one.target)
    ]


def is_of_first_half(message: Message) -> bool:
    """The half on which figures are chosen."""
    return short_hash(message.source) % 2 == 0


def tune(messages: Sequence[Message], engine: GuardedEngine, guard: Guard) -> None:
    """Print what each placing of the grid does."""
    print(
        "| threshold | least | least beside | chrF | chrF of words in tags | asked again |\n|--:|--:|--:|--:|--:|--:|"
    )
    memory = Remembering(engine)
    for figures in product(*GRID.values()):
        placing = Placing(**dict(zip(GRID, figures, strict=True)))
        outcomes = translate([one.source for one in messages], replace(guard, placing=placing), memory)
        again = sum(one.rounds > 1 for one in outcomes)
        scores = [
            chrf_statistics(
                [part(one.text) for one in outcomes], references=[part(one.target) for one in messages]
            ).value
            for part in (without_tags, words_in_tags)
        ]
        print("|", " | ".join(f"{figure:g}" for figure in figures), f"| {scores[0]:.2f} | {scores[1]:.2f} | {again} |")


def report(name: str, messages: Sequence[Message], engine: GuardedEngine, guards: dict[str, Guard]) -> None:
    """Print the rows of both ways, and their difference."""
    memory, rows = Remembering(engine), {}
    for way, guard in guards.items():
        outcomes = translate([one.source for one in messages], guard, memory)
        rows[way] = [
            chrf_statistics([part(one.text) for one in outcomes], references=[part(one.target) for one in messages])
            for part in (without_tags, words_in_tags)
        ]
        kept = sum(spans_kept(one.source, done.text) for one, done in zip(messages, outcomes, strict=True))
        again = sum(one.rounds > 1 for one in outcomes)
        cells = f"{rows[way][0].value:.2f} | {rows[way][1].value:.2f} | {kept} | {again}"
        print(f"| {name} | {len(messages)} | {way} | {cells} |", flush=True)
    pairs = zip(*rows.values(), strict=True)
    gains = [compare_paired(before, after=after, test=name, seed=1) for before, after in pairs]
    cells = " | ".join(f"{one.difference:+.2f} ({one.low:+.2f} to {one.high:+.2f})" for one in gains)
    print(f"| | | moved − masks | {cells} | | |", flush=True)


def measure_time(name: str, sources: Sequence[str], engines: dict[str, GuardedEngine], *, rounds: int) -> None:
    """Print the seconds of both ways, in turns."""
    seconds = dict.fromkeys(engines, float("inf"))
    for way, engine in list(engines.items()) * rounds:
        begun = time.process_time()
        for _ in engine.translate(sources, decoding=Decoding()):
            pass
        seconds[way] = min(seconds[way], time.process_time() - begun)
    before, after = seconds.values()
    print(f"| {name} | {len(sources):,} | {before:.1f} | {after:.1f} | {after / before:.3f} |", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--student", default="embedded:en-pt")
    parser.add_argument("--catalogues", type=Path, action="append", default=[], help="folder with PO and MO files")
    parser.add_argument("--debian", type=Path, help="folder for Debian packages, which are fetched")
    parser.add_argument("--tune", action="store_true", help="print what other figures do on the first half, and end")
    parser.add_argument("--whole", type=int, default=3000, help="messages of which few have tags")
    parser.add_argument("--rounds", type=int, default=2)
    asked = parser.parse_args()
    folders = list(asked.catalogues)
    if asked.debian:
        archive = DebianArchive(asked.debian, languages=[as_posix(DIRECTION.target)])
        archive.update()
        folders += [archive.unpacked(package) for package in PACKAGES]
    engine = open_student(asked.student, direction=DIRECTION)
    messages = read_messages(folders)
    tagged = with_tags(messages)
    moving = replace(engine.guard, placing=PLACING)
    if asked.tune:
        tune([one for one in tagged if is_of_first_half(one)], engine, moving)
        return
    second = [one for one in tagged if not is_of_first_half(one)]
    guards = {"masks": replace(moving, placing=None), "moved": moving}
    print("| messages | n | tags | chrF | chrF of words in tags | kept | asked again |\n|---|--:|---|--:|--:|--:|--:|")
    report("second half", second, engine, guards)
    inner = [one for one in second if any(ask.aligned for ask in next(translate_guarded(one.source, moving)))]
    report("of these with tags between words", inner, engine, guards)
    engines = {way: GuardedEngine(engine.inner, guard) for way, guard in guards.items()}
    print("\n| messages | n | masks, CPU s | moved, CPU s | ratio |\n|---|--:|--:|--:|--:|")
    measure_time("with tags", [one.source for one in second], engines, rounds=asked.rounds)
    step = max(1, len(messages) // asked.whole)
    whole = [one.source for one in messages[::step]]
    share = len(with_tags(messages[::step])) / len(whole)
    measure_time(f"all kinds, {100 * share:.1f} % with tags", whole, engines, rounds=asked.rounds)


if __name__ == "__main__":
    main()
