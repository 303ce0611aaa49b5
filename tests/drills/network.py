"""A network between programs and their database that can be cut: a proxy from a TCP port to the server's socket."""

from __future__ import annotations

import contextlib
import socket
import threading
from pathlib import Path


class Network:
    """Carries bytes both ways until it is cut; then connections hang, and new ones are not answered."""

    def __init__(self, server: Path) -> None:
        self._server = server
        self._carries = threading.Event()
        self._carries.set()
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """From now on nothing comes through, and nobody is told."""
        self._carries.clear()

    def mend(self) -> None:
        """New connections work again; those from before the cut are gone, as after a router has forgotten them."""
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._open.clear()
        self._carries.set()

    def _accept(self) -> None:
        while True:
            client, _ = self._listener.accept()
            self._carries.wait()
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(str(self._server))
            except OSError:
                client.close()
                continue
            self._open += [client, server]
            for here, there in ((client, server), (server, client)):
                threading.Thread(target=self._carry, args=(here, there), daemon=True).start()

    def _carry(self, here: socket.socket, there: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := here.recv(65536):
                self._carries.wait()
                there.sendall(data)
        for end in (here, there):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
