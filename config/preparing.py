"""Statements prepared by PostgreSQL. Apart from the rest: it needs the driver."""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql.base import ServerBindingCursor


class PreparingCursor(ServerBindingCursor):
    """Prepares each statement when it first runs on a connection, and reads values as binary."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        cursor: Any = super()
        return cursor.execute(query, params, prepare=True, binary=True, **options)


def preparing_cursor(connection: Any) -> Any:
    """A cursor on the connection (Django's wrapper of it), which is open."""
    kind: Any = PreparingCursor
    return kind(connection.connection)
