"""What is left of a mentor's badges is erased with the mentor."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_delete

from badges.models import EarnedBadge
from certifications.models import Mentor


def forget_history(instance: Mentor, **_: Any) -> None:
    """Erase the history of the mentor's badges; the badges went before, by their foreign key."""
    EarnedBadge.history.filter(mentor_id=instance.pk).delete()


def connect() -> None:
    post_delete.connect(forget_history, sender=Mentor, dispatch_uid="badges.forget_history")
