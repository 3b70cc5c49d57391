"""The web server: `python -m config.server`, each value from the environment."""

from __future__ import annotations

import os

from granian.constants import HTTPModes, Interfaces
from granian.server import Server

from config.metrics.processes import share_between_processes
from config.settings import LOGGING, METRICS

#: Seconds that requests in progress get to finish when the server stops.
GRACE_SECONDS = 20


def main() -> None:
    """Serve until SIGTERM or SIGINT; requests in progress are finished first."""
    if METRICS != "off":
        share_between_processes()
    # Loaded before there is a server: unsound settings end it before it has begun.
    from config import wsgi

    target = f"{wsgi.__name__}:application"
    Server(
        target,
        address=os.environ.get("WEB_HOST", "127.0.0.1"),
        port=int(os.environ.get("PORT", "8000")),
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=int(os.environ.get("WEB_WORKERS", "2")),
        # Each keeps a connection to the database for as long as it lives.
        blocking_threads=int(os.environ.get("WEB_THREADS", "4")),
        blocking_threads_idle_timeout=600,
        respawn_failed_workers=True,
        respawn_interval=1,
        workers_kill_timeout=GRACE_SECONDS,
        # The server's own lines look like all others; what a request did the application logs.
        log_dictconfig=LOGGING,
        log_access=False,
    ).serve()


if __name__ == "__main__":
    main()
