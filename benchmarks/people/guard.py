"""How much of people's translations, and of poison, the guard of the feedback store holds, all sent through HTTP.

python -m benchmarks.people.guard            (a minute)

Beside it stands what it would hold without asking the student how likely it finds a correction, as for a file.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from benchmarks.people.poison import poison, read_messages
from benchmarks.people.service import Running, serving
from tutelage.serving.corrections import find_correction_doubt
from tutelage.storage.feedback import Stored
from tutelage.storage.feedback.store import CONTRADICTS

EACH = 40
"""Poisoned corrections of a kind, at most."""
HONEST = "people's translations"
SEEN = "people's translations, of which the limits were chosen"


def main() -> None:
    print("| corrections | sent | held | held without the student | why |")
    print("|---|--:|--:|--:|---|")
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder) / "a.feedback", Path(folder)) as running:
        for who in send(running):
            print(told(who, running), flush=True)


def send(running: Running) -> Iterator[str]:
    """Correct as people do and as others would; the names of the keys as they are done."""
    honest = read_messages("edits")
    for name, pairs in ((HONEST, honest), (SEEN, read_messages("limits"))):
        running.correct(pairs, who=name)
        yield name
    agreed = honest[:EACH]
    running.correct(agreed, who="another who agrees")
    for name, pairs in poison(read_messages("rest"), agreed, each=EACH).items():
        running.correct(pairs, who=name)
        yield name


def told(who: str, running: Running) -> str:
    """One line of the table."""
    given = [one for one in running.store.corrections("accepted", "held") if one.correction.who == who]
    held = [one for one in given if one.state == "held"]
    before = sum(bool(one.reason == CONTRADICTS or _doubt(one)) for one in given)
    reasons = ", ".join(f"{reason} {count}" for reason, count in Counter(one.reason for one in held).most_common())
    return f"| {who} | {len(given)} | {_share(len(held), given)} | {_share(before, given)} | {reasons} |"


def _doubt(stored: Stored) -> str:
    given = stored.correction
    return find_correction_doubt(given.source, given.correction, output=given.output, direction=given.direction)


def _share(count: int, given: list[Stored]) -> str:
    return f"{count} ({count / len(given):.1%})".replace("%", " %")


if __name__ == "__main__":
    main()
