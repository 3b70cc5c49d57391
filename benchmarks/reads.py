"""Requests per second of reads: `python -m benchmarks.reads [SIZE]`."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.database import ROOT, environment, filled_database
from benchmarks.network import free_port

SECONDS = int(os.environ.get("BENCH_SECONDS", "10"))
CONNECTIONS = 16
GUNICORN = "gunicorn --config python:config.gunicorn config.wsgi"


@contextmanager
def served(database_url: str, command: str) -> Iterator[str]:
    """The URL of a web server started by `command`, which reads its port from PORT."""
    port = free_port()
    path = f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"
    server = subprocess.Popen(  # noqa: S602 (the command line of a benchmark)
        f"exec {command}",
        shell=True,
        cwd=ROOT,
        env=environment(database_url, PORT=str(port), PATH=path),
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(100):
            try:
                urllib.request.urlopen(f"{url}/livez", timeout=1).close()  # noqa: S310 (loopback)
                break
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        yield url
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()


def measure(url: str, *options: str) -> str:
    """wrk's figures for one URL: requests per second, median and 99th percentile.

    `options` are more of wrk's own: a script that says what to send.
    """
    command = ["wrk", "-t2", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--latency", *options, url]
    output = subprocess.run(  # noqa: S603 (our own command line)
        command, capture_output=True, text=True, check=True
    ).stdout
    rate, median, tail = (
        re.findall(pattern, output)[0]
        for pattern in (r"Requests/sec:\s+(\S+)", r"\s50%\s+(\d\S+)", r"\s99%\s+(\d\S+)")
    )
    failed = re.findall(r"Non-2xx or 3xx responses: (\d+)", output)
    return f"{rate:>8}/s  p50 {median:>8}  p99 {tail:>8}{f'  FAILED {failed[0]}' if failed else ''}"


def main(size: int, commands: list[str]) -> None:
    paths = {
        "GET list": "/api/v1/certification-records",
        "GET one": f"/api/v1/certification-records/mentor-{size // 2}",
        "GET expiring": "/api/v1/certification-records/expiring",
    }
    with filled_database(size) as database_url:
        for command in commands:
            print(f"{size} certifications, {CONNECTIONS} connections, {command}")
            with served(database_url, command) as url:
                for name, path in paths.items():
                    urllib.request.urlopen(url + path).close()  # noqa: S310 (loopback)
                    print(f"  {name:<14}{measure(url + path)}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, sys.argv[2:] or [GUNICORN])
