"""Words and signs that a student's vocabulary lacks, kept as they are or left to it: what comes through, and chrF.

    python -m benchmarks.protection.spelling --text dev.jsonl.gz train.jsonl.gz

Of each text those segments are decoded that have such a word or sign (*Müller*, ✓), at most `--most` of them evenly, by
the same student, greedy: with all other protection alone, and with theirs too. Kept are those that the translation has
as often as the source, among those that the human translation has. The interval is a paired bootstrap's over segments.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace

from benchmarks.protection.__main__ import DIRECTION, read_text
from tutelage.core.decoding import Decoding
from tutelage.core.protection.alphabet import UNSPELLED
from tutelage.core.protection.spans import Protection, find_protected, frameworks_of, in_frameworks
from tutelage.core.records import Pair
from tutelage.evaluation.scoring import Scorer
from tutelage.students.engines.guarded import GuardedEngine
from tutelage.students.naming import open_student

LEFT, KEPT = "left to the student", "kept"


def find_unspelled(text: str, protection: Protection) -> list[str]:
    """The words and signs of a text that the student cannot spell."""
    return [span.text for span in find_protected(text, protection) if span.kind == UNSPELLED]


def share_kept(pairs: Sequence[Pair], outputs: Mapping[str, str], protection: Protection) -> tuple[int, int]:
    """How many come through, and how many a person kept."""
    kept = wanted = 0
    for pair in pairs:
        own = in_frameworks(protection, frameworks_of(pair.source.text))
        for word in sorted(set(find_unspelled(pair.source.text, own))):
            times = pair.source.text.count(word)
            if pair.target.text.count(word) >= times:
                wanted += 1
                kept += outputs[pair.id].count(word) >= times
    return kept, wanted


def measure(student: str, path: str, *, most: int) -> None:
    """Print the rows of one text."""
    engine = open_student(student, direction=DIRECTION)
    protection = engine.guard.protection
    assert protection is not None and protection.alphabet is not None, "the student can spell anything"
    read = read_text(path)
    pairs = [pair for pair in read if find_unspelled(pair.source.text, protection)]
    share, pairs = len(pairs) / len(read), pairs[:: max(1, len(pairs) // most)][:most]
    without = GuardedEngine(engine.inner, replace(engine.guard, protection=replace(protection, alphabet=None)))
    outputs = {}
    for name, one in ((LEFT, without), (KEPT, engine)):
        texts = one.translate((pair.source.text for pair in pairs), decoding=Decoding())
        outputs[name] = {pair.id: text for pair, text in zip(pairs, texts, strict=True)}
    scorer = Scorer(pairs, test="spelling", direction=DIRECTION, identifier=None, seed=1)
    measured = {name: scorer.measure(one) for name, one in outputs.items()}
    (chrf,) = (one for one in scorer.compare(measured[LEFT], after=measured[KEPT]) if one.name == "chrf")
    for name in outputs:
        kept, wanted = share_kept(pairs, outputs[name], protection)
        value = chrf.before if name == LEFT else chrf.after
        text = f"{path.rsplit('/', 1)[-1]}, {100 * share:.2f} %"
        print(f"| {text} | {len(pairs):,} | {name} | {kept} of {wanted} | {value:.2f} |")
    print(f"|  |  | kept − left | | {chrf.difference:+.2f} ({chrf.low:+.2f} to {chrf.high:+.2f}) |", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--student", default="embedded:en-pt")
    parser.add_argument("--text", nargs="+", required=True, help="bilingual texts")
    parser.add_argument("--most", type=int, default=1000, help="segments of each that are decoded")
    asked = parser.parse_args()
    print("| text, share of its segments | segments | words and signs | come through | chrF |\n|---|--:|---|--:|--:|")
    for path in asked.text:
        measure(asked.student, path, most=asked.most)


if __name__ == "__main__":
    main()
