"""Web killed while clients write: what was answered is there, with its line of history."""

from __future__ import annotations

from tests.e2e.conftest import NewStack
from tests.faults.writers import Writers

WRITES = 200


def test_web_killed_during_200_writes_loses_nothing_that_it_answered(new_stack: NewStack) -> None:
    stack = new_stack()
    stack.shell(f"from tests.e2e import seed; seed.mentors({WRITES})")
    stack.start_web()
    writers = Writers(stack, writes=WRITES, threads=4)

    writers.start()
    writers.wait_for_answers(WRITES // 4)
    stack.kill9("web")
    writers.hold()
    stack.start_web()
    writers.go_on()
    writers.finish()

    assert writers.refused == []
    assert writers.unanswered
    writers.assert_nothing_is_lost()
