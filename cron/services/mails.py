"""The mails themselves: text and HTML, in the reader's language."""

from __future__ import annotations

from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation

from certifications.models import EXPIRED_STAGE, CertificationStatus, Coordinator
from cron.models import CoordinatorDigest, DeliveryState, Reminder

#: Lines of a digest; the rest is counted.
DIGEST_LINES = 200


class Superseded(Exception):
    """What the reminder would say is no longer so."""


class NoAddress(Exception):
    """There is nobody to send to."""


def compose_reminder(reminder: Reminder) -> EmailMultiAlternatives:
    """The mail to the mentor. `Superseded`, or `NoAddress` where the mentor has none.

    The days it names are those that the stage's rule saw: counted from the date of the run.
    """
    certification = reminder.certification
    mentor = certification.mentor
    still_true = certification.expires_at == reminder.expires_at and certification.status in (
        CertificationStatus.ACTIVE,
        CertificationStatus.EXPIRED,
    )
    if not still_true:
        raise Superseded
    if not mentor.email:
        raise NoAddress
    context = {
        "mentor": mentor,
        "certification": certification,
        "type": certification.certification_type,
        "days": certification.days_until_expiry(reminder.run.started_at),
        "is_expired": reminder.stage == EXPIRED_STAGE,
        "coordinators": Coordinator.objects.filter(organisation=mentor.organisation_id),
    }
    return _compose("reminder", context, mentor.email, mentor.language, reminder.message_id_local)


def compose_digest(digest: CoordinatorDigest) -> EmailMultiAlternatives:
    """The mail to the coordinator: who was reminded, and who could not be."""
    coordinator = digest.coordinator
    reminders = digest.reminders()
    lines = [
        {
            "mentor": reminder.certification.mentor,
            "certification_type": reminder.certification.certification_type,
            "expires_at": reminder.expires_at,
            "is_sent": reminder.state == DeliveryState.SENT,
            "error": reminder.error,
        }
        for reminder in reminders[:DIGEST_LINES]
    ]
    total = reminders.count() if len(lines) == DIGEST_LINES else len(lines)
    failed = reminders.filter(state=DeliveryState.FAILED).count()
    context = {
        "coordinator": coordinator,
        "lines": lines,
        "reminded": total - failed,
        "failed": failed,
        "more": total - len(lines),
    }
    return _compose(
        "digest", context, coordinator.email, coordinator.language, digest.message_id_local
    )


def _compose(
    template: str, context: dict[str, object], address: str, language: str, message_id: str
) -> EmailMultiAlternatives:
    """A mail from the templates `{template}_subject.txt`, `.txt` and `.html`.

    `Auto-Submitted` (RFC 3834) keeps out-of-office answers away.
    """
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].partition("@")[2]
    with translation.override(language):
        context = {**context, "language": language}
        message = EmailMultiAlternatives(
            subject=" ".join(
                render_to_string(f"cron/mail/{template}_subject.txt", context).split()
            ),
            body=render_to_string(f"cron/mail/{template}.txt", context),
            to=[address],
            headers={
                "Message-ID": f"<{message_id}@{domain}>",
                "Auto-Submitted": "auto-generated",
            },
        )
        html = render_to_string(f"cron/mail/{template}.html", context)
    message.attach_alternative(html, "text/html")
    return message
