"""The coordinators' digests of a run. They tell of certifications alone."""

from __future__ import annotations

from datetime import datetime

from django.core.mail import EmailMultiAlternatives
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from certifications.models import Coordinator
from config.db import insert_from_select
from config.mail import compose_mail
from cron.models import CoordinatorDigest, DeliveryState, ExpiryCheckRun, Reminder, RunStatus
from cron.services.new_rows import DELIVERY_COLUMNS, new_delivery

#: Lines of a digest; the rest is counted.
DIGEST_LINES = 200


@transaction.atomic
def plan_digests(run: ExpiryCheckRun, *, now: datetime) -> int:
    """Write a digest for each coordinator with news since her last one; returns how many are new.

    Planning again adds nothing. What an unsent digest of an earlier run covered, this one covers.
    """
    left = CoordinatorDigest.objects.abandoned(now).exclude(run__status=RunStatus.RUNNING)
    left.update(state=DeliveryState.SUPERSEDED, settled_at=now)
    earlier = CoordinatorDigest.objects.filter(coordinator=OuterRef("pk"))
    told = earlier.filter(
        state__in=[DeliveryState.SENT, DeliveryState.SENDING, DeliveryState.PENDING]
    )
    news = Reminder.objects.filter(
        certification__mentor__organisation=OuterRef("organisation"),
        state__in=[DeliveryState.SENT, DeliveryState.FAILED],
        settled_at__gt=OuterRef("covers_from"),
        settled_at__lte=now,
    )
    moment = models.DateTimeField()
    coordinators = (
        Coordinator.objects.annotate(
            covers_from=Coalesce(
                Subquery(told.order_by("-covers_until").values("covers_until")[:1]),
                Subquery(earlier.order_by("covers_from").values("covers_from")[:1]),
                Value(run.started_at, moment),
            )
        )
        .filter(Exists(news))
        .values_list("id", "covers_from", Value(now, moment), *new_delivery(run, now))
    )
    return insert_from_select(
        CoordinatorDigest,
        ("coordinator", "covers_from", "covers_until", *DELIVERY_COLUMNS),
        coordinators,
        ignore_conflicts=True,
    )


def compose_digest(digest: CoordinatorDigest) -> EmailMultiAlternatives:
    """The mail to the coordinator: who was reminded, and who could not be."""
    coordinator = digest.coordinator
    reminders = digest.reminders()
    lines = [
        {
            "mentor": reminder.certification.mentor,
            "certification_type": reminder.certification.certification_type.name_in_mails,
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
    return compose_mail(
        "cron/mail/digest",
        context,
        recipients=[coordinator.email],
        language=coordinator.language,
        message_id_local=digest.message_id_local,
    )
