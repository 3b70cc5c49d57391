"""A wall clock that a test sets for the processes of a stack."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

#: So long before a full minute `Minutes` sets its clock.
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

    def set_ahead(self, seconds: float) -> None:
        draft = self._file.with_suffix(".new")
        draft.write_text(f"{seconds}", encoding="ascii")
        draft.replace(self._file)  # whoever reads it meets a whole number
        time.sleep(SECONDS_TO_FOLLOW)


class Minutes:
    """The stack's clock, which is set forward so that full minutes come soon."""

    def __init__(self, clock: WallClock) -> None:
        self.clock = clock
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def set_shortly_before_the_next(self) -> datetime:
        """The full minute that now lies `SECONDS_BEFORE` ahead."""
        minute = self.now().replace(second=0, microsecond=0) + timedelta(minutes=1)
        if minute - self.now() < timedelta(seconds=SECONDS_BEFORE):
            minute += timedelta(minutes=1)
        self.ahead += minute - timedelta(seconds=SECONDS_BEFORE) - self.now()
        self.clock.set_ahead(self.ahead.total_seconds())
        return minute

    def sleep_until(self, moment: datetime) -> None:
        time.sleep(max((moment - self.now()).total_seconds(), 0))
