"""Queries of the ORM that are made into SQL once and run many times with other values.

Most of what a small read costs is making its SQL. A `PreparedQuery` is made from a QuerySet in
which `Given` stands for values: the rules of reading stay in the models' QuerySets, and a run costs
little more than the round trip. On PostgreSQL the statement is prepared on each connection as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.db import connections
from django.db.models import (
    BooleanField,
    Expression,
    F,
    Field,
    Func,
    Model,
    QuerySet,
    Subquery,
    TextField,
)
from django.db.models.expressions import BaseExpression

SQL = tuple[str, tuple[Any, ...]]
M = TypeVar("M", bound=Model)


class Given(Expression):
    """Stands for a value that is given by name when the query runs."""

    def __init__(self, name: str, output_field: Field[Any, Any]) -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        return "%s", (self,)


class RowAfter(Expression):
    """Whether `columns` come after `values` (before them, with `descending`), compared as rows.

    With `inclusive` the very row of these values is among them. The databases walk along an index
    on the columns from there.
    """

    conditional = True

    def __init__(
        self,
        columns: Sequence[str],
        values: Sequence[BaseExpression],
        *,
        descending: bool,
        inclusive: bool,
    ) -> None:
        super().__init__(output_field=BooleanField())
        self.columns: list[Any] = [F(column) for column in columns]
        self.values = list(values)
        self.operator = ("<" if descending else ">") + ("=" if inclusive else "")

    def get_source_expressions(self) -> list[Any]:
        return [*self.columns, *self.values]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        half = len(self.columns)
        self.columns, self.values = list(exprs[:half]), list(exprs[half:])

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        sides: list[str] = []
        params: tuple[Any, ...] = ()
        for side in (self.columns, self.values):
            compiled = [compiler.compile(expression) for expression in side]
            sides.append(", ".join(sql for sql, _ in compiled))
            for _, own in compiled:
                params += tuple(own)
        return f"({sides[0]}) {self.operator} ({sides[1]})", params


class UtcText(Func):
    """A moment as text, as the APIs write it: UTC, to the second, with `Z`."""

    output_field = TextField()
    template = "to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> SQL:
        template = "strftime('%%%%Y-%%%%m-%%%%dT%%%%H:%%%%M:%%%%SZ', %(expressions)s)"
        return self.as_sql(compiler, connection, template=template, **context)


class JsonObject(Expression):
    """A JSON object as the database makes it, its keys in the order given."""

    def __init__(self, members: Mapping[str, BaseExpression]) -> None:
        super().__init__(output_field=TextField())
        self.names, self.values = list(members), list(members.values())

    def get_source_expressions(self) -> list[Any]:
        return self.values

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        self.values = list(exprs)

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        members: list[str] = []
        params: tuple[Any, ...] = ()
        for name, value in zip(self.names, self.values, strict=True):
            sql, own = compiler.compile(value)
            members.append(f"'{name}', {sql}")
            params += tuple(own)
        function = "json_object" if connection.vendor == "sqlite" else "json_build_object"
        return f"{function}({', '.join(members)})", params


class JsonRows(Subquery):
    """The objects that `rows` finds, in their order, as the text of a JSON array."""

    output_field = TextField()
    template = "(SELECT coalesce(json_agg(json_row), '[]')::text FROM (%(subquery)s) AS found)"

    def __init__(self, rows: QuerySet[Any, Any], members: Mapping[str, BaseExpression]) -> None:
        super().__init__(rows.annotate(json_row=JsonObject(members)).values("json_row"))

    def as_sqlite(self, compiler: Any, connection: Any) -> SQL:
        template = "(SELECT json_group_array(json(json_row)) FROM (%(subquery)s) AS found)"
        return self.as_sql(compiler, connection, template=template)


class PreparedQuery:
    """What a `values_list` QuerySet with `Given`s in it finds, for other values each time.

    `frame` is SQL around it, such as a limit; its `{}` stands for the query's own. Where it selects
    other columns than the query does, `converts` is false: then values are what the driver reads.
    """

    def __init__(
        self,
        rows: QuerySet[Any, Any],
        frame: str = "{}",
        using: str = "default",
        *,
        converts: bool = True,
    ) -> None:
        self.using = using
        compiler = rows.query.get_compiler(using, elide_empty=False)
        sql, params = compiler.as_sql()
        self.sql, self.params = frame.format(sql), [*params]
        columns = [column for column, _, _ in compiler.select]
        self.converters = compiler.get_converters(columns) if converts else {}
        self._compiler = compiler

    def run(self, values: Mapping[str, Any], *more: Any) -> list[Any]:
        """The rows for these values; `more` are those of the frame's end."""
        connection = connections[self.using]
        if connection.vendor == "sqlite":
            params = [
                param.output_field.get_db_prep_value(values[param.name], connection)
                if type(param) is Given
                else param
                for param in self.params
            ]
        else:  # the driver knows what Python's values are
            params = [
                values[param.name] if type(param) is Given else param for param in self.params
            ]
        params += more
        with prepared_cursor(connection) as cursor:
            cursor.execute(self.sql, params)
            rows: list[Any] = cursor.fetchall()
        if self.converters:
            converted = self._compiler.apply_converters(rows, self.converters)
            rows = [tuple(row) for row in converted]
        return rows


class PreparedInstances(Generic[M]):
    """Model instances that a QuerySet with `Given`s in it finds, for other values each time."""

    def __init__(self, rows: QuerySet[M, M]) -> None:
        self.model = rows.model
        self.fields = [field.attname for field in rows.model._meta.concrete_fields]
        self.query = PreparedQuery(rows.values_list(*self.fields))

    def run(self, **values: Any) -> list[M]:
        """The instances for these values."""
        rows = self.query.run(values)
        return [self.model.from_db(self.query.using, self.fields, row) for row in rows]


def prepared_cursor(connection: Any) -> Any:
    """A cursor of Django's; on PostgreSQL one that prepares what it runs, unless that is off."""
    if connection.vendor != "postgresql" or not settings.PREPARED_STATEMENTS:
        return connection.cursor()
    from config.preparing import preparing_cursor

    connection.ensure_connection()
    with connection.wrap_database_errors:
        return connection._prepare_cursor(preparing_cursor(connection))
