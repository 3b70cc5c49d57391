"""Deliveries per second of one worker: `python -m benchmarks.webhooks [EVENTS [ENDPOINTS]]`."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import tempfile
import threading
import time

import psycopg

from benchmarks.certificates import TENANT
from benchmarks.database import ROOT, environment, filled_database, manage
from benchmarks.network import free_port

SEED = """
INSERT INTO certificates_tenant
  (tenant_id, name, language, reminder_stages, expired_notice_days, created_at)
VALUES ('{tenant}', 'Tenant', 'en', '[]', 0, now());
"""
# Through the services, so that what is measured is what they write.
FILL = """
from django.db import transaction
from django.utils import timezone
from uuid import uuid4
from certificates.models import Tenant
from certificates.webhooks.services.endpoints import create_endpoint
from certificates.webhooks.services.outbox import NewEvent, record_events
tenant, now = Tenant.objects.get(), timezone.now()
for number in range({endpoints}):
    create_endpoint(tenant=tenant, name=f"Receiver {{number}}", now=now,
        url="http://127.0.0.1:{port}/", events=["CERTIFICATE::CREATE"])
body = {{"certificate_id": str(uuid4()), "name": "Forklift", "action_type": "TRAINING"}}
for _ in range(0, {events}, 500):
    with transaction.atomic():
        record_events(tenant=tenant, now=now, events=[
            NewEvent("CERTIFICATE::CREATE", uuid4(), body) for _ in range(min(500, {events}))])
"""


class Receiver(asyncio.Protocol):
    """Answers 204 to each request; counts them."""

    count = 0
    first = last = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]
        self.buffer = b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end].lower()
            length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
            if len(self.buffer) < end + 4 + length:
                return
            self.buffer = self.buffer[end + 4 + length :]
            self.transport.write(b"HTTP/1.1 204 No Content\r\n\r\n")
            Receiver.count += 1
            Receiver.last = time.monotonic()
            Receiver.first = Receiver.first or Receiver.last


def receive(port: int) -> None:
    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(Receiver, "127.0.0.1", port)
        await server.serve_forever()

    threading.Thread(target=asyncio.run, args=(serve(),), daemon=True).start()


def main(events: int, endpoints: int) -> None:
    port = free_port()
    receive(port)
    with filled_database(1) as database_url, tempfile.TemporaryDirectory() as folder:
        settings = {
            "WEBHOOK_ALLOW_HTTP": "true",
            "WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
            "CELERY_BROKER_URL": "filesystem://localhost",
            "VAR_DIR": folder,
        }
        with psycopg.connect(database_url, autocommit=True) as database:
            database.execute(SEED.format(tenant=TENANT))
        fill = FILL.format(endpoints=endpoints, port=port, events=events)
        manage(database_url, "shell", "--verbosity", "0", "-c", fill, **settings)
        expected = -(-events // 500) * min(500, events) * endpoints
        command = [sys.executable, "-m", "celery", "--app", "config", "worker"]
        worker = subprocess.Popen(  # noqa: S603 (our own command line)
            [*command, "--concurrency", "1"],
            cwd=ROOT,
            env=environment(database_url, **settings),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            while Receiver.count < expected:
                time.sleep(0.1)
        finally:
            worker.send_signal(signal.SIGTERM)
            worker.wait()
        seconds = Receiver.last - Receiver.first
        print(
            f"{expected} deliveries to {endpoints} endpoints by one worker process: "
            f"{seconds:.1f} s, {expected / seconds:.0f}/s"
        )


if __name__ == "__main__":
    main(*(int(word) for word in [*sys.argv[1:], "5000", "1"][:2]))
