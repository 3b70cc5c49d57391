"""What is erased with a mentor's badges, and the one thing that is kept of them."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_delete

from badges.models import EarnedBadge, ErasedBadge
from certifications.models import Mentor


def forget_history(instance: Mentor, **_: Any) -> None:
    """Erase the history of the mentor's badges; the badges went before, by their foreign key."""
    EarnedBadge.history.filter(mentor_id=instance.pk).delete()


def keep_number(instance: EarnedBadge, using: str, **_: Any) -> None:
    """Keep the number of a badge that is deleted, in whatever way, in the same transaction."""
    ErasedBadge.objects.using(using).bulk_create(
        [ErasedBadge(number=instance.pk, created_at=instance.created_at)], ignore_conflicts=True
    )


def connect() -> None:
    post_delete.connect(keep_number, sender=EarnedBadge, dispatch_uid="badges.keep_number")
    post_delete.connect(forget_history, sender=Mentor, dispatch_uid="badges.forget_history")
