"""SQLite under many writers at once through the real web server."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import NewStack
from tests.faults.writers import Writers


@pytest.mark.parametrize("backend", ["embedded"], indirect=True)
def test_eight_writers_at_once_get_nothing_but_2xx_or_503(new_stack: NewStack) -> None:
    stack = new_stack(WEB_WORKERS="2", WEB_THREADS="4", SQLITE_BUSY_TIMEOUT_SECONDS="1")
    stack.shell("from tests.e2e import seed; seed.mentors(240)")
    stack.start_web()
    writers = Writers(stack, writes=240, threads=8)

    writers.start()
    writers.finish()

    assert writers.unanswered == []
    writers.assert_refusals_are_503()
    assert len(writers.acknowledged) > 120
    writers.assert_nothing_is_lost()
