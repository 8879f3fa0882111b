"""The whole loop: a served student is corrected over HTTP, a run learns from it, and the server takes what passes.

python -m benchmarks.people.loop                       (300 corrections, then 300 poisoned ones; some minutes)
python -m benchmarks.people.loop --corrections 40 --set step.0.train.max_updates=5    (small)

The corrections are human translations of JupyterLab's messages; the test text is another part of these. Poisoned ones
are translations of other messages, and words in the wrong order: those that the guard does not hold are learned from,
and the gate has the last word.
"""

from __future__ import annotations

import argparse
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from tutelage.core.languages import Direction
from tutelage.core.records import Pair
from tutelage.corpora.texts import Text
from tutelage.evaluation.figures import format_change
from tutelage.runs.recipe_files import load_recipe
from tutelage.runs.report import read_run_report
from tutelage.runs.run import run_recipe
from tutelage.serving.app import make_app
from tutelage.serving.following import Follower
from tutelage.serving.server import Server
from tutelage.serving.service import Service
from tutelage.serving.students import Opening
from tutelage.serving.translator import Served, Translator
from tutelage.storage.feedback import FeedbackStore

RECIPE = Path(__file__).parent / "loop.toml"
EN_PT = Direction("en", "pt-BR")
SHOWN = "Create a new notebook."


@dataclass(frozen=True, slots=True)
class Loop:
    """A running server, its store and the folder of its runs."""

    client: httpx.Client
    served: Served
    store: FeedbackStore
    follower: Follower
    runs: Path
    changes: tuple[str, ...]

    def correct(self, pairs: Sequence[Pair]) -> str:
        """Send corrections; what became of them."""
        held = 0
        for pair in pairs:
            fields = {"q": pair.source.text, "s": pair.target.text, "source": "en", "target": "pt-BR"}
            held += self.client.post("/suggest", json=fields).raise_for_status().json()["held"]
        return f"{len(pairs)} corrections sent, {held} held for review"

    def learn(self, name: str, student: str) -> Iterator[str]:
        """A run on all that is accepted, and what the server says after it."""
        recipe = load_recipe(RECIPE, [f"name={name}", f"student.model={student}", *self.changes, self._path])
        result = run_recipe(recipe, runs=self.runs)
        step = read_run_report(result.folder).steps[0]
        yield f"{name}: {'promoted' if step.gate.passed else 'not promoted'}"
        yield from (f"  {format_change(one)}" for one in step.comparisons if one.name.endswith("chrf"))
        self.follower.look()
        said = self.client.post("/translate", json={"q": SHOWN, "source": "en", "target": "pt-BR"}).json()
        yield f"  the server says of '{SHOWN}': {said['translatedText']}"

    @property
    def _path(self) -> str:
        return f"text.post_edits.path={self.runs.parent / 'corrections.feedback'}"


def main(given: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corrections", type=int, default=300)
    parser.add_argument(
        "--work", type=Path, default=Path("runs/feedback-loop"), help="folder of the runs and the store"
    )
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change the recipe")
    arguments = parser.parse_args(given)
    shutil.rmtree(arguments.work, ignore_errors=True)
    for line in show(arguments.corrections, work=arguments.work, changes=arguments.set):
        print(line, flush=True)


def show(count: int, *, work: Path, changes: Sequence[str]) -> Iterator[str]:
    """The loop twice: with what people would say, then with poison."""
    pairs = corrections(2 * count)
    with serving(work, changes) as loop:
        yield loop.correct(pairs[:count])
        yield from loop.learn("learned-1", "embedded:en-pt")
        poisoned = poison(pairs[count:])
        yield f"poison: {loop.correct(poisoned)}"
        yield from loop.learn("learned-2", loop.served.name)


def corrections(count: int) -> list[Pair]:
    """Human translations of the part that is not tested on, which stand for what people would say."""
    part = load_recipe(RECIPE).text.test
    assert part is not None
    return list(Text("edits", part.model_copy(update={"part": "edits", "limit": count}), EN_PT).pairs())


def poison(pairs: Sequence[Pair]) -> list[Pair]:
    """Half of them with the translation of another of about its length, half with their own words from the last on."""
    by_length = sorted(pairs, key=lambda pair: len(pair.target.text))
    others = [*by_length[2:], *by_length[:2]]
    return [
        replace(one, target=replace(one.target, text=" ".join(reversed(one.target.text.split()))))
        if number % 2
        else replace(one, target=other.target)
        for number, (one, other) in enumerate(zip(by_length, others, strict=True))
    ]


@contextmanager
def serving(work: Path, changes: Sequence[str]) -> Iterator[Loop]:
    """The shipped student behind HTTP, and what it takes to correct it."""
    store, opening = FeedbackStore.open(work / "corrections.feedback"), Opening()
    served = opening.open("embedded:en-pt", EN_PT)
    follower = Follower(work / "runs", [served], open_engine=opening.open_engine)
    with _listening(Service(Translator([served]), store=store)) as client:
        yield Loop(client, served, store, follower, work / "runs", tuple(changes))
    store.close()


@contextmanager
def _listening(service: Service) -> Iterator[httpx.Client]:
    started = threading.Event()
    server = Server(make_app(service), port=0, started=lambda _: started.set())
    thread = threading.Thread(target=server.run)
    thread.start()
    started.wait()
    try:
        with httpx.Client(base_url=server.address, timeout=60) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()
        service.translator.close()


if __name__ == "__main__":
    main()
