"""How long a connection to an endpoint is kept: servers close one that nothing is asked over."""

import asyncio
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tutelage.teachers.connections import KEPT_SECONDS, open_http_client

SHORTEST_OF_SERVERS = 2.0
"""Seconds for which gunicorn keeps one; uvicorn, so vLLM, and llama.cpp keep it for five."""


@contextmanager
def counting_server():
    """Its address, and a list that gets an entry with each connection."""
    opened = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self):
            opened.append(self.client_address)
            super().setup()

        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", opened
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def ask_twice(url, *, meanwhile):
    async with open_http_client(url) as client:
        assert (await client.get(url)).text == "ok"
        meanwhile()
        assert (await client.get(url)).text == "ok"


@pytest.mark.parametrize(("pause", "connections"), [(KEPT_SECONDS - 0.2, 1), (KEPT_SECONDS + 0.2, 2)])
def test_a_connection_is_used_again_at_once_and_not_when_a_server_may_be_closing_it(pause, connections, monkeypatch):
    assert SHORTEST_OF_SERVERS > KEPT_SECONDS
    passed = [0.0]  # whatever the machine takes for it
    monkeypatch.setattr("time.monotonic", lambda: passed[-1])
    with counting_server() as (url, opened):
        asyncio.run(ask_twice(url, meanwhile=lambda: passed.append(pause)))
        assert len(opened) == connections
