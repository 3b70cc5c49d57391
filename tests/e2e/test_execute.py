"""A check that was asked for through the API, from the request to the mails."""

from __future__ import annotations

from tests.e2e.conftest import NewStack
from tests.e2e.smtp import MailServer


def test_execute_sends_each_mentor_one_mail_and_the_coordinator_one_digest(
    new_stack: NewStack, mail_server: MailServer
) -> None:
    stack = new_stack(mail_server)
    stack.shell(
        "from tests.e2e import seed\n"
        "seed.mentors(2, prefix='en', days_left=5, organisation='oslo')\n"
        "seed.mentors(1, prefix='nb', days_left=20, language='nb', organisation='oslo')\n"
        "seed.mentors(1, prefix='late', days_left=-3)\n"
        "seed.mentors(1, prefix='later', days_left=200)\n"
        "seed.coordinator('oslo', 'cora@example.org')\n"
    )
    stack.start_web()
    stack.start_worker()
    job = stack.create_job()

    run = stack.ended_run(job, stack.execute(job))

    assert run["status"] == "success"
    assert run["result"] == {"mentors_checked": 5, "reminders_sent": 4, "errors": 0}
    assert run["completed_at"] >= run["started_at"]
    assert mail_server.recipients == {
        "en-000@example.org": 1,
        "en-001@example.org": 1,
        "nb-000@example.org": 1,
        "late-000@example.org": 1,
        "cora@example.org": 1,
    }
    for mail in mail_server.mails:
        assert mail.message.get_content_type() == "multipart/alternative"
        assert mail.text("plain").strip()
        assert "<html" in mail.text("html")
        assert mail.message["Auto-Submitted"] == "auto-generated"
        assert mail.message["Date"]
        # A reminder is no newsletter: it has no list to leave.
        assert mail.message["List-Unsubscribe"] is None
    assert set(mail_server.message_ids.values()) == {1}
    mails = {mail.recipient: mail for mail in mail_server.mails}
    english, norwegian = mails["en-000@example.org"], mails["nb-000@example.org"]
    assert "First aid expires in 5 days" in english.message["Subject"]
    assert '<html lang="en">' in english.text("html")
    assert '<html lang="nb">' in norwegian.text("html")
    assert "expires" not in norwegian.message["Subject"]
    assert "20 dager" in norwegian.message["Subject"]
    assert "has expired" in mails["late-000@example.org"].message["Subject"]
    digest = mails["cora@example.org"].text("plain")
    assert all(f"Mentor {name}" in digest for name in ("en-000", "en-001", "nb-000"))
    assert "late-000" not in digest


def test_a_second_run_finds_nothing_left_to_send(
    new_stack: NewStack, mail_server: MailServer
) -> None:
    stack = new_stack(mail_server)
    stack.shell("from tests.e2e import seed; seed.mentors(3, organisation='oslo')")
    stack.start_web()
    stack.start_worker()
    job = stack.create_job()
    stack.ended_run(job, stack.execute(job))

    run = stack.ended_run(job, stack.execute(job))

    assert run["result"] == {"mentors_checked": 3, "reminders_sent": 0, "errors": 0}
    assert set(mail_server.recipients.values()) == {1}


def test_a_dry_run_says_what_is_due_and_changes_nothing(
    new_stack: NewStack, mail_server: MailServer
) -> None:
    stack = new_stack(mail_server)
    stack.shell(
        "from tests.e2e import seed; seed.mentors(3); seed.mentors(2, prefix='x', days_left=-1)"
    )
    stack.start_web()
    stack.start_worker()
    job = stack.create_job()

    run = stack.ended_run(job, stack.execute(job, dry_run=True))

    assert run["status"] == "success"
    assert run["result"] == {
        "mentors_checked": 5,
        "reminders_sent": 0,
        "errors": 0,
        "reminders_due": 5,
    }
    assert mail_server.connections == 0
    overdue = stack.get("/api/v1/certification-records/x-000").body
    assert overdue["status"] == "active"
