"""Brokers that are away or hold rubbish: the database knows what is to be done."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import NewStack
from tests.e2e.databases import base_environment
from tests.e2e.processes import Process, free_port
from tests.e2e.smtp import MailServer
from tests.e2e.stack import JOBS
from tests.faults.backends import on_services
from tests.faults.customer import IMPATIENT, Customer
from tests.webhooks.receiver import receiving

REDIS_SERVER = shutil.which("redis-server")


class OwnRedis:
    """A Redis for one test, which may take it away."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.process: Process | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        assert REDIS_SERVER
        options = ["--bind", "127.0.0.1", "--port", str(self.port), "--save", ""]
        self.process = Process(
            [REDIS_SERVER, *options], base_environment(self.folder), self.folder / "redis.log"
        )

    def kill9(self) -> None:
        if self.process is not None:
            self.process.kill9()
            self.process = None


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[OwnRedis]:
    server = OwnRedis(tmp_path)
    yield server
    server.kill9()


def test_without_the_broker_execute_is_a_503_and_its_run_failed(
    new_stack: NewStack, backend: str
) -> None:
    closed_port = free_port()
    settings = (
        {"CELERY_BROKER_URL": f"redis://127.0.0.1:{closed_port}/0"} if backend == "services" else {}
    )
    stack = new_stack(**settings)
    stack.start_web()
    job = stack.create_job()
    if backend == "embedded":
        stack.break_embedded_broker()

    answer = stack.api("POST", f"{JOBS}/{job}/execute", {"dry_run": False})

    assert answer.status == 503, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.body["status"] == 503
    assert [run["status"] for run in stack.runs(job)] == ["failed"]
    readiness = stack.get("/readyz")
    assert readiness.status == 503
    assert readiness.body["parts"]["database"] == "ok"
    assert readiness.body["parts"]["broker"] == "no answer"


@pytest.mark.parametrize("backend", ["embedded"], indirect=True)
def test_a_message_torn_by_a_crash_does_not_stop_the_worker(
    new_stack: NewStack, mail_server: MailServer
) -> None:
    stack = new_stack(mail_server)
    stack.shell("from tests.e2e import seed; seed.mentors(2)")
    stack.start_web()
    job = stack.create_job()
    # What a process that is killed while it writes a message leaves behind.
    queue = stack.var_dir / "broker" / "queue"
    (queue / "1_empty.celery.msg").touch()
    (queue / "2_half.celery.msg").write_text('{"body": "W1', encoding="utf-8")

    stack.start_worker()
    run = stack.ended_run(job, stack.execute(job), timeout_s=20)

    assert (run["status"], run["result"]["reminders_sent"]) == ("success", 2)
    assert stack.processes["worker"].exit_code is None


@pytest.mark.skipif(REDIS_SERVER is None, reason="redis-server is not installed here")
@on_services
def test_a_broker_away_for_20_seconds_and_empty_after_loses_nothing(
    new_stack: NewStack, mail_server: MailServer, own_redis: OwnRedis
) -> None:
    own_redis.start()
    mail_server.behaviour.seconds_per_mail = 0.02
    with receiving() as receiver:
        stack = new_stack(
            mail_server,
            **{**IMPATIENT, "CELERY_BROKER_URL": own_redis.url, "RUN_LEASE_SECONDS": "10"},
        )
        stack.shell("from tests.e2e import seed; seed.mentors(300)")
        customer = Customer(stack, receiver)
        stack.start_web()
        stack.start_worker()
        stack.start_beat()
        stack.wait_until_ready("worker")
        job, other_job = stack.create_job(), stack.create_job("other")

        run_id = stack.execute(job)
        stack.wait_until(lambda: len(mail_server.mails) >= 30, timeout_s=30, what="the first mails")
        own_redis.kill9()
        back_at = time.monotonic() + 20
        stack.wait_until(lambda: stack.get("/readyz").status == 503, timeout_s=20, what="not ready")
        refused = stack.api("POST", f"{JOBS}/{other_job}/execute", {})
        certificates = [customer.create() for _ in range(5)]
        time.sleep(max(back_at - time.monotonic(), 0))
        own_redis.start()
        stack.wait_until(lambda: stack.get("/readyz").status == 200, timeout_s=20, what="ready")
        run = stack.ended_run(job, run_id, timeout_s=90)
        if run["status"] == "failed":
            run = stack.ended_run(job, stack.execute(job), timeout_s=60)
        customer.wait_for_all_delivered()

        assert refused.status == 503, refused.text
        assert [each["status"] for each in stack.runs(other_job)] == ["failed"]
        assert run["status"] == "success"
        assert len(mail_server.recipients) == 300
        assert set(mail_server.recipients.values()) == {1}
        assert len(customer.ids_received) == len(receiver.requests) == len(certificates)
        customer.assert_sound()
