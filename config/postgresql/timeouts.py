"""How long a statement of this process may take on PostgreSQL.

A web process limits its statements: whoever asked may be long gone, and the database would go on.
Workers, migrations and commands do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DEFAULT_DB_ALIAS, connections

_limit_s = 0


def limit_statements(seconds: int) -> None:
    """From now on, a statement of a new connection of this process ends after so many seconds.

    0 is no limit.
    """
    global _limit_s
    _limit_s = seconds


def limit_in_sql() -> str | None:
    """The statement that limits a connection; None where there is no limit."""
    return f"SET statement_timeout = {_limit_s * 1000:d}" if _limit_s else None


@contextmanager
def unlimited_statements(using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Let the statements inside take as long as they need: tables that go out or come in.

    In a transaction this holds until its end, and so behind a pooler as well.
    """
    connection = connections[using]
    limit = limit_in_sql()
    if connection.vendor != "postgresql" or not (limit or connection.in_atomic_block):
        yield
        return
    scope = "LOCAL" if connection.in_atomic_block else "SESSION"
    with connection.cursor() as cursor:
        cursor.execute(f"SET {scope} statement_timeout = 0")
    try:
        yield
    finally:
        if limit and scope == "SESSION" and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute(limit)
