"""The mail about an endpoint that was switched off."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.mail import EmailMessage

from certificates.webhooks import tasks
from certificates.webhooks.models import DisabledReason, WebhookEndpoint
from tests.webhooks.conftest import Clock
from tests.webhooks.factories import NOW, AdminFactory, WebhookEndpointFactory

pytestmark = pytest.mark.django_db


def switched_off(**fields: object) -> WebhookEndpoint:
    """An endpoint that was switched off just now, the mail about it due."""
    values: dict[str, object] = {
        "enabled": False,
        "name": "ERP",
        "url": "https://erp.example/hook?key=secret",
        "disabled_at": NOW,
        "disabled_reason": DisabledReason.FAILING,
        "failing_since": NOW - timedelta(days=5),
        "notice_due_at": NOW,
        "tenant__name": "Acme",
    }
    return WebhookEndpointFactory.create(**(values | fields))


def test_the_tenants_admins_are_told_once(clock: Clock, mailoutbox: list[EmailMessage]) -> None:
    endpoint = switched_off()
    AdminFactory.create(tenant=endpoint.tenant, account__email="ada@acme.example")
    AdminFactory.create(tenant=endpoint.tenant, account__email="")
    AdminFactory.create(tenant=endpoint.tenant, account__is_active=False)
    AdminFactory.create(tenant=endpoint.tenant, is_admin=False)
    AdminFactory.create()

    tasks.sweep()
    tasks.send_notices()
    clock.advance(days=1)
    tasks.sweep()

    (mail,) = mailoutbox
    assert mail.to == ["ada@acme.example"]
    assert mail.subject == "The webhook endpoint ERP was switched off"
    assert "No message has reached its receiver since 21 March 2026." in mail.body
    assert "https://erp.example/hook" in mail.body
    assert "secret" not in str(mail.message())
    assert mail.extra_headers["Message-ID"].startswith(f"<webhook-endpoint-{endpoint.pk}-2026")


def test_the_mail_is_in_the_tenants_language(clock: Clock, mailoutbox: list[EmailMessage]) -> None:
    endpoint = switched_off(tenant__language="nb", disabled_reason=DisabledReason.GONE)
    AdminFactory.create(tenant=endpoint.tenant)

    tasks.send_notices()

    (mail,) = mailoutbox
    assert mail.subject == "Webhook-endepunktet ERP er slått av"
    assert "410 Gone" in mail.body
    assert "Hei," in mail.body


def test_a_mail_server_that_is_away_gets_the_mail_later(
    clock: Clock, mailoutbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = switched_off()
    AdminFactory.create(tenant=endpoint.tenant)

    def refuse(self: object, messages: object) -> None:
        raise ConnectionRefusedError

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
        tasks.sweep()
    tasks.sweep()
    assert mailoutbox == []

    clock.advance(minutes=10)
    tasks.sweep()
    assert len(mailoutbox) == 1


def test_without_anyone_to_tell_nothing_stays_due(
    clock: Clock, mailoutbox: list[EmailMessage]
) -> None:
    endpoint = switched_off()

    tasks.sweep()

    endpoint.refresh_from_db()
    assert endpoint.notice_due_at is None
    assert mailoutbox == []


def test_a_mail_that_can_not_be_written_is_given_up_and_keeps_no_other_back(
    clock: Clock, mailoutbox: list[EmailMessage]
) -> None:
    poisoned = switched_off(notice_due_at=NOW - timedelta(seconds=1))
    AdminFactory.create(tenant=poisoned.tenant, account__email="ada@acme.example\r\n")
    sound = switched_off()
    AdminFactory.create(tenant=sound.tenant, account__email="bo@acme.example")

    tasks.send_notices()
    clock.advance(days=1)
    tasks.send_notices()

    assert [mail.to for mail in mailoutbox] == [["bo@acme.example"]]
    assert not WebhookEndpoint.objects.exclude(notice_due_at=None).exists()
