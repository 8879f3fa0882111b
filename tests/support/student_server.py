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
    """A student that writes capitals; `hold` keeps it from answering until it is set."""

    def __init__(self, name="upper"):
        self.signature, self.batches = name, []
        self.hold = threading.Event()
        self.hold.set()

    def translate_whole(self, sources, *, decoding):
        self.hold.wait()
        self.batches.append(list(sources))
        for source in sources:
            if source == "fail":
                raise RuntimeError("secret text")
            yield Translated(source.upper())

    def translate(self, sources, *, decoding):
        return (one.text for one in self.translate_whole(sources, decoding=decoding))

    def translate_several(self, sources, *, decoding):
        self.hold.wait()
        self.batches.append(list(sources))
        return (tuple(f"{source.upper()} {number}" for number in range(decoding.outputs)) for source in sources)


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
        with httpx.Client(base_url=server.address, timeout=60) as client:
            yield Running(server.address, service, client, server)
    finally:
        server.should_exit = True
        thread.join()
        service.translator.close()


class Running:
    """A running server."""

    def __init__(self, address, service, client, server):
        self.address, self.service, self.client, self.server = address, service, client, server
