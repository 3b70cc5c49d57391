"""Processes of the operating system that a test starts, watches and ends."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

REPOSITORY = Path(__file__).resolve().parents[2]
POLL_SECONDS = 0.1


def wait_until(condition: Callable[[], T], *, timeout_s: float, what: str = "") -> T:
    """The first truthy value of `condition`; fails the test after `timeout_s` seconds."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"Not within {timeout_s} s: {what or condition}; last: {value!r}")
        time.sleep(POLL_SECONDS)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Process:
    """A process in a group of its own, with its output in a file."""

    def __init__(self, command: list[str], environment: dict[str, str], log: Path) -> None:
        self.log = log
        with log.open("ab") as output:
            self._popen = subprocess.Popen(
                command,
                cwd=REPOSITORY,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def exit_code(self) -> int | None:
        """How it ended; None while it runs."""
        return self._popen.poll()

    def output(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def signal_group(self, number: signal.Signals) -> None:
        """Send a signal to the process and its children, as Ctrl-C in a terminal does."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process alone."""
        self._popen.send_signal(number)

    def wait(self, timeout_s: float) -> int:
        return self._popen.wait(timeout=timeout_s)

    def stop(self, timeout_s: float = 30) -> None:
        """End it in good order."""
        if self.exit_code is None:
            self._popen.terminate()
            self.wait(timeout_s)

    def kill9(self) -> None:
        """End the whole group at once, as when the machine fails."""
        self.signal_group(signal.SIGKILL)
        self.wait(10)


def processes_with(variable: str, value: str) -> list[int]:
    """The ids of running processes that have this variable in their environment."""
    wanted = f"{variable}={value}".encode()
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            is_zombie = ") Z " in (folder / "stat").read_text(errors="replace")
            variables = (folder / "environ").read_bytes().split(b"\0")
        except OSError:
            continue  # ended meanwhile
        if wanted in variables and not is_zombie:
            found.append(int(folder.name))
    return found


def end_processes_with(variable: str, value: str) -> None:
    """Kill what is left of the processes that were started with this variable."""
    for pid in processes_with(variable, value):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
