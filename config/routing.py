"""Which database answers: lists of the APIs may come from a replica, all else from the primary."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Model

PRIMARY, REPLICA = "default", "replica"


class ReplicaRouter:
    """Sends what only shows lists to the replica, if there is one.

    Whoever writes, decides, or reads one row reads the primary: a replica lags behind.
    """

    def db_for_read(self, model: type[Model], **hints: Any) -> str | None:
        """The replica for reads with the hint `is_list`."""
        return REPLICA if hints.get("is_list") and REPLICA in settings.DATABASES else None

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        """Nothing is migrated there: the primary's changes arrive by themselves."""
        return False if db == REPLICA else None
