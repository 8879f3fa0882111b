"""A server of students on the loopback, in a thread of the tests' own."""

import threading
from contextlib import contextmanager

import httpx

from tutelage.core.decoding import Decoding
from tutelage.core.languages import Direction
from tutelage.core.protection.translation import Translated
from tutelage.serving.app import make_app
from tutelage.serving.queue import BatchQueue
from tutelage.serving.server import Server
from tutelage.serving.service import Service
from tutelage.serving.students import Opening
from tutelage.serving.translator import Served, Translator

EN_PT = Direction("en", "pt-BR")


class UpperEngine:
    """A student that writes capitals; `hold` keeps it from answering until it is set, `holding` tells that it does."""

    def __init__(self, name="upper"):
        self.signature, self.batches, self.log_probability = name, [], -0.1
        self.hold, self.holding = threading.Event(), threading.Event()
        self.hold.set()

    def translate_whole(self, sources, *, decoding, scored=False):
        self.holding.set()
        self.hold.wait()
        self.batches.append(list(sources))
        for source in sources:
            if source == "fail":
                raise RuntimeError("secret text")
            yield Translated(source.upper(), log_probability=self.log_probability)

    def translate(self, sources, *, decoding):
        return (one.text for one in self.translate_whole(sources, decoding=decoding))

    def translate_several(self, sources, *, decoding):
        several = self.translate_several_whole(sources, decoding=decoding)
        return (tuple(one.text for one in outcomes) for outcomes in several)

    def translate_several_whole(self, sources, *, decoding, scored=False):
        self.hold.wait()
        self.batches.append(list(sources))
        for source in sources:
            yield tuple(
                Translated(f"{source.upper()} {number}", log_probability=self.log_probability - number)
                for number in range(decoding.outputs)
            )

    def mean_log_probabilities(self, sources, texts, *, decoding):
        return None


def upper(direction=EN_PT, engine=None, **settings):
    """A served student that writes capitals."""
    return Served("upper", direction, BatchQueue(engine or UpperEngine(), decoding=Decoding(), **settings))


def embedded():
    """The shipped student, served."""
    return Opening().open("embedded:en-pt", EN_PT)


@contextmanager
def serving(*students, **parts):
    """The address of a server of these students, its service, and a client of it."""
    service = Service(Translator(list(students)), **parts)
    listening = threading.Event()
    server = Server(make_app(service), port=0, started=lambda _: listening.set())
    thread = threading.Thread(target=server.run)
    thread.start()
    listening.wait()
    try:
        with httpx.Client(base_url=server.address, timeout=None) as client:
            yield Running(server.address, service, client, server)
    finally:
        server.should_exit = True
        thread.join()
        service.close()


class Running:
    """A running server."""

    def __init__(self, address, service, client, server):
        self.address, self.service, self.client, self.server = address, service, client, server
