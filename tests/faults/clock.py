"""A wall clock that a test sets for the processes of a stack."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

#: For what has to be ready when a minute is full.
SECONDS_BEFORE = 8.0
#: After so long, on a busy machine, every process shows the new time.
SECONDS_TO_FOLLOW = 0.5
FOLDER_ON_PATH = Path(__file__).parent / "set_clock"


class WallClock:
    """It shows so many `seconds_ahead` of the real time to every process that has `settings`."""

    def __init__(self, folder: Path, *, seconds_ahead: float = 0.0) -> None:
        self._file = folder / "clock"
        self.set_ahead(seconds_ahead)

    @property
    def settings(self) -> dict[str, str]:
        return {"PYTHONPATH": str(FOLDER_ON_PATH), "CLOCK_FILE": str(self._file)}

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.seconds_ahead)

    def set_ahead(self, seconds: float) -> None:
        self.seconds_ahead = seconds
        draft = self._file.with_suffix(".new")
        draft.write_text(f"{seconds}", encoding="ascii")
        draft.replace(self._file)  # whoever reads it meets a whole number
        time.sleep(SECONDS_TO_FOLLOW)

    def set_shortly_before_a_minute(self) -> datetime:
        """Set it forward, so that a full minute comes in `SECONDS_BEFORE`; returns that."""
        now = self.now()
        minute = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
        if (minute - now).total_seconds() < SECONDS_BEFORE:
            minute += timedelta(minutes=1)
        to_go = (minute - now).total_seconds() - SECONDS_BEFORE
        self.set_ahead(self.seconds_ahead + to_go)
        return minute

    def sleep_until(self, moment: datetime) -> None:
        time.sleep(max((moment - self.now()).total_seconds(), 0))
