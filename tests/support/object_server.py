"""Objects as S3 keeps them, on the loopback: given, listed, put and removed in one bucket, for those who may."""

import hashlib
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

BUCKET = "texts"
KEY = "reader"
"""Of the credentials that may read."""
WRITER = "writer"
"""Of those that may also write."""


class ObjectServer(ThreadingHTTPServer):
    """`objects` by name; `fetched` are the names that were read, `sent` those that were written."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects, self.fetched, self.sent = {}, [], []
        self.parts, self.writing = {}, threading.Lock()
        self.refuse = None
        """The status of an answer to a method and a name; `None` if it is answered as it should be."""

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_):
        """Who goes away while a reply is written is of no interest."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_HEAD(self):
        self._give()

    def do_GET(self):
        self._give()

    def do_PUT(self):
        self._take()

    def do_POST(self):
        self._take()

    def log_message(self, *_):
        """Nothing."""

    def _give(self):
        _, name, query = self._asked()
        if "list-type" in query:
            return self._list(query["prefix"][0])
        body = self.server.objects.get(name)
        status = self._refused() or (404 if body is None else 200)
        if status != 200:
            return self._reply(status)
        tag = _tag(body)
        if self.headers.get("If-Match", tag) != tag:
            return self._reply(412)
        part = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        span, headers = body, {}
        if part:
            first, last = int(part[1]), min(int(part[2]), len(body) - 1)
            span, headers = body[first : last + 1], {"Content-Range": f"bytes {first}-{last}/{len(body)}"}
        if self.command == "GET":
            self.server.fetched.append(name)
        return self._reply(206 if part else 200, span, tag=tag, **headers)

    def _list(self, prefix):
        found = "".join(
            f"<Contents><Key>{name}</Key><LastModified>2026-11-29T10:00:00.000Z</LastModified>"
            f"<ETag>{_tag(content)}</ETag><Size>{len(content)}</Size></Contents>"
            for name, content in sorted(self.server.objects.items())
            if name.startswith(prefix)
        )
        answer = f"<ListBucketResult><IsTruncated>false</IsTruncated>{found}</ListBucketResult>"
        return self._reply(self._refused() or 200, answer.encode())

    def _take(self):
        _, name, query = self._asked()
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status = self._refused()
        if status:
            return self._reply(status)
        if "delete" in query:
            keys = re.findall("<Key>(.*?)</Key>", body.decode())
            for key in keys:
                self.server.objects.pop(key, None)
            removed = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
            return self._reply(200, f"<DeleteResult>{removed}</DeleteResult>".encode())
        if "uploads" in query:
            self.server.parts[name] = {}
            return self._reply(200, b"<r><UploadId>1</UploadId></r>")
        if "partNumber" in query:
            self.server.parts[name][int(query["partNumber"][0])] = body
            return self._reply(200, tag=_tag(body))
        if "uploadId" in query:
            parts = self.server.parts.pop(name)
            body = b"".join(parts[number] for number in sorted(parts))
        with self.server.writing:
            if self.headers.get("If-None-Match") == "*" and name in self.server.objects:
                return self._reply(412)
            self.server.objects[name] = body
            self.server.sent.append(name)
        tag = _tag(body)
        return self._reply(200, f"<r><ETag>{tag}</ETag></r>".encode() if query else b"", tag=tag)

    def _asked(self):
        parts = urlsplit(self.path)
        bucket, _, name = unquote(parts.path).lstrip("/").partition("/")
        return bucket, name, parse_qs(parts.query, keep_blank_values=True)

    def _refused(self):
        bucket, name, _ = self._asked()
        keys = (WRITER,) if self.command in ("PUT", "POST") else (KEY, WRITER)
        if not any(f"Credential={key}/" in self.headers.get("Authorization", "") for key in keys):
            return 403
        return 404 if bucket != BUCKET else self.server.refuse and self.server.refuse(self.command, name)

    def _reply(self, status, body=b"", *, tag=None, **headers):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", tag or _tag(body))
        self.send_header("Last-Modified", "Sun, 29 Nov 2026 10:00:00 GMT")
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _tag(body):
    return f'"{hashlib.md5(body).hexdigest()}"'


def variables(server, *, key=KEY):
    """What a client is told in its environment."""
    return {
        "AWS_ENDPOINT_URL": server.address, "AWS_ALLOW_HTTP": "true", "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": "secret",
    }  # fmt: skip


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


@pytest.fixture
def storage(monkeypatch):
    """A storage that the environment's variables name, with the right to write."""
    with object_server() as server:
        for name, value in variables(server, key=WRITER).items():
            monkeypatch.setenv(name, value)
        yield server
