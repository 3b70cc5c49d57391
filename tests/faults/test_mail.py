"""Mail servers that refuse, put off, hang up or are away: what is sent, counted and made up for."""

from __future__ import annotations

import time

from tests.e2e.conftest import NewStack
from tests.e2e.smtp import Drop, MailServer
from tests.e2e.stack import SENDERS, Stack
from tests.faults.backends import on_services


def running_stack(
    new_stack: NewStack, mail_server: MailServer, *, mentors: int, **settings: str
) -> Stack:
    """A stack with a web, a worker, and as many mentors to remind."""
    stack = new_stack(mail_server, **settings)
    stack.shell(f"from tests.e2e import seed; seed.mentors({mentors})")
    stack.start_web()
    stack.start_worker()
    return stack


def figures(mentors: int, *, sent: int, errors: int = 0) -> dict[str, int]:
    return {"mentors_checked": mentors, "reminders_sent": sent, "errors": errors}


def one_each(mentors: int) -> dict[str, int]:
    """Recipients, where each of the first so many mentors got one mail."""
    return {f"m-{number:03d}@example.org": 1 for number in range(mentors)}


@on_services
def test_a_refused_address_is_an_error_and_keeps_nobody_else_from_a_mail(
    new_stack: NewStack, mail_server: MailServer
) -> None:
    mail_server.behaviour.refused = frozenset({"m-002@example.org"})
    stack = running_stack(new_stack, mail_server, mentors=5)
    job = stack.create_job()

    first = stack.ended_run(job, stack.execute(job))
    second = stack.ended_run(job, stack.execute(job))
    mail_server.behaviour.refused = frozenset()
    third = stack.ended_run(job, stack.execute(job))

    assert (first["status"], first["result"]) == ("partial", figures(5, sent=4, errors=1))
    # Refused for good: no check tries the mailbox again, nor counts it again.
    for later in (second, third):
        assert (later["status"], later["result"]) == ("success", figures(5, sent=0))
    reached = {address: 1 for address in one_each(5) if address != "m-002@example.org"}
    assert mail_server.recipients == reached
    assert mail_server.asked["m-002@example.org"] == 1


def test_a_server_that_is_too_busy_for_a_while_gets_all_mails_in_the_same_run(
    new_stack: NewStack, mail_server: MailServer
) -> None:
    # Four mails: the first round is refused as a whole, the second by half.
    mail_server.behaviour.busy_connections = 6
    stack = running_stack(new_stack, mail_server, mentors=4)
    job = stack.create_job()

    run = stack.ended_run(job, stack.execute(job))

    assert mail_server.behaviour.busy_connections == 0
    assert (run["status"], run["result"]) == ("success", figures(4, sent=4))
    assert mail_server.recipients == one_each(4)


@on_services
def test_mails_that_are_put_off_are_sent_in_the_same_run(
    new_stack: NewStack, mail_server: MailServer
) -> None:
    mail_server.behaviour.deferred_mails = 3
    stack = running_stack(new_stack, mail_server, mentors=4)
    job = stack.create_job()

    run = stack.ended_run(job, stack.execute(job))

    assert (run["status"], run["result"]) == ("success", figures(4, sent=4))
    assert mail_server.recipients == one_each(4)


def test_lost_connections_lose_no_mail_and_double_only_the_one_that_was_not_answered(
    new_stack: NewStack, mail_server: MailServer
) -> None:
    mail_server.behaviour.drops = {1: Drop.AFTER_RCPT, 3: Drop.DURING_DATA, 5: Drop.AFTER_DATA}
    stack = running_stack(new_stack, mail_server, mentors=8)
    job = stack.create_job()

    run = stack.ended_run(job, stack.execute(job))

    assert (run["status"], run["result"]) == ("success", figures(8, sent=8))
    assert len(mail_server.recipients) == 8
    assert sorted(mail_server.recipients.values()) == [1] * 7 + [2]
    # The second copy is known by its id, so that a mail program shows it once.
    assert sorted(mail_server.message_ids.values()) == [1] * 7 + [2]


@on_services
def test_what_a_server_that_is_away_did_not_get_is_sent_by_the_next_run(
    new_stack: NewStack, mail_server: MailServer
) -> None:
    stack = running_stack(new_stack, mail_server, mentors=6)
    job = stack.create_job()

    mail_server.go_away()
    first = stack.ended_run(job, stack.execute(job))
    mail_server.listen()
    second = stack.ended_run(job, stack.execute(job))

    assert (first["status"], first["result"]) == ("partial", figures(6, sent=0, errors=6))
    assert (second["status"], second["result"]) == ("success", figures(6, sent=6))
    assert mail_server.recipients == one_each(6)


@on_services
def test_a_server_that_goes_away_in_the_middle_and_comes_back_gets_the_rest_once(
    new_stack: NewStack, mail_server: MailServer
) -> None:
    mail_server.behaviour.seconds_per_mail = 0.02
    stack = running_stack(new_stack, mail_server, mentors=200, REMINDER_RETRY_SECONDS="1,1,2,2")
    job = stack.create_job()

    run_id = stack.execute(job)
    stack.wait_until(lambda: len(mail_server.mails) >= 40, timeout_s=30, what="the first mails")
    mail_server.go_away()
    time.sleep(2)
    mail_server.listen()
    run = stack.ended_run(job, run_id)

    assert (run["status"], run["result"]) == ("success", figures(200, sent=200))
    assert len(mail_server.recipients) == len(mail_server.message_ids) == 200
    assert len(mail_server.mails) <= 200 + SENDERS


def test_a_server_that_takes_two_seconds_a_mail_outlives_the_lease_and_gets_each_once(
    new_stack: NewStack, mail_server: MailServer
) -> None:
    """A batch takes longer than a run may be silent, and the sweep looks every second."""
    mail_server.behaviour.seconds_per_mail = 2
    stack = running_stack(
        new_stack, mail_server, mentors=8, RUN_LEASE_SECONDS="5", SWEEP_SECONDS="1"
    )
    stack.start_beat()
    job = stack.create_job()

    run = stack.ended_run(job, stack.execute(job))

    assert (run["status"], run["result"]) == ("success", figures(8, sent=8))
    assert mail_server.recipients == one_each(8)


@on_services
def test_a_certification_renewed_while_others_are_mailed_is_not_reminded_of(
    new_stack: NewStack, mail_server: MailServer
) -> None:
    mail_server.behaviour.seconds_per_mail = 0.4
    stack = running_stack(new_stack, mail_server, mentors=10)
    job = stack.create_job()

    run_id = stack.execute(job)
    stack.wait_until(lambda: mail_server.mails, timeout_s=20, what="the first mail")
    renewal = stack.api(
        "POST",
        "/api/v1/certification-records/m-009/renewals",
        {"renewed_at": "2026-01-01", "expires_at": "2099-01-01"},
    )
    run = stack.ended_run(job, run_id)

    assert renewal.status == 201, renewal.text
    assert (run["status"], run["result"]) == ("success", figures(10, sent=9))
    assert mail_server.recipients == one_each(9)
