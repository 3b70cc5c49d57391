"""Clients that send or read as slowly as they can, all from one thread."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class SlowClients:
    """Connections that have sent a request's head, and then a byte of its body now and then."""

    def __init__(self, port: int, heads: list[str], every_s: float) -> None:
        self.connections = [
            socket.create_connection(("127.0.0.1", port), timeout=20) for _ in heads
        ]
        for connection, head in zip(self.connections, heads, strict=True):
            connection.sendall(head.encode())
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._dribble, args=[every_s])
        self._thread.start()

    def _dribble(self, every_s: float) -> None:
        while not self._stop.wait(every_s):
            for connection in self.connections:
                try:
                    connection.send(b"x")
                except OSError:
                    continue  # the server has hung up, which the test looks at

    def statuses(self) -> list[str]:
        """The status that each was answered; empty where it was not."""
        answers = []
        for connection in self.connections:
            connection.settimeout(20)
            try:
                answers.append(connection.recv(4096)[9:12].decode())
            except OSError:
                answers.append("")
        return answers

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        for connection in self.connections:
            connection.close()


@contextmanager
def slow_clients(port: int, heads: list[str], *, every_s: float = 0.5) -> Iterator[SlowClients]:
    """One for each of `heads`, for as long as the block takes."""
    clients = SlowClients(port, heads, every_s)
    try:
        time.sleep(1)  # until all of them are under way
        yield clients
    finally:
        clients.close()
