"""Many rows at once: through COPY on PostgreSQL, and by the same statements on SQLite."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connections, models, router


class Staging:
    """A temporary table with some of a model's columns, from which rows go into the model's table.

    `key` are the fields of a unique constraint. Use it inside a transaction, and `drop` it after.
    """

    def __init__(
        self, model: type[models.Model], fields: Sequence[str], key: Sequence[str]
    ) -> None:
        self.model = model
        self.connection = connections[router.db_for_write(model)]
        self.fields = [_field(model, name) for name in fields]
        self.key = [_field(model, name) for name in key]
        self.table = self._quote(f"staged_{model._meta.db_table}")
        types = ", ".join(
            f"{self._quote(field.column)} {field.db_type(self.connection)}" for field in self.fields
        )
        with self.connection.cursor() as cursor:
            cursor.execute(f"CREATE TEMPORARY TABLE {self.table} ({types}, is_new boolean)")

    def load(self, rows: Iterable[Sequence[Any]]) -> None:
        """Replace what is staged: each row has the values of `fields`, then whether it is new."""
        with self.connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {self.table}")  # noqa: S608 (a quoted name)
            if self.connection.vendor == "postgresql":
                with cursor.copy(f"COPY {self.table} FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
            else:
                marks = ", ".join(["%s"] * (len(self.fields) + 1))
                values = [[self._prepared(value) for value in row] for row in rows]
                cursor.executemany(f"INSERT INTO {self.table} VALUES ({marks})", values)  # noqa: S608

    def upsert(self) -> None:
        """Insert what is staged; where the key stands already, set the other fields."""
        columns = [self._quote(field.column) for field in self.fields]
        keys = [self._quote(field.column) for field in self.key]
        changes = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in keys)
        target, names = self._quote(self.model._meta.db_table), ", ".join(columns)
        # Without WHERE SQLite takes ON for part of a join.
        sql = (
            f"INSERT INTO {target} ({names}) SELECT {names} FROM {self.table} WHERE true "  # noqa: S608
            f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changes}"
        )
        with self.connection.cursor() as cursor:
            cursor.execute(sql)

    def record_history(self, *, now: datetime, account_id: int | None, reason: str) -> None:
        """Write a line of history for each row that is staged, as it stands now."""
        history = self.model.history.model  # type: ignore[attr-defined]
        copied = [field.column for field in self.model._meta.concrete_fields]
        names = ", ".join(map(self._quote, copied))
        taken = ", ".join(f"t.{self._quote(column)}" for column in copied)
        same = " AND ".join(
            f"t.{self._quote(field.column)} = s.{self._quote(field.column)}" for field in self.key
        )
        sql = (
            f"INSERT INTO {self._quote(history._meta.db_table)} ({names}, history_date, "  # noqa: S608
            "history_type, history_change_reason, history_user_id) "
            f"SELECT {taken}, %s, CASE WHEN s.is_new THEN '+' ELSE '~' END, %s, %s "
            f"FROM {self._quote(self.model._meta.db_table)} t JOIN {self.table} s ON {same}"
        )
        with self.connection.cursor() as cursor:
            cursor.execute(sql, [self._prepared(now), reason, account_id])

    def drop(self) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE {self.table}")

    def _prepared(self, value: Any) -> Any:
        """The value as the database's driver takes it."""
        if isinstance(value, datetime):
            return self.connection.ops.adapt_datetimefield_value(value)
        return value

    def _quote(self, name: str | None) -> str:
        if name is None:
            raise TypeError("a field without a column")
        quoted: str = self.connection.ops.quote_name(name)
        return quoted


def _field(model: type[models.Model], name: str) -> models.Field[Any, Any]:
    field = model._meta.get_field(name)
    if not isinstance(field, models.Field):
        raise TypeError(f"{name} is no column")
    return field
