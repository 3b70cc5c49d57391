"""Has the wall clock of a Python process follow the file that CLOCK_FILE names.

Python imports a module of this name at its start, where it is on the path. The monotonic clock is
left alone, as by an administrator who sets the time of a machine.
"""

from __future__ import annotations

import os
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import time_machine

FILE = Path(os.environ["CLOCK_FILE"])
LOOK_EVERY_SECONDS = 0.02


def seconds_ahead() -> float:
    return float(FILE.read_text(encoding="ascii"))


shown_ahead = seconds_ahead()
clock = time_machine.travel(datetime.now(UTC) + timedelta(seconds=shown_ahead), tick=True).start()


def follow() -> None:
    global shown_ahead
    while True:
        wanted = seconds_ahead()
        if wanted != shown_ahead:
            clock.shift(wanted - shown_ahead)
            shown_ahead = wanted
        time.sleep(LOOK_EVERY_SECONDS)


def follow_in_background() -> None:
    threading.Thread(target=follow, name="clock", daemon=True).start()


follow_in_background()
# A fork takes no threads with it.
os.register_at_fork(after_in_child=follow_in_background)
