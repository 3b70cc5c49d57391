"""Has the wall clock of a Python process follow the file that CLOCK_FILE names.

Python imports a module of this name at its start, where it is on the path. The monotonic clock is
left alone, as by an administrator who sets the time of a machine.
"""

from __future__ import annotations

import os
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import time_machine

FILE = Path(os.environ["CLOCK_FILE"])
LOOK_EVERY_SECONDS = 0.02
#: A step smaller than this is none.
PRECISION_SECONDS = 0.002

real_over_monotonic = time.time() - time.monotonic()
clock = time_machine.travel(datetime.now(UTC), tick=True).start()


def seconds_wrong() -> float:
    wanted = real_over_monotonic + time.monotonic() + float(FILE.read_text(encoding="ascii"))
    return wanted - time.time()


def follow() -> None:
    while True:
        if abs(wrong := seconds_wrong()) > PRECISION_SECONDS:
            clock.shift(wrong)
        time.sleep(LOOK_EVERY_SECONDS)


def follow_in_background() -> None:
    threading.Thread(target=follow, name="clock", daemon=True).start()


clock.shift(seconds_wrong())
follow_in_background()
# A fork takes no threads with it.
os.register_at_fork(after_in_child=follow_in_background)
