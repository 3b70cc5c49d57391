"""Web servers that are measured, each a group of processes of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.database import ROOT, environment
from benchmarks.network import free_port

GUNICORN = (
    "gunicorn --workers 2 --threads 4 --keep-alive 5 --no-control-socket --bind 127.0.0.1:$PORT"
)
#: The same number of processes and of threads for all; each has the server it is mostly run with.
COMMANDS = {
    "floor": f"{GUNICORN} benchmarks.floor:application",
    # What the code costs apart from the server: the floor on the server of Certkeep.
    "floor on granian": (
        "granian --interface wsgi --http 1 --workers 2 --blocking-threads 4 --no-ws --no-access-log"
        " --host 127.0.0.1 --port $PORT benchmarks.floor:application"
    ),
    "stock": f"{GUNICORN} benchmarks.stock.wsgi",
    "fastapi": (
        "uvicorn --workers 2 --host 127.0.0.1 --port $PORT --no-access-log"
        " --log-level warning benchmarks.fastapi_app:app"
    ),
    "certkeep": "python -m config.server",
}


class Server:
    """A running web server."""

    def __init__(self, url: str, process: subprocess.Popen[bytes]) -> None:
        self.url, self.process = url, process

    def cpu_seconds(self) -> float:
        """What its processes have spent, in user and system mode."""
        return _cpu_seconds(lambda stat: int(stat[3]) == self.process.pid)


def postgres_cpu_seconds() -> float:
    """What PostgreSQL on this machine has spent; it does not count connections that have ended."""
    return _cpu_seconds(lambda stat: stat[-1] == "postgres")


def _cpu_seconds(is_meant: Callable[[list[str]], bool]) -> float:
    spent = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            text = (folder / "stat").read_text()
            name = text[text.index("(") + 1 : text.rindex(")")]
            # From the state on; the session is the fourth.
            if is_meant([*text[text.rindex(")") + 2 :].split(), name]):
                threads = [(task / "schedstat").read_text() for task in folder.glob("task/*")]
                # The first figure is nanoseconds on a processor; ticks would be too coarse.
                spent += sum(int(thread.split()[0]) for thread in threads)
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile
    return spent / 1e9


@contextmanager
def served(database_url: str, command: str, **more: str) -> Iterator[Server]:
    """A server started by `command`, which reads its port from PORT, once it accepts requests."""
    port = free_port()
    path = f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"
    settings = {"PORT": str(port), "PATH": path, "PYTHONPATH": str(ROOT), **more}
    server = subprocess.Popen(  # noqa: S602 (the command line of a benchmark)
        f"exec {command}",
        shell=True,
        cwd=ROOT,
        env=environment(database_url, **settings),
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            if server.poll() is not None:
                raise SystemExit(f"{command} ended with {server.returncode}.")
            try:
                urllib.request.urlopen(f"{url}/livez", timeout=1).close()  # noqa: S310 (loopback)
                break
            except urllib.error.HTTPError:
                break
            except OSError:
                time.sleep(0.1)
        yield Server(url, server)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()
