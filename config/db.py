"""What Django's ORM and migrations have no call for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connections, models, router
from django.db.migrations.operations import RunSQL


def insert_from_select(
    model: type[models.Model],
    columns: Sequence[str],
    rows: models.QuerySet[Any, Any],
    *,
    ignore_conflicts: bool = False,
) -> int:
    """Run `INSERT INTO model (columns) SELECT …` and return how many rows it made.

    `rows` is a `values_list` whose values stand in the order of `columns` (field names of
    `model`). With `ignore_conflicts`, rows that a unique constraint refuses are left out. The rows
    never pass through Python. Works on SQLite and PostgreSQL.
    """
    connection = connections[router.db_for_write(model)]
    quote = connection.ops.quote_name
    select, params = rows.query.get_compiler(connection=connection).as_sql()
    fields = {field.name: field.column for field in model._meta.concrete_fields}
    fields |= {field.attname: field.column for field in model._meta.concrete_fields}
    names = ", ".join(quote(fields[name] or name) for name in columns)
    conflict = " ON CONFLICT DO NOTHING" if ignore_conflicts else ""
    sql = f"INSERT INTO {quote(model._meta.db_table)} ({names}) {select}{conflict}"
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


def column_of(model: type[models.Model], name: str) -> models.Field[Any, Any]:
    """The field whose values the column has that `name`, as in an ordering, stands for.

    For a foreign key that is what it refers to.
    """
    plain = name.removeprefix("-")
    field: Any = model._meta.pk if plain == "pk" else model._meta.get_field(plain)
    target: models.Field[Any, Any] = getattr(field, "target_field", field)
    return target


class OnPostgresql(RunSQL):
    """An operation of a migration that runs SQL on PostgreSQL, and nothing elsewhere."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)
