"""Planning a run: which reminders are due, in sets. Nothing here passes row by row through Python.

The stage that is due is the tightest one passed: of the stages 30, 14, 7, 1, 0, a certification
with 9 days left is at 14. Calendar dates in UTC decide, as bounds on `expires_at`: a stage of s
days is passed once `expires_at` lies before midnight of the day s + 1 from today.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import models, transaction
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from certifications.models import (
    EXPIRED_STAGE,
    Certification,
    CertificationStatus,
    CertificationType,
    Coordinator,
    Mentor,
)
from certifications.models.certification_type import start_of_day
from certifications.services import expire_overdue
from config.db import insert_from_select
from cron.models import CoordinatorDigest, DeliveryState, ExpiryCheckRun, Reminder, RunStatus

#: Certifications that one statement looks at.
PLAN_BATCH = 20_000
EXPIRE_BATCH = 5_000
DELIVERY_COLUMNS = ("run", "state", "attempts", "next_attempt_at", "recipient", "error")


@dataclass(frozen=True)
class Policy:
    """When holders of some types are reminded. `types` is None where one policy is for all."""

    stages: tuple[int, ...]
    expired_notice_days: int
    types: tuple[str, ...] | None

    def horizon(self, now: datetime) -> tuple[datetime, datetime]:
        """The bounds of `expires_at` between which a stage can be due: from, and before."""
        last = max(self.stages, default=EXPIRED_STAGE)
        return start_of_day(now, -self.expired_notice_days), start_of_day(now, last + 1)

    def due_stage(self, now: datetime, prefix: str = "") -> Case:
        """The stage due today as an expression on `prefix`expires_at; null outside the horizon."""
        field = f"{prefix}expires_at"
        earliest, _ = self.horizon(now)
        steps = [
            When(**{f"{field}__lt": start_of_day(now, stage + 1)}, then=Value(stage))
            for stage in (EXPIRED_STAGE, *sorted(self.stages))
        ]
        return Case(
            When(**{f"{field}__lt": earliest}, then=Value(None)),
            *steps,
            default=Value(None),
            output_field=models.SmallIntegerField(),
        )

    def covers(self, now: datetime, prefix: str = "") -> Q:
        """Certifications of these types inside the horizon that are to be reminded of at all.

        Suspended and revoked ones are not, nor one that was declared expired before its date.
        """
        earliest, latest = self.horizon(now)
        reminded = Q(**{f"{prefix}status": CertificationStatus.ACTIVE}) | Q(
            **{
                f"{prefix}status": CertificationStatus.EXPIRED,
                f"{prefix}expires_at__lt": start_of_day(now, 1),
            }
        )
        horizon = Q(**{f"{prefix}expires_at__gte": earliest, f"{prefix}expires_at__lt": latest})
        kinds = Q() if self.types is None else Q(**{f"{prefix}certification_type__in": self.types})
        return reminded & horizon & kinds


def policies() -> list[Policy]:
    """The different policies of all certification types, each with its types."""
    groups: dict[tuple[tuple[int, ...], int], list[str]] = defaultdict(list)
    rows = CertificationType.objects.values_list("code", "reminder_stages", "expired_notice_days")
    for code, stages, notice_days in rows:
        groups[(tuple(sorted(stages)), notice_days)].append(code)
    return [
        Policy(stages, notice_days, None if len(groups) == 1 else tuple(codes))
        for (stages, notice_days), codes in groups.items()
    ]


def plan_run(run: ExpiryCheckRun, *, now: datetime) -> None:
    """Expire what is overdue, take over what earlier runs left, write what is due."""
    mentors_checked = Mentor.objects.holding_active().count()
    expired = 0
    while changed := expire_overdue(
        now=now, limit=EXPIRE_BATCH, reason=f"Expiry check {run.public_id}"
    ):
        expired += changed
        _sign_of_life(run)
    current = policies()
    _take_over(run, current, now)
    for policy in current:
        for batch in _batches(policy, now):
            _insert_due(run, _unplanned(batch, policy, now), now)
            _sign_of_life(run)
    ExpiryCheckRun.objects.filter(pk=run.pk).update(
        mentors_checked=mentors_checked,
        certifications_expired=expired,
        reminders_due=Reminder.objects.filter(run=run).unsettled().count(),
        planned_at=now,
    )


def preview_run(run: ExpiryCheckRun, *, now: datetime) -> None:
    """Count what `plan_run` would find, and change nothing but the run's figures."""
    due = 0
    for policy in policies():
        due += _unplanned(Certification.objects.filter(policy.covers(now)), policy, now).count()
        due += _still_due(policy, now).count()
    ExpiryCheckRun.objects.filter(pk=run.pk).update(
        mentors_checked=Mentor.objects.holding_active().count(),
        certifications_expired=Certification.objects.overdue(now).count(),
        reminders_due=due,
        planned_at=now,
    )


@transaction.atomic
def _take_over(run: ExpiryCheckRun, current: list[Policy], now: datetime) -> None:
    """Of what earlier runs left unsent, take over what is due today; the rest is superseded.

    One that was superseded while its certification was suspended comes back when it is due again.
    """
    for policy in current:
        Reminder.objects.filter(pk__in=_still_due(policy, now).values("pk")).update(
            run=run,
            state=DeliveryState.PENDING,
            attempts=0,
            next_attempt_at=now,
            claim=None,
            lease_expires_at=None,
            settled_at=None,
            error="",
        )
    left = Reminder.objects.abandoned(now).exclude(run__status=RunStatus.RUNNING)
    left.update(state=DeliveryState.SUPERSEDED, settled_at=now)


def _still_due(policy: Policy, now: datetime) -> QuerySet[Reminder]:
    """Unsent reminders of finished runs whose stage is the one due today."""
    unsent = Reminder.objects.abandoned(now) | Reminder.objects.filter(
        state=DeliveryState.SUPERSEDED
    )
    return (
        unsent.exclude(run__status=RunStatus.RUNNING)
        .filter(policy.covers(now, "certification__"))
        .filter(expires_at=F("certification__expires_at"))
        .alias(due=policy.due_stage(now, "certification__"))
        .filter(stage=F("due"))
    )


def _batches(policy: Policy, now: datetime) -> Iterator[QuerySet[Certification]]:
    """The certifications that `policy` covers, by key, at most `PLAN_BATCH` at a time."""
    covered = Certification.objects.filter(policy.covers(now))
    remaining = covered
    while True:
        keys = remaining.order_by("expires_at", "id").values_list("expires_at", "id")
        end = keys[PLAN_BATCH - 1 : PLAN_BATCH].first()
        if end is None:
            yield remaining
            return
        expires_at, pk = end
        yield remaining.filter(
            Q(expires_at__lt=expires_at) | Q(expires_at=expires_at, id__lte=pk),
            expires_at__lte=expires_at,
        )
        remaining = covered.filter(
            Q(expires_at__gt=expires_at) | Q(expires_at=expires_at, id__gt=pk),
            expires_at__gte=expires_at,
        )


def _unplanned(
    rows: QuerySet[Certification], policy: Policy, now: datetime
) -> QuerySet[Certification]:
    """Those of `rows` at a stage that has no reminder yet, nor has a tighter one."""
    planned = Reminder.objects.filter(
        certification=OuterRef("pk"), expires_at=OuterRef("expires_at")
    ).filter(
        Q(stage=OuterRef("due")) | Q(stage__lt=OuterRef("due")) & ~Q(state=DeliveryState.SUPERSEDED)
    )
    return (
        rows.order_by()
        .annotate(due=policy.due_stage(now))
        .filter(due__isnull=False)
        .filter(~Exists(planned))
    )


def _insert_due(run: ExpiryCheckRun, due: QuerySet[Certification], now: datetime) -> int:
    """Write a reminder for each, in one statement; returns how many."""
    return insert_from_select(
        Reminder,
        ("certification", "expires_at", "stage", *DELIVERY_COLUMNS),
        due.values_list("id", "expires_at", "due", *_new_delivery(run, now)),
        ignore_conflicts=True,
    )


def _new_delivery(run: ExpiryCheckRun, now: datetime) -> tuple[Value, ...]:
    """The values of `DELIVERY_COLUMNS` of a mail that is due `now`."""
    text, number = models.CharField(), models.IntegerField()
    return (
        Value(run.pk, number),
        Value(DeliveryState.PENDING, text),
        Value(0, number),
        Value(now, models.DateTimeField()),
        Value("", text),
        Value("", text),
    )


def _sign_of_life(run: ExpiryCheckRun) -> None:
    ExpiryCheckRun.objects.filter(pk=run.pk).update(heartbeat_at=timezone.now())


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
        .values_list("id", "covers_from", Value(now, moment), *_new_delivery(run, now))
    )
    return insert_from_select(
        CoordinatorDigest,
        ("coordinator", "covers_from", "covers_until", *DELIVERY_COLUMNS),
        coordinators,
        ignore_conflicts=True,
    )
