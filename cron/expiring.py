"""Where an app registers what of it expires, so that the nightly check reminds of it as well.

1. The app has a model of its reminders, an `ExpiryReminder` with a foreign key and an expiry.
2. It says in an `ExpiringKind` which of its rows are reminded of, when, and what a mail says.
3. Its `AppConfig.ready` calls `register`.

Planning, sending, retries, leases and figures are cron's and the same for all kinds.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import chain
from typing import Any, Generic, TypeVar

from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.models import F, Q, QuerySet, UniqueConstraint

from certifications.models import Mentor
from certifications.models.certification_type import (
    EXPIRED_STAGE,
    MAX_STAGE_DAYS,
    default_reminder_stages,
    validate_reminder_stages,
)
from cron.models import ExpiryReminder, PastReminder, ReminderQuerySet

__all__ = [
    "EXPIRED_STAGE",
    "MAX_STAGE_DAYS",
    "ExpiringKind",
    "ExpiryReminder",
    "NoAddress",
    "PastReminder",
    "Policy",
    "ReminderMail",
    "ReminderQuerySet",
    "Superseded",
    "default_reminder_stages",
    "kinds",
    "policies_by",
    "reachable_mentors",
    "register",
    "validate_reminder_stages",
]

T = TypeVar("T", bound=models.Model)
R = TypeVar("R", bound=ExpiryReminder)


class Superseded(Exception):
    """What the reminder would say is no longer so."""


class NoAddress(Exception):
    """There is nobody to send to. The text says why, for people; `gettext_noop` marks it."""


@dataclass(frozen=True)
class Policy:
    """When the rows that match `rows` are reminded of; by itself that is all of the kind.

    `stages` are days before expiry. After it one notice goes out, if need be up to
    `expired_notice_days` late; 0 is for no notice.
    """

    stages: tuple[int, ...]
    expired_notice_days: int
    rows: Q = field(default_factory=Q)

    def stage_at(self, days_left: int) -> int | None:
        """The stage that is due so many days before expiry: the last one passed; None if none.

        `cron.services.due` says the same to the database, for all rows at once.
        """
        if days_left < 0:
            return EXPIRED_STAGE if -days_left <= self.expired_notice_days else None
        return min((stage for stage in self.stages if stage >= days_left), default=None)


def policies_by(column: str, owners: Iterable[tuple[object, Sequence[int], int]]) -> list[Policy]:
    """The different policies among `owners`, such as types or tenants, that `column` refers to.

    Each owner is (key, stages, expired_notice_days). Owners that agree share a policy.
    """
    groups: dict[tuple[tuple[int, ...], int], list[object]] = defaultdict(list)
    for key, stages, notice_days in owners:
        groups[(tuple(sorted(stages)), notice_days)].append(key)
    if len(groups) == 1:
        return [Policy(*terms) for terms in groups]
    return [Policy(*terms, Q(**{f"{column}__in": keys})) for terms, keys in groups.items()]


@dataclass(frozen=True)
class ReminderMail:
    """What a kind says in one mail, which goes to all `recipients` (one or more) together.

    `template` is the beginning of the names that `config.mail.compose_mail` looks for. To
    `context` cron adds `days` (until expiry, negative once past) and `is_expired` (whether this is
    the notice after expiry).
    """

    template: str
    context: Mapping[str, object]
    recipients: Sequence[str]
    language: str


class ExpiringKind(ABC, Generic[T, R]):
    """A kind of thing that expires: rows of the model `T`, whose reminders are rows of `R`."""

    reminder: type[R]
    #: What is remembered of reminders once their thing is deleted, so that the same thing, entered
    #: again, has had them; None where nothing is.
    past: type[PastReminder] | None = None
    #: Paths from the reminder that `mail` follows, for `select_related`.
    related: tuple[str, ...] = ()
    #: Whether a recipient gets so many of its mails a day and no more
    #: (`MAILS_PER_RECIPIENT_PER_DAY`): where an open API lets anybody make such things.
    is_capped: bool = False

    @property
    def subject(self) -> str:
        """The name of the reminder's foreign key to what expires."""
        return self.reminder.subject

    @property
    def thing(self) -> type[models.Model]:
        """The model of what expires."""
        model: Any = self.reminder._meta.get_field(self.subject).related_model
        thing: type[models.Model] = model
        return thing

    @property
    def expiry(self) -> str:
        """The name of the field with the expiry, on both models."""
        return self.reminder.expiry

    @abstractmethod
    def policies(self) -> Iterable[Policy]:
        """When they are reminded of. No row may match two policies."""

    @abstractmethod
    def reminded(self, now: datetime) -> QuerySet[T]:
        """The rows to remind of at all, each once, however far their expiry is from `now`.

        `now` is in the time zone of the check: its date is the check's today.

        Left out is what was withdrawn or replaced, or is nobody's concern. An index should lead
        to the rows by expiry and key: planning walks along it.
        """

    @abstractmethod
    def mail(self, reminder: R) -> ReminderMail:
        """The mail of a reminder that was just read again, with `related` and `run`.

        cron has seen that the day of expiry is still the same and the stage still due. Raises
        `Superseded` where the thing is no longer to be reminded of, `NoAddress` where nobody can
        be reached.
        """

    def policy_of(self, thing: T) -> Policy | None:
        """The policy of one row, None where it has none; a query for each that is not for all."""
        row = type(thing)._default_manager.filter(pk=thing.pk)
        return next(
            (each for each in self.policies() if not each.rows or row.filter(each.rows).exists()),
            None,
        )

    def is_kept_back(self, reminder: R, today: date) -> bool:
        """Whether somebody wants no mail about the reminder's thing today."""
        return False

    def for_batch(self) -> ExpiringKind[T, R]:
        """The kind for some seconds: it may keep what the mails of a batch have in common."""
        return self

    def overdue(self, now: datetime) -> int:
        """How many rows `expire_overdue` would change; none where no status is stored."""
        return 0

    def expire_overdue(self, *, now: datetime, limit: int, reason: str) -> int:
        """Store that up to `limit` rows have expired and return how many; 0 when all is done.

        It is called until then, before anything is planned. `reason` (up to 100 characters) is for
        their history.
        """
        return 0


_kinds: dict[str, ExpiringKind[Any, Any]] = {}


def register(kind: ExpiringKind[Any, Any]) -> None:
    """Have the nightly check remind of this kind; call it from `AppConfig.ready`.

    `ImproperlyConfigured` where its models don't fit together or it is registered already.
    """
    meta = kind.reminder._meta
    if meta.label in _kinds:
        raise ImproperlyConfigured(f"{meta.label} is registered already.")
    thing = meta.get_field(kind.subject).related_model
    if not (isinstance(thing, type) and issubclass(thing, models.Model)):
        raise ImproperlyConfigured(f"{meta.label}.{kind.subject} is no foreign key.")
    told, actual = meta.get_field(kind.expiry), thing._meta.get_field(kind.expiry)
    if not isinstance(told, models.DateField) or type(told) is not type(actual):
        raise ImproperlyConfigured(
            f"{meta.label} and {thing._meta.label} need {kind.expiry} as the same type of field, "
            "DateTimeField or DateField."
        )
    # Because of this constraint nothing is sent twice.
    guarded = (kind.subject, kind.expiry, "stage")
    if guarded not in map(_guarded_by, meta.constraints):
        raise ImproperlyConfigured(
            f"{meta.label} needs a unique constraint on {kind.subject}, {kind.expiry}, stage."
        )
    _kinds[meta.label] = kind
    if kind.past is not None:
        from cron.told import connect  # which asks here for what is registered

        connect(thing)


def _guarded_by(constraint: models.BaseConstraint) -> tuple[str, ...]:
    """The columns that a unique constraint is about, in its order."""
    if not isinstance(constraint, UniqueConstraint):
        return ()
    return tuple(constraint.fields) or tuple(
        chain.from_iterable(map(_columns, constraint.expressions))
    )


def _columns(expression: Any) -> list[str]:
    """The columns that an expression reads."""
    if isinstance(expression, F):
        return [str(getattr(expression, "name"))]  # noqa: B009 (unknown to the stubs)
    parts = map(_columns, expression.get_source_expressions())
    return list(chain.from_iterable(parts))


def kinds() -> tuple[ExpiringKind[Any, Any], ...]:
    """All that is registered, in the order of registration."""
    return tuple(_kinds.values())


def reachable_mentors() -> QuerySet[Mentor]:
    """Mentors with an email address, for a kind that is about persons."""
    return Mentor.objects.exclude(email="")
