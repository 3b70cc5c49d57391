"""Which reminders went out for what is deleted: remembered, and erased with the person."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.signals import post_delete, pre_delete

from certifications.models import Mentor
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


def forget(instance: Mentor, using: str, **_: Any) -> None:
    """Erase what is remembered of the mentor, also of what was deleted together with it."""
    for kind in kinds():
        if kind.past is not None:
            about = kind.past.about_mentor(instance.pk)
            kind.past._default_manager.using(using).filter(about).delete()


def connect(thing: type[models.Model]) -> None:
    """Remember what goes out for rows of this model."""
    pre_delete.connect(remember, sender=thing, dispatch_uid=f"cron.remember.{thing._meta.label}")
    post_delete.connect(forget, sender=Mentor, dispatch_uid="cron.forget")
