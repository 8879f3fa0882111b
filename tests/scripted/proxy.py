"""An HTTP proxy that tunnels (CONNECT, RFC 9110) to one port of the loopback, whatever host it is asked for."""

from __future__ import annotations

import socket
import socketserver
import threading
from typing import Any


class Proxy:
    """Tunnels to `port`; `status` is what it says to a CONNECT, and only 200 opens a tunnel."""

    def __init__(self, port: int, *, status: str = "200 Connection established") -> None:
        self.port_behind, self.status = port, status
        self.asked: list[str] = []
        """The first line of each request."""
        self.heads: list[str] = []
        """The same with its headers."""
        proxy = self

        class Tunnel(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                proxy.tunnel(self)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Tunnel)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self) -> str:
        """As HTTPS_PROXY names it."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Proxy:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def tunnel(self, client: Any) -> None:
        """One connection: the request to connect, then bytes both ways."""
        lines = []
        while line := client.rfile.readline().strip():
            lines.append(line.decode("latin-1"))
        self.asked.append(lines[0])
        self.heads.append("\n".join(lines))
        client.wfile.write(f"HTTP/1.1 {self.status}\r\nContent-Length: 0\r\n\r\n".encode())
        if not self.status.startswith("200"):
            return
        with socket.create_connection(("127.0.0.1", self.port_behind)) as server:
            back = threading.Thread(target=_pump, args=(server, client.connection), daemon=True)
            back.start()
            _pump(client.connection, server)
            back.join()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        return
