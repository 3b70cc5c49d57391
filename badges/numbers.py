"""The number of a badge, which outlives it."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_delete

from badges.models import EarnedBadge, ErasedBadge


def keep_number(instance: EarnedBadge, using: str, **_: Any) -> None:
    """Keep the number of a badge that is deleted, in whatever way, in the same transaction."""
    ErasedBadge.objects.using(using).bulk_create(
        [ErasedBadge(number=instance.pk, created_at=instance.created_at)], ignore_conflicts=True
    )


def connect() -> None:
    """Have the numbers kept."""
    post_delete.connect(keep_number, sender=EarnedBadge, dispatch_uid="badges.keep_number")
