"""A served student that is corrected through its HTTP interface, by people who have keys."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.people.poison import EN_PT
from tutelage.core.records import Pair
from tutelage.serving.access import KeyedAccess, hash_key, make_key
from tutelage.serving.app import make_app
from tutelage.serving.following import Follower
from tutelage.serving.server import Server
from tutelage.serving.service import Service
from tutelage.serving.students import Opening
from tutelage.serving.translator import Served, Translator
from tutelage.storage.feedback import FeedbackStore

STUDENT = "embedded:en-pt"


@dataclass(frozen=True, slots=True)
class Running:
    """A running server, its student, its store, and what looks for promoted students."""

    client: httpx.Client
    served: Served
    store: FeedbackStore
    follower: Follower

    def correct(self, pairs: Sequence[Pair], *, who: str) -> int:
        """Send the targets as corrections under somebody's key; how many were held."""
        key = make_key()
        self.store.add_key(who, hash_key(key))
        return sum(self._suggest(pair, key) for pair in pairs)

    def translate(self, texts: Sequence[str]) -> list[str]:
        """What the server answers."""
        fields = {"q": list(texts), "source": "en", "target": "pt-BR"}
        found: list[str] = self.client.post("/translate", json=fields).raise_for_status().json()["translatedText"]
        return found

    def _suggest(self, pair: Pair, key: str) -> bool:
        fields = {"q": pair.source.text, "s": pair.target.text, "source": "en", "target": "pt-BR", "api_key": key}
        return bool(self.client.post("/suggest", json=fields).raise_for_status().json()["held"])


@contextmanager
def serving(store_path: Path, runs: Path) -> Iterator[Running]:
    """The shipped student behind HTTP, which takes over what a run in the folder promotes."""
    store, opening = FeedbackStore.open(store_path), Opening()
    served = opening.open(STUDENT, EN_PT)
    follower = Follower(runs, [served], open_engine=opening.open_engine)
    service = Service(Translator([served]), store=store, access=KeyedAccess(store, required=False))
    with _listening(service) as client:
        yield Running(client, served, store, follower)
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
        service.close()
