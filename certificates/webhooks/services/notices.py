"""Mails to a tenant's admins: an endpoint of theirs was switched off, and why.

A notice is due at `notice_due_at`. Taking it moves that moment on, in one conditional UPDATE:
whoever changed the row sends the mail, and if that fails or the worker dies, it is due again then.
"""

from __future__ import annotations

import smtplib
from datetime import datetime, timedelta

import httpx
import structlog
from django.core.mail import EmailMultiAlternatives
from django.db import DatabaseError

from certificates.models.tenant import TenantMember
from certificates.webhooks.models import DisabledReason, WebhookEndpoint
from config.mail import compose_mail

logger = structlog.get_logger(__name__)

#: After this time a notice that was taken and not sent is due again.
RETRY = timedelta(minutes=10)


def send_due_notices(*, now: datetime) -> int:
    """Send the mails that are due, once each; returns how many went out."""
    due = WebhookEndpoint.objects.with_notice_due(now).select_related("tenant")
    return sum(_send(endpoint, now) for endpoint in due.order_by("notice_due_at"))


def _send(endpoint: WebhookEndpoint, now: datetime) -> bool:
    rows = WebhookEndpoint.objects.filter(pk=endpoint.pk)
    if not rows.filter(notice_due_at=endpoint.notice_due_at).update(notice_due_at=now + RETRY):
        return False
    message = None
    try:
        message = _compose(endpoint)
        if message is not None:
            message.send()
    except (smtplib.SMTPException, OSError) as error:
        logger.warning("mail_failed", endpoint_id=str(endpoint.pk), error=str(error))
        return False
    except DatabaseError:
        raise  # it is due again
    except Exception:
        # It can't be written, today or later; the notices after it can.
        logger.exception("mail_broke", endpoint_id=str(endpoint.pk))
        message = None
    rows.filter(notice_due_at=now + RETRY).update(notice_due_at=None)
    return message is not None


def _compose(endpoint: WebhookEndpoint) -> EmailMultiAlternatives | None:
    """The mail to the tenant's admins; None where nobody can get one."""
    admins = TenantMember.objects.filter(
        tenant=endpoint.tenant, is_admin=True, account__is_active=True
    )
    addresses = admins.exclude(account__email="").order_by("pk")
    recipients = list(addresses.values_list("account__email", flat=True))
    if not recipients or endpoint.disabled_at is None:
        return None
    return compose_mail(
        "webhooks/mail/endpoint_disabled",
        {
            "endpoint": endpoint,
            "address": httpx.URL(endpoint.url).copy_with(query=None),  # a query may be a secret
            "is_gone": endpoint.disabled_reason == DisabledReason.GONE,
        },
        recipients=recipients,
        language=endpoint.tenant.language,
        message_id_local=f"webhook-endpoint-{endpoint.pk}-{endpoint.disabled_at:%Y%m%d%H%M%S}",
    )
