"""One run of a process at a time, and no ring lost."""

from __future__ import annotations

import threading
from typing import Protocol


class Run(Protocol):
    @property
    def is_woken(self) -> bool:
        """Whether somebody rang since it last looked."""

    def wake(self) -> None:
        """Look again soon."""


class Turnstile:
    """Lets one run in; whoever comes while it is inside wakes it instead."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside: Run | None = None

    def enter(self, run: Run) -> bool:
        """Whether it may begin; if not, the one inside was woken."""
        with self._lock:
            if self._inside is not None:
                self._inside.wake()
                return False
            self._inside = run
            return True

    def leave(self, run: Run) -> None:
        with self._lock:
            if self._inside is run:
                self._inside = None

    def leave_unless_woken(self, run: Run) -> bool:
        """Whether it has left. Nobody can ring between the question and the leaving."""
        with self._lock:
            if run.is_woken:
                return False
            if self._inside is run:
                self._inside = None
            return True
