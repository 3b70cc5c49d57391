"""GET one while a check runs: `python -m benchmarks.answering [SIZE] [DUE]`.

Two clients ask without pause, first of an idle machine, then while a worker plans and sends.
"""

from __future__ import annotations

import sys
import tempfile
import time

import psycopg
from aiosmtpd.controller import Controller

from benchmarks.database import filled_database, manage
from benchmarks.load import Figures, measure
from benchmarks.network import free_port
from benchmarks.planning import SPREAD
from benchmarks.sending import RING, SlowSink, working
from benchmarks.servers import COMMANDS, Server, served
from benchmarks.works import GET_ONE, RECORDS, Work

SIZE, DUE = 100_000, 10_000
CLIENTS = 2
SECONDS = 8
TIMEOUT_SECONDS = 60


def ask(server: Server, size: int) -> Figures:
    work = Work("GET one", f"{RECORDS}/mentor-1", GET_ONE)
    script = work.lua(size=size, token="", number=0)
    return measure(server, work.path, SECONDS, script, connections=CLIENTS)


def main(size: int, due: int) -> None:
    sink, port = SlowSink(), free_port()
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        with filled_database(size) as url, tempfile.TemporaryDirectory() as folder:
            with psycopg.connect(url, autocommit=True) as database:
                database.execute(SPREAD.format(step=size // due))
                database.execute("VACUUM ANALYZE")
            settings = {
                "EMAIL_URL": f"smtp://127.0.0.1:{port}",
                "DEFAULT_FROM_EMAIL": "bench@example.org",
                "CELERY_BROKER_URL": "filesystem://localhost",
                "VAR_DIR": folder,
            }
            with served(url, COMMANDS["certkeep"]) as server, working(url, 2, **settings):
                ask(server, size)
                idle = ask(server, size)
                manage(url, "shell", "--verbosity", "0", "-c", RING, **settings)
                stop_at = time.perf_counter() + TIMEOUT_SECONDS
                while not sink.taken and time.perf_counter() < stop_at:
                    time.sleep(0.05)
                before = len(sink.taken)
                busy = ask(server, size)
                sent = len(sink.taken) - before
    finally:
        controller.stop()
    if not sent:
        raise SystemExit("No mail went out meanwhile.")
    for name, figures in (("idle", idle), ("check", busy)):
        print(
            f"{name:<8}{figures.rate:8.0f}/s  p50 {figures.p50:6.2f} ms  p99 {figures.p99:6.2f} ms"
        )
    print(
        f"p99 {busy.p99 / idle.p99:.2f} times the idle one, {sent / SECONDS:.0f} mails/s meanwhile"
    )


if __name__ == "__main__":
    numbers = [int(text) for text in sys.argv[1:]]
    main(*(numbers + [SIZE, DUE][len(numbers) :]))
