"""The backend's `DatabaseWrapper`, where Django looks for it."""

from __future__ import annotations

import select
import time
from typing import Any

import psycopg
from django.db.backends.postgresql import base, operations

from config.postgresql.timeouts import limit_in_sql

#: A connection that was looked at within so many seconds is not asked again.
ASK_EVERY_SECONDS = 30


class DatabaseOperations(operations.DatabaseOperations):
    """Knows the text of prepared statements as well, for whoever looks at queries."""

    def last_executed_query(self, cursor: Any, sql: Any, params: Any) -> Any:
        return super().last_executed_query(cursor, sql, params) or str(sql)


class DatabaseWrapper(base.DatabaseWrapper):
    """Asks a kept connection for an answer now and then, not before every request.

    A server that ends, or ends a connection, says so: there is something to read on a connection
    that waits for nothing. That is seen without a round trip.
    """

    ops_class = DatabaseOperations
    _asked_at = 0.0

    def init_connection_state(self) -> None:
        super().init_connection_state()
        # Not an option of the connection's start, which poolers refuse.
        if self.connection is not None and (limit := limit_in_sql()):
            with self.connection.cursor() as cursor:
                cursor.execute(limit)
            if not self.get_autocommit():
                self.connection.commit()

    def is_usable(self) -> bool:
        now = time.monotonic()
        if now - self._asked_at < ASK_EVERY_SECONDS and self._is_silent():
            return True
        usable: bool = super().is_usable()
        if usable:
            self._asked_at = now
        return usable

    def _is_silent(self) -> bool:
        if self.connection is None:
            return False
        poll = select.poll()
        try:
            poll.register(self.connection.fileno(), select.POLLIN)
        except psycopg.Error:
            return False
        return not poll.poll(0)
