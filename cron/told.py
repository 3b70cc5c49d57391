"""Which reminders went out for what is deleted."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.signals import pre_delete

from cron.expiring import kinds


def remember(instance: models.Model, using: str, **_: Any) -> None:
    """Keep of a row that is being deleted which stages went out, or may be going out just now."""
    for kind in kinds():
        if kind.past is None or not isinstance(instance, kind.thing):
            continue
        known = {name: getattr(instance, name) for name in kind.past.identity}
        told = kind.reminder.objects.using(using).told().at_a_stage()
        kind.past._default_manager.using(using).bulk_create(
            [
                kind.past(**known, expired_on=each.expiry_date, stage=each.stage)
                for each in told.filter(**{kind.subject: instance})
            ],
            ignore_conflicts=True,
        )


def connect(thing: type[models.Model]) -> None:
    """Remember what goes out for rows of this model."""
    pre_delete.connect(remember, sender=thing, dispatch_uid=f"cron.remember.{thing._meta.label}")
