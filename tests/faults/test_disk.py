"""Full disks on the embedded default: refused is refused, and work goes on when there is room."""

from __future__ import annotations

import shutil

import pytest

from tests.e2e.conftest import NewStack
from tests.e2e.smtp import MailServer
from tests.e2e.stack import JOBS, Stack
from tests.faults.disk import mounted_disk
from tests.faults.writers import RECORDS, assert_is_503, new_record

pytestmark = pytest.mark.parametrize("backend", ["embedded"], indirect=True)

MENTORS = 20


def certifications(stack: Stack) -> int:
    answer = stack.get(f"{RECORDS}?limit=1")
    assert answer.status == 200, answer.text
    return int(answer.body["pagination"]["total"])


def test_a_full_disk_of_messages_fails_the_run_and_nothing_else(
    new_stack: NewStack, mail_server: MailServer
) -> None:
    stack = new_stack(mail_server, SWEEP_SECONDS="2")
    stack.shell(f"from tests.e2e import seed; seed.mentors({MENTORS})")
    with mounted_disk(stack.var_dir / "broker", kilobytes=64) as disk:
        stack.start_web()
        stack.start_worker()
        stack.start_beat()
        job = stack.create_job()
        stack.wait_until_ready("worker")
        stack.wait_until_ready("beat")

        disk.fill()
        refused = stack.api("POST", f"{JOBS}/{job}/execute", {})
        written = stack.api("POST", RECORDS, new_record(1))
        failed = stack.runs(job)
        left = [path.name for path in (disk.folder / "queue").iterdir() if ".part" in path.name]
        stack.wait_until(
            lambda: "Cannot add" in stack.log("beat"), timeout_s=20, what="a ring that fails"
        )
        disk.make_room()
        run = stack.ended_run(job, stack.execute(job))
        sweeps = stack.log("beat").count("certkeep: sweep")
        stack.wait_until(
            lambda: stack.log("beat").count("certkeep: sweep") > sweeps, timeout_s=20, what="sweeps"
        )

        assert refused.status == 503, refused.text
        assert refused.headers["Content-Type"] == "application/problem+json"
        assert [each["status"] for each in failed] == ["failed"]
        assert left == []
        assert written.status == 201, written.text
        assert (run["status"], run["result"]["reminders_sent"]) == ("success", MENTORS)
        assert set(mail_server.recipients.values()) == {1}
        assert stack.processes["beat"].exit_code is None
        assert stack.processes["worker"].exit_code is None
        stack.close()


def test_a_full_disk_of_the_database_refuses_writes_and_loses_none(new_stack: NewStack) -> None:
    stack = new_stack()
    stack.shell("from tests.e2e import seed; seed.mentors(1)")
    aside = stack.folder / "aside"
    shutil.copytree(stack.var_dir, aside)
    with mounted_disk(stack.var_dir, kilobytes=16 * 1024) as disk:
        shutil.copytree(aside, stack.var_dir, dirs_exist_ok=True)
        stack.start_web()
        before = certifications(stack)

        disk.fill()
        answers = [stack.api("POST", RECORDS, new_record(number)) for number in range(40)]
        disk.make_room()
        after = certifications(stack)
        last = stack.api("POST", RECORDS, new_record(99))

        acknowledged = sum(answer.status == 201 for answer in answers)
        assert {answer.status for answer in answers} <= {201, 503}
        assert acknowledged < len(answers)
        for answer in answers:
            if answer.status != 201:
                assert_is_503(answer)
        assert after == before + acknowledged
        assert last.status == 201, last.text
        assert certifications(stack) == after + 1
        stack.close()
