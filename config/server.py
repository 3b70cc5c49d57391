"""The web server: `python -m config.server`, each value from the environment."""

from __future__ import annotations

import os
import resource

from granian.constants import HTTPModes, Interfaces, Loops
from granian.server import Server

from config.metrics.processes import share_between_processes
from config.settings import LOGGING, METRICS

#: Seconds that requests in progress get to finish when the server stops.
GRACE_SECONDS = 20
#: Clients that a process serves at a time; those that wait for their own bodies cost it little.
MOST_CONNECTIONS = 16_384


def main() -> None:
    """Serve until SIGTERM or SIGINT; requests in progress are finished first."""
    if METRICS != "off":
        share_between_processes()
    # Loaded before there is a server: unsound settings end it before it has begun.
    from config.checks import check_before_serving
    from config.web import rsgi

    check_before_serving()
    _allow_connections()
    Server(
        f"{rsgi.__name__}:application",
        address=os.environ.get("WEB_HOST", "127.0.0.1"),
        port=int(os.environ.get("PORT", "8000")),
        interface=Interfaces.RSGI,
        loop=Loops.uvloop,
        http=HTTPModes.http1,
        websockets=False,
        workers=int(os.environ.get("WEB_WORKERS", "2")),
        backlog=1024,
        backpressure=MOST_CONNECTIONS,
        respawn_failed_workers=True,
        respawn_interval=1,
        workers_kill_timeout=GRACE_SECONDS,
        # The server's own lines look like all others; what a request did the application logs.
        log_dictconfig=LOGGING,
        log_access=False,
    ).serve()


def _allow_connections() -> None:
    """Raise this process's limit of open files, one a connection, as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + 1024
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


if __name__ == "__main__":
    main()
