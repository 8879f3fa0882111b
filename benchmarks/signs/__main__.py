"""What the signs of a server are worth with the shipped student: words that it never saw, and how sure it is.

    python -m benchmarks.signs
    python -m benchmarks.signs --text dev.jsonl.gz --origin ddtp

For each text: the share of its words that no text of the student's training has, and by the word for the confidence of
a translation how many there are and their mean chrF against people's. Without a text, those that are embedded.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from sacrebleu.metrics.chrf import CHRF

from tutelage.core.decoding import Decoding
from tutelage.core.languages import Direction
from tutelage.core.protection.spans import ALL
from tutelage.core.records import Pair
from tutelage.corpora.reading import Reading, read_pairs
from tutelage.embedded.texts import locate_embedded_text
from tutelage.serving.confidence import confidence_of
from tutelage.serving.looks import Looker
from tutelage.students.known_words import read_known_words
from tutelage.students.loading import locate_student
from tutelage.students.naming import open_student

STUDENT, DIRECTION = "embedded:en-pt", Direction("en", "pt-BR")
EMBEDDED = ("general", "jupyterlab")
CONFIDENCES = ("high", "medium", "low")


def measure(name: str, pairs: Sequence[Pair]) -> str:
    """A row of the table."""
    engine, chrf = open_student(STUDENT, direction=DIRECTION), CHRF()
    scores: dict[str, list[float]] = defaultdict(list)
    translated = engine.translate_whole((pair.source.text for pair in pairs), decoding=Decoding(), scored=True)
    for pair, outcome in zip(pairs, translated, strict=True):
        found = confidence_of(outcome.log_probability)
        if found is not None:
            scores[found].append(chrf.sentence_score(outcome.text, [pair.target.text]).score)
    cells = [f"{fmean(scores[one]):.0f} (n = {len(scores[one]):,})" if scores[one] else "–" for one in CONFIDENCES]
    return f"| {name} | {len(pairs):,} | {share_unseen(pairs):.1%} | {' | '.join(cells)} |"


def share_unseen(pairs: Sequence[Pair]) -> float:
    """Of the words of the sources, those that the student's training lacks."""
    known, looker = read_known_words(locate_student(STUDENT)), Looker()
    looks = [looker.look(pair.source.text, direction=DIRECTION, protection=ALL, known=known) for pair in pairs]
    return sum(len(look.unseen) for look in looks) / max(1, sum(look.words for look in looks))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", type=Path, nargs="+", help="parallel text; without it, the embedded ones")
    parser.add_argument("--origin", help="only what the text's field `origin` says to be from there")
    parser.add_argument("--limit", type=int, default=1000, help="segments of each")
    chosen = parser.parse_args()
    named = {one: locate_embedded_text(one, target_lang=DIRECTION.target) for one in EMBEDDED}
    reading = Reading(only={"origin": (chosen.origin,)} if chosen.origin else {})
    texts = {path.name: path for path in chosen.text} if chosen.text else named
    print("| text | segments | words unseen | chrF, high confidence | medium | low |\n|---|--:|--:|--:|--:|--:|")
    for name, path in texts.items():
        pairs = list(read_pairs(path, direction=DIRECTION, reading=reading))[: chosen.limit]
        print(measure(name, pairs), flush=True)


if __name__ == "__main__":
    main()
