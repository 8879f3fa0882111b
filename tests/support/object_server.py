"""Objects as S3 gives them, on the loopback: HEAD and GET in one bucket, for those who may read it."""

import hashlib
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BUCKET = "texts"
KEY = "reader"
"""Of the credentials that may read."""


class ObjectServer(ThreadingHTTPServer):
    """`objects` by name; `fetched` are the names that were read whole."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects, self.fetched = {}, []

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_HEAD(self):
        self._reply(with_body=False)

    def do_GET(self):
        self._reply(with_body=True)

    def log_message(self, *_):
        """Nothing."""

    def _reply(self, *, with_body):
        bucket, _, name = self.path.lstrip("/").partition("/")
        body = self.server.objects.get(name)
        allowed = f"Credential={KEY}/" in self.headers.get("Authorization", "")
        status = 403 if not allowed else 404 if bucket != BUCKET or body is None else 200
        body = body if status == 200 else b""
        if with_body and status == 200:
            self.server.fetched.append(name)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{hashlib.md5(body).hexdigest()}"')
        self.send_header("Last-Modified", "Sun, 29 Nov 2026 10:00:00 GMT")
        self.end_headers()
        if with_body:
            self.wfile.write(body)


@contextmanager
def object_server():
    """The server, from `with` to its end."""
    with ObjectServer() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
