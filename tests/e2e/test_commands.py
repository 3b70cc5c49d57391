"""`manage.py check_expiry`, from the shell and without any worker."""

from __future__ import annotations

from tests.e2e.conftest import NewStack
from tests.e2e.smtp import MailServer


def test_check_expiry_sends_and_prints_its_figures_on_plain_lines(
    new_stack: NewStack, mail_server: MailServer
) -> None:
    stack = new_stack(mail_server)
    stack.shell("from tests.e2e import seed; seed.mentors(3)")

    result = stack.manage("check_expiry")

    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == [
        "mentors_checked: 3",
        "reminders_sent: 3",
        "errors: 0",
        "run-0001: success",
    ]
    assert set(mail_server.recipients.values()) == {1}
    assert len(mail_server.recipients) == 3


def test_check_expiry_exits_with_1_and_names_what_failed(
    new_stack: NewStack, mail_server: MailServer
) -> None:
    mail_server.behaviour.refused = frozenset({"m-001@example.org"})
    stack = new_stack(mail_server)
    stack.shell("from tests.e2e import seed; seed.mentors(3)")

    result = stack.manage("check_expiry")

    assert result.returncode == 1
    assert "reminders_sent: 2\nerrors: 1\nrun-0001: partial\n" in result.stdout
    assert "m-001" in result.stderr
    assert "550 5.1.1 No such mailbox" in result.stderr
    assert "Traceback" not in result.stderr


def test_check_expiry_dry_run_changes_nothing(new_stack: NewStack, mail_server: MailServer) -> None:
    stack = new_stack(mail_server)
    stack.shell("from tests.e2e import seed; seed.mentors(3, days_left=-2)")

    result = stack.manage("check_expiry", "--dry-run")

    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == [
        "mentors_checked: 3",
        "reminders_sent: 0",
        "errors: 0",
        "reminders_due: 3",
        "run-0001: success",
    ]
    assert mail_server.connections == 0
    count = "from {0}.models import {1} as M; print(M.objects.filter({2}).count())"
    assert stack.shell(count.format("cron", "Reminder", "")) == "0"
    assert stack.shell(count.format("certifications", "Certification", "status='active'")) == "3"


def test_check_expiry_for_a_job_whose_run_is_going_on_fails_clearly(new_stack: NewStack) -> None:
    stack = new_stack()
    stack.start_web()
    job = stack.create_job()
    run_id = stack.execute(job)

    result = stack.manage("check_expiry", "--job", job)
    unknown = stack.manage("check_expiry", "--job", "cron-999")

    assert (result.returncode, unknown.returncode) == (1, 1)
    assert result.stdout == unknown.stdout == ""
    assert f"CommandError: {run_id} is going on." in result.stderr
    assert "CommandError: There is no job cron-999." in unknown.stderr
    assert "Traceback" not in result.stderr + unknown.stderr
    assert [run["run_id"] for run in stack.runs(job)] == [run_id]
