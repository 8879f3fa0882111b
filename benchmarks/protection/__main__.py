"""Placeholders, numbers and addresses kept by a student, with and without protection, and what that costs.

    python -m benchmarks.protection --text dev.jsonl.gz --messages train.jsonl.gz

Each text is decoded twice by the same student, greedy: without protection, and with it. Segments a second are those of
the whole text, the two arms in turns. `--messages` takes those messages of an interface that have placeholders, from a
text whose field `origin` says `gettext`. Without a text JupyterLab's catalogue is measured alone.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tutelage.core.decoding import Decoding
from tutelage.core.evidence import SystemScores
from tutelage.core.languages import Direction
from tutelage.core.protection.spans import ALL, Protection, find_placeholders, find_protected
from tutelage.core.records import Pair
from tutelage.corpora.columns import FieldNames
from tutelage.corpora.reading import Reading, read_pairs
from tutelage.embedded.texts import locate_embedded_text
from tutelage.evaluation.scoring import Scorer
from tutelage.students.naming import open_student

DIRECTION = Direction("en", "pt-BR")
KEPT = ("placeholders", "numbers", "urls")
MESSAGES = 1500


@dataclass(frozen=True, slots=True)
class Arm:
    """One way to decode a text."""

    outputs: dict[str, str]
    seconds: float


def decode(student: str, pairs: Sequence[Pair], *, protection: Protection | None, rounds: int) -> Arm:
    """The outputs, and the seconds of the fastest of the rounds."""
    engine = open_student(student, direction=DIRECTION, protection=protection)
    seconds, texts = [], list[str]()
    for _ in range(rounds):
        begun = time.perf_counter()
        texts = list(engine.translate((pair.source.text for pair in pairs), decoding=Decoding()))
        seconds.append(time.perf_counter() - begun)
    return Arm({pair.id: text for pair, text in zip(pairs, texts, strict=True)}, min(seconds))


def measure(student: str, name: str, pairs: Sequence[Pair], *, rounds: int) -> None:
    """Print the rows of one text: all of its segments, and those with something to protect."""
    arms = {
        "off": decode(student, pairs, protection=None, rounds=rounds),
        "on": decode(student, pairs, protection=ALL, rounds=rounds),
    }
    some = [pair for pair in pairs if find_protected(pair.source.text)]
    for kind, chosen in ((name, pairs), (f"{name}, with spans", some)):
        if len(chosen) < 2:
            continue
        scorer = Scorer(chosen, test=name, direction=DIRECTION, identifier=None, seed=1)
        measured = {arm: scorer.measure(one.outputs) for arm, one in arms.items()}
        (chrf,) = (one for one in scorer.compare(measured["off"], after=measured["on"]) if one.name == "chrf")
        for arm, one in measured.items():
            scores = scorer.score(one, system=arm, system_signature=student)
            print(f"| {kind} | {len(chosen):,} | {arm} | {_row(scores)} | {len(pairs) / arms[arm].seconds:.0f} |")
        print(f"|  |  | on − off | {chrf.difference:+.2f} ({chrf.low:+.2f} to {chrf.high:+.2f}) | | | | |")


def _row(scores: SystemScores) -> str:
    found = {score.name: score for score in scores.scores}
    cells = [f"{found['chrf'].value:.2f}"]
    cells += [f"{found[name].value:.1f} (n = {found[name].n:,})" if name in found else "–" for name in KEPT]
    return " | ".join(cells)


def _read(path: str, *, origin: str | None = None) -> list[Pair]:
    fields = FieldNames(source="src", target="tgt") if "jsonl" in path else FieldNames()
    only = {} if origin is None else {"origin": (origin,)}
    return list(read_pairs(path, direction=DIRECTION, reading=Reading(fields=fields, only=only)))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--student", default="embedded:en-pt")
    parser.add_argument("--text", help="bilingual text to measure on")
    parser.add_argument("--messages", help="bilingual text, of whose interface messages some are measured on")
    parser.add_argument("--rounds", type=int, default=1, help="times that each text is decoded; the fastest counts")
    asked = parser.parse_args()
    texts = {"JupyterLab": _read(str(locate_embedded_text("jupyterlab", target_lang=DIRECTION.target)))}
    if asked.text:
        texts["text"] = _read(asked.text)
    if asked.messages:
        found = _read(asked.messages, origin="gettext")
        texts["messages"] = [pair for pair in found if find_placeholders(pair.source.text)][:MESSAGES]
    print("| text | segments | protection | chrF | placeholders kept | numbers kept | addresses kept | segments/s |")
    print("|---|--:|---|--:|--:|--:|--:|--:|")
    for name, pairs in texts.items():
        measure(asked.student, name, pairs, rounds=asked.rounds)


if __name__ == "__main__":
    main()
