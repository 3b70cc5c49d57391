"""Renewals: entries of a certification's history, the latest of which decides its dates."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import BigIntegerField, Count, DateTimeField, F, Max, Q

from certifications.errors import (
    CertificationNotFound,
    CertificationRevoked,
    RenewalExists,
    SuspensionsStand,
)
from certifications.models import Certification, CertificationStatus, Renewal
from certifications.models.certification import Moment
from certifications.services.held import held_certification
from certifications.services.mentors import lock_mentor
from config.access.actor import TRUSTED, Actor
from config.api.fields import format_utc
from config.errors import InvalidError
from config.prepared import Given, PreparedQuery
from config.saving import save_with_history

#: How far ahead of the clock a renewal or an issue may lie, as time zones and clocks differ. What
#: lies further ahead has been booked, or mistyped; it has not happened.
MOST_AHEAD = timedelta(days=1)


class RenewalOutcome(NamedTuple):
    """What came of appending: `appended` is false when the same entry stood there already.

    `renewal` is then equal to that entry, and unsaved.
    """

    certification: Certification
    renewal: Renewal
    appended: bool
    total: int


@transaction.atomic
def append_renewal(
    *,
    mentor_id: str,
    named_type: str | None,
    renewed_at: datetime,
    expires_at: datetime,
    now: datetime,
    actor: Actor = TRUSTED,
    ends_suspensions: bool = True,
) -> RenewalOutcome:
    """Add an entry to the history of the named or current certification (contract 1).

    By the contract a renewal ends a suspension; people are asked first (`ends_suspensions`). Raises
    `SuspensionsStand` where that was not said, `CertificationRevoked`, or `RenewalExists` where
    another entry has that `renewed_at`.
    """
    lock_mentor(mentor_id, actor)
    certification = held_certification(mentor_id, named_type)
    if certification is None:
        raise CertificationNotFound(mentor_id, named_type)
    if not ends_suspensions:
        refuse_suspended([certification])
    outcome = record_renewal(certification, renewed_at=renewed_at, expires_at=expires_at, now=now)
    if outcome.appended:
        certification.updated_at = now
        save_with_history(certification)
    return outcome


def check_renewal(
    certification: Certification, *, renewed_at: datetime, expires_at: datetime, now: datetime
) -> RenewalsOnRecord:
    """Raise the error that stands against this renewal; returns what is on record of others."""
    on_record = _on_record(certification, renewed_at, now)
    refuse_unsound(
        certification,
        renewed_at=renewed_at,
        expires_at=expires_at,
        on_record=on_record.same_expires_at,
        now=now,
    )
    return on_record


def refuse_suspended(certifications: Iterable[Certification]) -> None:
    """`SuspensionsStand` where some are suspended: a renewal makes a certification active."""
    suspended = [row for row in certifications if row.status == CertificationStatus.SUSPENDED]
    if suspended:
        raise SuspensionsStand([f"{row.certification_type} ({row.mentor})" for row in suspended])


def refuse_ahead(field: str, moment: datetime, now: datetime) -> None:
    """`InvalidError` about `field` where the moment has yet to come."""
    if moment > now + MOST_AHEAD:
        raise InvalidError.of_field(
            field, "It lies more than a day ahead: only what has happened counts.", code="ahead"
        )


class RenewalsOnRecord(NamedTuple):
    """What a new entry of a history depends on.

    How many entries there are, the latest `renewed_at` of those that can decide (`can_decide`), and
    the expiry of the one that has the same `renewed_at` as the new one.
    """

    total: int
    latest: datetime | None
    same_expires_at: datetime | None


def can_decide(*, expires_at: Moment | F, now: Moment) -> Q:
    """The entries that are not over, or end no earlier than the certification does.

    What is over and ends earlier tells of the past alone, whenever it comes in.
    """
    return Q(expires_at__gt=now) | Q(expires_at__gte=expires_at)


def _on_record(
    certification: Certification, renewed_at: datetime, now: datetime
) -> RenewalsOnRecord:
    values = {
        "certification": certification.pk,
        "renewed_at": renewed_at,
        "expires_at": certification.expires_at,
        "now": now,
    }
    rows = _on_record_query().run(values)
    return RenewalsOnRecord(*rows[0]) if rows else RenewalsOnRecord(0, None, None)


@functools.cache
def _on_record_query() -> PreparedQuery:
    certification = Given("certification", BigIntegerField())
    same = Q(renewed_at=Given("renewed_at", DateTimeField()))
    deciding = can_decide(
        expires_at=Given("expires_at", DateTimeField()), now=Given("now", DateTimeField())
    )
    entries = Renewal.objects.filter(certification=certification).order_by()
    found = entries.values("certification").annotate(
        total=Count("pk"),
        latest=Max("renewed_at", filter=deciding),
        same=Max("expires_at", filter=same),
    )
    return PreparedQuery(found.values_list("total", "latest", "same"))


def refuse_unsound(
    certification: Certification,
    *,
    renewed_at: datetime,
    expires_at: datetime,
    on_record: datetime | None,
    now: datetime,
) -> None:
    """Raise the error that stands against a renewal.

    `on_record` is the expiry of the entry that has the same `renewed_at`, if there is one.
    """
    if certification.status == CertificationStatus.REVOKED:
        raise CertificationRevoked(certification.mentor_id, certification.certification_type_id)
    refuse_ahead("renewed_at", renewed_at, now)
    if expires_at <= renewed_at:
        raise InvalidError.of_field(
            "expires_at",
            f"It has to be later than the renewal, {format_utc(renewed_at)}.",
            code="not_after_renewal",
        )
    if on_record is not None and on_record != expires_at:
        raise RenewalExists(format_utc(renewed_at), format_utc(on_record))


def record_renewal(
    certification: Certification, *, renewed_at: datetime, expires_at: datetime, now: datetime
) -> RenewalOutcome:
    """Write the entry and set the certification's dates and status, without saving those.

    The entry with the latest `renewed_at` decides them, unless it is a late addition to the past:
    one from before the date of issue that ends no later than the certification does, or one that is
    over by now and ends earlier. The caller holds the mentor's lock.
    """
    on_record = check_renewal(certification, renewed_at=renewed_at, expires_at=expires_at, now=now)
    renewal = Renewal(certification=certification, renewed_at=renewed_at, expires_at=expires_at)
    if on_record.same_expires_at is not None:
        return RenewalOutcome(certification, renewal, appended=False, total=on_record.total)
    save_with_history(renewal)
    apply_renewal(
        certification,
        renewed_at=renewed_at,
        expires_at=expires_at,
        latest=on_record.latest,
        now=now,
    )
    return RenewalOutcome(certification, renewal, appended=True, total=on_record.total + 1)


def tells_of_the_past(
    certification: Certification, *, renewed_at: datetime, expires_at: datetime, now: datetime
) -> bool:
    """Whether the entry leaves the certification as it is, whenever it comes in.

    It is from before the date of issue and ends no later than the certification does, or it is over
    by now and ends earlier.
    """
    is_past = renewed_at < certification.issued_at and expires_at <= certification.expires_at
    is_over = expires_at <= now and expires_at < certification.expires_at
    return is_past or is_over


def apply_renewal(
    certification: Certification,
    *,
    renewed_at: datetime,
    expires_at: datetime,
    latest: datetime | None,
    now: datetime,
) -> bool:
    """Set the certification's dates and status by a new entry, if it decides them; says whether.

    `latest` is the latest `renewed_at` of the entries on record before that can decide.
    """
    is_latest = latest is None or renewed_at > latest
    dates = {"renewed_at": renewed_at, "expires_at": expires_at}
    if not is_latest or tells_of_the_past(certification, **dates, now=now):
        return False
    certification.issued_at = renewed_at
    certification.expires_at = expires_at
    certification.status = CertificationStatus.ACTIVE
    return True
