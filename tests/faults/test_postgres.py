"""PostgreSQL restarted as by a crash, while clients write and a worker sends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import NewStack
from tests.e2e.databases import ServiceDatabases, make_database
from tests.e2e.smtp import MailServer
from tests.e2e.stack import SENDERS
from tests.faults.cluster import IS_INSTALLED, Cluster, running_cluster
from tests.faults.writers import Writers

pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(not IS_INSTALLED, reason="PostgreSQL's initdb and pg_ctl are not here"),
]
MAILS = 300


@pytest.fixture
def backend() -> str:
    return "services"


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with running_cluster() as made:
        yield made


@pytest.fixture
def databases(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> ServiceDatabases:
    """Databases on that server; they go with it."""
    monkeypatch.setenv("DATABASE_URL", cluster.url)
    folder = tmp_path / "databases"
    folder.mkdir()
    return ServiceDatabases(make_database(cluster.url, folder))


def test_a_restart_under_load_loses_nothing_and_everyone_recovers(
    new_stack: NewStack, cluster: Cluster, mail_server: MailServer
) -> None:
    mail_server.behaviour.seconds_per_mail = 0.02
    stack = new_stack(mail_server, RUN_LEASE_SECONDS="5", SWEEP_SECONDS="2")
    stack.shell(
        "from tests.e2e import seed; seed.mentors(400, days_left=200); "
        f"seed.mentors({MAILS}, prefix='due')"
    )
    stack.start_web()
    stack.start_worker()
    stack.start_beat()
    job = stack.create_job()
    run_id = stack.execute(job)
    stack.wait_until(lambda: len(mail_server.mails) >= 30, timeout_s=30, what="the first mails")
    writers = Writers(stack, writes=400, threads=4)

    writers.start()
    writers.wait_for_answers(50)
    cluster.restart_at_once()
    writers.finish()
    run = stack.ended_run(job, run_id)
    if run["status"] == "failed":
        run = stack.ended_run(job, stack.execute(job))

    assert writers.unanswered == []
    writers.assert_refusals_are_503()
    assert len(writers.acknowledged) > 50
    writers.assert_nothing_is_lost(may_refused_be_there=True)
    assert run["status"] == "success"
    assert len(mail_server.recipients) == len(mail_server.message_ids) == MAILS
    assert len(mail_server.mails) <= MAILS + SENDERS
    assert stack.processes["worker"].exit_code is None
    assert stack.processes["beat"].exit_code is None
