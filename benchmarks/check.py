"""The expiry check as a whole process: `python -m benchmarks.check [SIZE …]`."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from aiosmtpd.controller import Controller

from benchmarks.database import ROOT, environment, filled_database
from benchmarks.network import free_port


class Sink:
    """A mail server that counts what it takes."""

    def __init__(self) -> None:
        self.taken = 0

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:  # noqa: N802
        self.taken += 1
        return "250 OK"


def run_check(database_url: str, email_url: str, *arguments: str) -> tuple[float, float]:
    """Seconds and peak memory in MB of one `manage.py check_expiry`."""
    started = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 (our own command line)
        [sys.executable, "manage.py", "check_expiry", *arguments],
        cwd=ROOT,
        env=environment(database_url, EMAIL_URL=email_url, DEFAULT_FROM_EMAIL="bench@example.org"),
        stdout=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"check_expiry ended with {os.waitstatus_to_exitcode(status)}")
    return time.perf_counter() - started, usage.ru_maxrss / 1024


def main(sizes: list[int]) -> None:
    for size in sizes:
        sink = Sink()
        port = free_port()
        controller = Controller(sink, hostname="127.0.0.1", port=port)
        controller.start()
        email_url = f"smtp://127.0.0.1:{port}"
        try:
            with filled_database(size) as database_url:
                print(f"{size} certifications")
                for name, arguments in (
                    ("dry run", ["--dry-run"]),
                    ("1% due", []),
                    ("nothing due", []),
                ):
                    before = sink.taken
                    seconds, memory = run_check(database_url, email_url, *arguments)
                    mails = sink.taken - before
                    print(f"  {name:<12}{seconds:8.2f} s  {memory:6.0f} MB peak  {mails:6} mails")
        finally:
            controller.stop()


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [10_000, 100_000, 1_000_000])
