"""Who would get what if the check ran now, without writing anything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from certifications.models import Certification
from config.rights import Account, is_limited
from cron.expiring import ExpiringKind, ExpiryReminder, NoAddress, Superseded, kinds
from cron.models import ExpiryCheckRun, Reminder, day_of
from cron.services.due import Due, all_due
from cron.services.mails import compose_reminder, mail_of
from cron.services.zones import in_zone_of_checks


@dataclass(frozen=True)
class Forecast:
    """A reminder that the check would send, or could not: then `obstacle` says why."""

    kind: str
    thing: Model
    stage: int
    expiry: date
    recipients: str
    obstacle: str = ""

    @property
    def thing_id(self) -> str:
        return str(self.thing.pk)


def forecast(account: Account, *, now: datetime, first: int, limit: int) -> list[Forecast]:
    """Up to `limit` of the reminders due `now`, from the one of that index on, in a steady order.

    A mere coordinator is shown those of her mentors.
    """
    now = in_zone_of_checks(now)
    found: list[Forecast] = []
    for part, rows in _due_rows(account, now):
        if len(found) == limit:
            break
        wanted = rows[first : first + limit - len(found)]
        page = [_forecast(part, row, now) for row in wanted]
        found += page
        if not page:
            first -= rows.count()
        else:
            first = 0
    return found


def render(
    kind_label: str, pk: str, stage: int, account: Account, now: datetime
) -> EmailMultiAlternatives | str:
    """The mail of one reminder as it would be sent, or why there is none.

    `LookupError` where nothing of the kind exists for the account.
    """
    kind = next((each for each in kinds() if each.reminder._meta.label_lower == kind_label), None)
    if kind is None:
        raise LookupError(kind_label)
    thing = _visible(kind, account).filter(pk=pk).first()
    if thing is None:
        raise LookupError(pk)
    try:
        today = in_zone_of_checks(now).date()
        return compose_reminder(kind, _draft(kind, thing, stage, now), today=today)
    except NoAddress as reason:
        return str(reason)
    except Superseded:
        return _("It would not be sent.")


def _due_rows(account: Account, now: datetime) -> list[tuple[Due, QuerySet[Any]]]:
    """What is due, policy by policy: rows with the stage that is due as `due`."""
    found = []
    for part in all_due(now):
        if part.kind.reminder is not Reminder and is_limited(account):
            continue
        pks = part.left_over().values(part.kind.subject)
        fresh = part.unplanned(part.covered())
        again = part.staged(part.covered().filter(pk__in=pks))
        for rows in (fresh, again):
            if is_limited(account):
                rows = rows.filter(pk__in=_visible(part.kind, account).values("pk"))
            related = _related(part.kind)
            ordered = rows.order_by(part.kind.expiry, "pk")
            found.append((part, ordered.select_related(*related) if related else ordered))
    return found


def _visible(kind: ExpiringKind[Any, Any], account: Account) -> QuerySet[Any]:
    """The things of the kind that the account may see."""
    if kind.reminder is Reminder:
        return Certification.objects.visible_to(account)
    model = kind.reminder._meta.get_field(kind.subject).related_model
    rows: QuerySet[Any] = model._default_manager.all()
    return rows.none() if is_limited(account) else rows


def _related(kind: ExpiringKind[Any, Any]) -> list[str]:
    """What mails of the kind tell of, as seen from the thing itself."""
    prefix = f"{kind.subject}__"
    return [path.removeprefix(prefix) for path in kind.related if path.startswith(prefix)]


def _draft(kind: ExpiringKind[Any, Any], thing: Model, stage: int, now: datetime) -> ExpiryReminder:
    """The reminder as a run that starts now would have it."""
    columns = {kind.subject: thing, kind.expiry: getattr(thing, kind.expiry)}
    draft: ExpiryReminder = kind.reminder(
        stage=stage, run=ExpiryCheckRun(started_at=now), **columns
    )
    return draft


def _forecast(part: Due, row: Any, now: datetime) -> Forecast:
    kind = part.kind
    recipients, obstacle = "", ""
    try:
        draft = _draft(kind, row, row.due, now)
        recipients = ", ".join(mail_of(kind, draft, today=now.date()).recipients)
    except NoAddress as reason:
        obstacle = str(reason)
    except Superseded:
        obstacle = _("It would not be sent.")
    return Forecast(
        kind=kind.reminder._meta.label_lower,
        thing=row,
        stage=row.due,
        expiry=day_of(getattr(row, kind.expiry)),
        recipients=recipients,
        obstacle=obstacle,
    )
