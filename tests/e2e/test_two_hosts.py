"""Two hosts that have the database and the broker in common, and no file."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import NewStack
from tests.e2e.smtp import MailServer

pytestmark = pytest.mark.parametrize("backend", ["services"], indirect=True)

RECORD = {
    "mentor_id": "m-1",
    "cert_type": "peer_mentor",
    "issued_at": "2026-03-01T00:00:00Z",
    "expires_at": "2099-03-01T00:00:00Z",
}
SHARED = ("DATABASE_URL", "CELERY_BROKER_URL", "CELERY_QUEUE", "SECRET_KEY")
RECORDS = "/api/v1/certification-records"


@pytest.mark.services
def test_one_host_serves_and_schedules_and_the_other_sends(
    new_stack: NewStack, mail_server: MailServer
) -> None:
    first = new_stack(mail_server)
    shared = {name: first.environment[name] for name in SHARED}
    second = new_stack(mail_server, **shared)
    first.shell("from tests.e2e import seed; seed.mentors(200)")
    for host in (first, second):
        host.start_web()
    first.start_beat()
    second.start_worker()
    second.wait_until_ready("worker")

    written = first.api("POST", RECORDS, RECORD)
    read = second.get(f"{RECORDS}/m-1")
    job = second.create_job()
    run = first.ended_run(job, first.execute(job))

    assert (written.status, read.status) == (201, 200)
    assert run["result"] == {"mentors_checked": 201, "reminders_sent": 200, "errors": 0}
    assert second.runs(job) == first.runs(job)
    assert len({mail.message_id for mail in mail_server.mails}) == 200
