"""The coordinators' digests of a run. They tell of certifications alone."""

from __future__ import annotations

from datetime import UTC, datetime

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import models, transaction
from django.db.models import Exists, Max, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse

from certifications.models import Coordinator
from config.db import insert_from_select
from config.mail import compose_mail
from cron.models import (
    CoordinatorDigest,
    DeliveryState,
    ExpiryCheckRun,
    Reminder,
    ReminderQuerySet,
    RunStatus,
)
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
    moment = models.DateTimeField()
    news = Reminder.objects.filter(
        certification__mentor__organisation=OuterRef("organisation")
    ).news(OuterRef("covers_from"), now)
    coordinators = (
        Coordinator.objects.annotate(covers_from=_told_until(run))
        .filter(Exists(news))
        .values_list("id", "covers_from", Value(now, moment), *new_delivery(run, now))
    )
    return insert_from_select(
        CoordinatorDigest,
        ("coordinator", "covers_from", "covers_until", *DELIVERY_COLUMNS),
        coordinators,
        ignore_conflicts=True,
    )


def _told_until(run: ExpiryCheckRun) -> Coalesce:
    """From when on a coordinator has been told of nothing, as an expression.

    1. That is where her last digest ended, or where the first one began that was never sent.
    2. A coordinator without any is told of what happened after digests were last written, in a run
       that came to its end: what one left that was killed is told by the next.
    3. Where no run ever came to its end, she is told of everything.
    """
    earlier = CoordinatorDigest.objects.filter(coordinator=OuterRef("pk"))
    told = earlier.filter(
        state__in=[DeliveryState.SENT, DeliveryState.SENDING, DeliveryState.PENDING]
    )
    return Coalesce(
        Subquery(told.order_by("-covers_until").values("covers_until")[:1]),
        Subquery(earlier.order_by("covers_from").values("covers_from")[:1]),
        Value(_digests_written_at(run), models.DateTimeField()),
    )


def _digests_written_at(run: ExpiryCheckRun) -> datetime:
    """When digests were last written before the run, so that every coordinator was up to date."""
    closed = ExpiryCheckRun.objects.filter(
        status__in=[RunStatus.SUCCESS, RunStatus.PARTIAL], dry_run=False
    ).exclude(pk=run.pk)
    last = closed.order_by("-completed_at").first()
    if last is None or last.completed_at is None:
        return datetime.fromtimestamp(0, UTC)
    digests = CoordinatorDigest.objects.filter(run=last)
    written_at: datetime | None = digests.aggregate(at=Max("covers_until"))["at"]
    # Without a digest nobody had news, and the run was closed at once.
    return written_at or last.completed_at


def compose_digest(digest: CoordinatorDigest) -> EmailMultiAlternatives:
    """The mail to the coordinator: who could not be reminded, and who was."""
    coordinator, reminders = digest.coordinator, digest.reminders()
    shown = list(reminders[:DIGEST_LINES])
    total = reminders.count() if len(shown) == DIGEST_LINES else len(shown)
    sent, failed = reminders.sent(), reminders.failed()
    list_of_reminders = reverse("admin:cron_reminder_changelist")
    context = {
        "coordinator": coordinator,
        "lines": shown,
        "reminders": sent.count(),
        "reminded": _persons(sent),
        "failed": _persons(failed),
        "more": total - len(shown),
        "still_unreachable": digest.still_unreachable(),
        "url": f"{settings.PUBLIC_URL}{list_of_reminders}" if settings.PUBLIC_URL else "",
    }
    return compose_mail(
        "cron/mail/digest",
        context,
        recipients=[coordinator.email],
        language=coordinator.language,
        message_id_local=digest.message_id_local,
    )


def _persons(reminders: ReminderQuerySet[Reminder]) -> int:
    """How many mentors the reminders are for."""
    mentors = reminders.order_by().values("certification__mentor").distinct()
    return mentors.count()
