"""Workers killed, messages lost: nothing acknowledged is lost, nothing sent twice."""

from __future__ import annotations

from tests.e2e.conftest import NewStack
from tests.e2e.smtp import MailServer
from tests.e2e.stack import SENDERS
from tests.faults.backends import on_services


def test_a_worker_killed_in_the_middle_of_2000_reminders_loses_none(
    new_stack: NewStack, mail_server: MailServer, backend: str
) -> None:
    reminders = 2000 if backend == "services" else 500
    mail_server.behaviour.seconds_per_mail = 0.005
    stack = new_stack(mail_server, RUN_LEASE_SECONDS="5", SWEEP_SECONDS="2")
    stack.shell(f"from tests.e2e import seed; seed.mentors({reminders})")
    stack.start_web()
    stack.start_worker()
    job = stack.create_job()

    run_id = stack.execute(job)
    stack.wait_until(
        lambda: len(mail_server.mails) >= reminders // 3, timeout_s=60, what="a third of the run"
    )
    stack.kill9("worker")
    assert len(mail_server.mails) < reminders
    stack.purge_broker()
    stack.start_worker("next-worker")
    stack.start_beat()
    killed = stack.ended_run(job, run_id)
    stack.execute(job)
    stack.wait_until(
        lambda: stack.runs(job)[0]["status"] != "running", timeout_s=90, what="the next run"
    )

    assert killed["status"] == "failed"
    last = stack.runs(job)[0]
    assert last["status"] == "success"
    assert len(mail_server.recipients) == reminders
    assert len(mail_server.message_ids) == reminders
    assert len(mail_server.mails) <= reminders + SENDERS
    sent = sum(run["result"]["reminders_sent"] for run in stack.runs(job))
    assert sent == reminders


@on_services
def test_a_worker_killed_and_replaced_at_once_goes_on_with_the_same_run(
    new_stack: NewStack, mail_server: MailServer
) -> None:
    mail_server.behaviour.seconds_per_mail = 0.02
    # Three batches wait in the broker while two are lost with the worker.
    stack = new_stack(mail_server, RUN_LEASE_SECONDS="5", SWEEP_SECONDS="2")
    stack.shell("from tests.e2e import seed; seed.mentors(250)")
    stack.start_web()
    stack.start_worker()
    job = stack.create_job()

    run_id = stack.execute(job)
    stack.wait_until(lambda: len(mail_server.mails) >= 20, timeout_s=60, what="the first mails")
    stack.kill9("worker")
    stack.start_worker("next-worker")
    stack.start_beat()
    run = stack.ended_run(job, run_id)
    if run["status"] == "failed":
        run = stack.ended_run(job, stack.execute(job))

    assert run["status"] == "success"
    assert len(mail_server.recipients) == 250
    assert len(mail_server.message_ids) == 250
    assert len(mail_server.mails) <= 250 + SENDERS


def test_a_run_whose_message_was_lost_is_rung_for_again(
    new_stack: NewStack, mail_server: MailServer
) -> None:
    stack = new_stack(mail_server, SWEEP_SECONDS="2")
    stack.shell("from tests.e2e import seed; seed.mentors(3)")
    stack.start_web()
    job = stack.create_job()

    run_id = stack.execute(job)
    stack.purge_broker()
    stack.start_worker()
    stack.start_beat()
    run = stack.ended_run(job, run_id)

    assert (run["status"], run["result"]["reminders_sent"]) == ("success", 3)
    assert set(mail_server.recipients.values()) == {1}


@on_services
def test_a_run_waits_in_the_broker_for_the_next_worker(
    new_stack: NewStack, mail_server: MailServer
) -> None:
    stack = new_stack(mail_server)
    stack.shell("from tests.e2e import seed; seed.mentors(3)")
    stack.start_web()
    stack.start_worker()
    job = stack.create_job()

    stack.kill9("worker")
    run_id = stack.execute(job)
    stack.start_worker("next-worker")
    run = stack.ended_run(job, run_id)

    assert (run["status"], run["result"]["reminders_sent"]) == ("success", 3)
    assert set(mail_server.recipients.values()) == {1}


def test_two_workers_share_300_reminders_and_send_each_once(
    new_stack: NewStack, mail_server: MailServer
) -> None:
    mail_server.behaviour.seconds_per_mail = 0.01
    stack = new_stack(mail_server)
    stack.shell("from tests.e2e import seed; seed.mentors(300)")
    stack.start_web()
    stack.start_worker("one")
    stack.start_worker("two")
    for name in ("one", "two"):
        stack.wait_until_ready(name)
    job = stack.create_job()

    run = stack.ended_run(job, stack.execute(job))

    assert (run["status"], run["result"]["reminders_sent"]) == ("success", 300)
    assert len(mail_server.recipients) == 300
    assert set(mail_server.recipients.values()) == {1}
    # More senders than one worker has at once.
    assert mail_server.connections > SENDERS
