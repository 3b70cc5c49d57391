"""What nobody foresaw is logged with its traceback, and with none of the secrets at hand.

The faults are real: a table that is away, and one that refuses the row. PostgreSQL shows
statements and rows with their values in such errors.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client, override_settings
from django_structlog.celery.receivers import CeleryReceiver
from rest_framework.test import APIClient
from structlog.stdlib import ProcessorFormatter

from certificates.models import Tenant
from certificates.webhooks.models import WebhookEndpoint, WebhookSecret
from certificates.webhooks.tasks import deliver
from certifications.models import CalendarFeed
from config.accounts import issue_token
from config.logs import configure_logging
from tests.conftest import client_of
from tests.factories import TenantFactory
from tests.webhooks.factories import WebhookDeliveryFactory, WebhookEndpointFactory

#: Stands in everything that a caller keeps secret.
SECRET = "correct-horse-battery-staple"  # pragma: allowlist secret

#: SQLite says of a table that is away what it says of a database that does not answer.
BROKEN = (500, 503)

pytestmark = pytest.mark.django_db


Log = Callable[[], str]


@pytest.fixture(autouse=True)
def _rolled_back(db: None) -> Iterator[None]:
    """No test leaves a transaction that anything else could be asked in."""
    yield
    transaction.set_rollback(True)


@pytest.fixture(params=["json", "console"])
def log(request: pytest.FixtureRequest, capfd: pytest.CaptureFixture[str]) -> Iterator[Log]:
    """Gives what all loggers said at the level of DEBUG, and what was written past them."""
    configured = configure_logging(format=request.param, level="DEBUG", coloured=False)
    formatter = {**configured["formatters"]["line"]}
    formatter.pop("()")
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(ProcessorFormatter(**formatter))
    handler.addFilter(lambda record: not record.name.startswith("factory"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel("DEBUG")
    yield lambda: lines.getvalue() + capfd.readouterr().err
    root.setLevel(level)
    root.removeHandler(handler)


def take_away(model: Any) -> None:
    """No statement finds the table from now on."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER TABLE "{table}" RENAME TO "{table}_away"')


def refuse_rows(model: Any) -> None:
    """The table takes no row from now on, whether new or changed."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # What waits to be checked at the end of the transaction stands in the way.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f'ALTER TABLE "{table}" ADD CONSTRAINT refused CHECK (false) NOT VALID')
            return
        for verb in ("INSERT", "UPDATE"):
            cursor.execute(
                f"CREATE TRIGGER refuse_{verb} BEFORE {verb} ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'refused'); END"
            )


def assert_tells_nothing(said: str, *secrets: str) -> None:
    assert "Traceback" in said
    database = str(settings.DATABASES["default"].get("PASSWORD") or SECRET)
    for secret in (SECRET, settings.SECRET_KEY, database, *secrets):
        assert secret not in said


def test_an_endpoint_that_could_not_be_kept(log: Log) -> None:
    token = issue_token(account="hr", roles=["system"], valid_for=timedelta(days=1))
    tenant: Tenant = TenantFactory.create()
    refuse_rows(WebhookEndpoint)
    client = APIClient(raise_request_exception=False)

    answer = client.post(
        "/v2/webhook-endpoint/create",
        {
            "tenant_id": str(tenant.pk),
            "name": "HR",
            "url": f"https://example.com/{SECRET}",
            "events": ["CERTIFICATE::CREATE"],
            "headers": {"X-Key": SECRET},
        },
        HTTP_AUTHORIZATION=f"Bearer {token}",
    )

    assert answer.status_code == 500
    assert_tells_nothing(log(), token)


def test_a_signing_secret_that_could_not_be_kept(log: Log) -> None:
    endpoint = WebhookEndpointFactory.create()
    client = client_of("hr", "system")
    refuse_rows(WebhookSecret)
    client.raise_request_exception = False

    answer = client.post(f"/v2/webhook-endpoint/rotate-secret/{endpoint.pk}", {})

    assert answer.status_code == 500
    assert_tells_nothing(log(), "whsec_")


def test_a_login_that_broke(log: Log) -> None:
    take_away(User)

    answer = Client(raise_request_exception=False).post(
        "/admin/login/", {"username": "boss", "password": SECRET}
    )

    assert answer.status_code in BROKEN
    assert_tells_nothing(log())


def test_a_calendar_that_broke(log: Log) -> None:
    take_away(CalendarFeed)

    answer = Client(raise_request_exception=False).get(f"/calendar/{SECRET}.ics")

    assert answer.status_code in BROKEN
    assert_tells_nothing(log())


@pytest.mark.parametrize("host", ["testserver", "nobody.example.org"])
def test_a_secret_address_that_no_view_was_asked_for(log: Log, host: str) -> None:
    """Answered before its route was looked for: led to https, or at a host that is none of ours."""
    with override_settings(SECURE_SSL_REDIRECT=True):
        answer = Client().get(f"/calendar/{SECRET}.ics", SERVER_NAME=host)

    assert answer.status_code in (301, 400)
    said = log()
    assert "request_finished" in said
    assert SECRET not in said


def test_a_secret_address_that_is_misspelt(log: Log) -> None:
    token = 2 * SECRET

    assert Client().get(f"/calendar/{token}.ics/").status_code == 404
    said = log()
    assert "request_finished" in said
    assert token not in said


def test_a_task_that_crashed(log: Log, settings: Any) -> None:
    settings.WEBHOOK_ALLOW_HTTP = True
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    worker = CeleryReceiver()
    worker.connect_worker_signals()
    WebhookDeliveryFactory.create(endpoint__headers={"Authorization": f"Bearer {SECRET}"})
    refuse_rows(WebhookEndpoint)

    deliver.apply(throw=False)

    said = log()
    assert "task_failed" in said
    assert_tells_nothing(said, "whsec_")
