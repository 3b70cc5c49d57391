"""What Django's ORM and migrations have no call for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connections, models, router
from django.db.migrations.operations import AddConstraint, RunSQL


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


class UtcDate(models.Func):
    """The day in UTC of a moment, by functions that an index may be made of.

    Django's own `TruncDate` calls Python on SQLite, where other programs could not open the
    database then.
    """

    output_field = models.DateField()
    template = "((%(expressions)s AT TIME ZONE 'UTC')::date)"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """SQLite's column has the moment in UTC as text."""
        return self.as_sql(compiler, connection, template="date(%(expressions)s)", **context)


class AddUniqueIndex(AddConstraint):
    """Add a unique constraint that is an index, which PostgreSQL builds beside all other work.

    Its migration has to have `atomic = False`.
    """

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        name = schema_editor.quote_name(self.constraint.name)
        model = to_state.apps.get_model(app_label, self.model_name)
        index = str(self.constraint.create_sql(model, schema_editor))
        # One that could not be finished is left behind invalid.
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        schema_editor.execute(index.replace(" INDEX ", " INDEX CONCURRENTLY ", 1), params=None)


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
