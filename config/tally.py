"""Exact totals without counting: on PostgreSQL triggers keep how many rows there are of each kind.

A list's `total` is exact, and counting a million rows for each page costs a hundred times what the
page does. Of a model that names columns as `tallied`, the database itself keeps the number of
rows for each combination of their values, in the transaction of each change. A total is read there
where the conditions of a QuerySet are on these columns alone; other totals, and all on SQLite, are
counted.
"""

from __future__ import annotations

from typing import Any

from django.db import connections
from django.db.migrations.operations.base import Operation
from django.db.models import BigIntegerField, Model, QuerySet, Subquery
from django.db.models.expressions import Col
from django.db.models.lookups import Exact
from django.db.models.sql.where import AND, WhereNode

from config.models import Tally
from config.prepared import PreparedQuery


def tallied_columns(model: type[Model]) -> tuple[str, ...] | None:
    """The fields (at most two) by which the tally of the model tells rows apart; None without one.

    A migration of the model's app has to have `KeepTally` with the same.
    """
    columns: tuple[str, ...] | None = getattr(model, "tallied", None)
    return columns


def total_query(rows: QuerySet[Any, Any], *, using: str) -> PreparedQuery:
    """A query for how many rows there are, exactly: one row with one number."""
    frame, counted = _total(rows, using)
    return PreparedQuery(counted, frame, using, converts=False)


def total_of(rows: QuerySet[Any, Any], *, using: str) -> Subquery:
    """The same number as an expression, for a column of another query."""
    frame, counted = _total(rows, using)
    return Subquery(
        counted, template=f"({frame.format('%(subquery)s')})", output_field=BigIntegerField()
    )


def _total(rows: QuerySet[Any, Any], using: str) -> tuple[str, QuerySet[Any, Any]]:
    """SQL that comes to the total of what the QuerySet finds."""
    tallies = _tallies_of(rows) if connections[using].vendor == "postgresql" else None
    if tallies is None:
        return "SELECT count(*) FROM ({}) AS counted", rows.order_by().values_list("pk")
    kept = "SELECT coalesce(sum(counted.n), 0)::bigint FROM ({}) AS counted (n)"
    return kept, tallies.values_list("count")


def _tallies_of(rows: QuerySet[Any, Any]) -> QuerySet[Tally, Tally] | None:
    """The tallies that add up to the number of rows; None where they don't tell it."""
    query = rows.query
    columns = tallied_columns(rows.model)
    joined = [alias for alias, uses in query.alias_refcount.items() if uses]
    is_plain = not (query.distinct or query.combinator or len(joined) > 1)
    if columns is None or not is_plain:
        return None
    conditions = _equalities(query.where)
    if conditions is None or not conditions.keys() <= set(columns):
        return None
    places = dict(zip(columns, ("first", "second"), strict=False))
    wanted = {places[column]: value for column, value in conditions.items()}
    return Tally.objects.filter(relation=rows.model._meta.label, **wanted)


def _equalities(where: WhereNode) -> dict[str, Any] | None:
    """The values that columns have to have, if the conditions say nothing else."""
    if where.negated or (where.connector != AND and len(where.children) > 1):
        return None
    found: dict[str, Any] = {}
    for condition in where.children:
        if isinstance(condition, WhereNode):
            inner = _equalities(condition)
            if inner is None or inner.keys() & found.keys():
                return None
            found |= inner
        elif isinstance(condition, Exact) and isinstance(condition.lhs, Col):
            name = condition.lhs.target.name
            if name in found:
                return None
            found[name] = condition.rhs
        else:
            return None
    return found


class KeepTally(Operation):
    """Has PostgreSQL keep the tally of a model's table from now on, and counts what is there.

    Statement by statement: a change of a million rows by one statement costs one more each for its
    old and new rows. A transaction adds to a row of the tally that no other one holds just now, so
    that writers neither wait for each other nor deadlock; the rows of one kind add up.
    """

    reversible = True

    def __init__(self, model: str, columns: tuple[str, ...] = ()) -> None:
        self.model, self.columns = model, columns

    def state_forwards(self, app_label: str, state: Any) -> None:
        """A trigger is no part of the models' state."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        if schema_editor.connection.vendor == "postgresql":
            model = to_state.apps.get_model(app_label, self.model)
            schema_editor.execute(_create_sql(model, self.columns), params=None)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        if schema_editor.connection.vendor == "postgresql":
            model = from_state.apps.get_model(app_label, self.model)
            schema_editor.execute(_drop_sql(model), params=None)

    def describe(self) -> str:
        return f"Keep the tally of {self.model}"


def recount_sql(model: Any, columns: tuple[str, ...]) -> str:
    """SQL that counts the model's table anew, with writers kept out until the transaction ends."""
    table, tally = model._meta.db_table, Tally._meta.db_table
    label, keys = model._meta.label, _keys(model, columns)
    return f"""
LOCK TABLE "{table}" IN SHARE ROW EXCLUSIVE MODE;
DELETE FROM "{tally}" WHERE relation = '{label}';
INSERT INTO "{tally}" (relation, first, second, count)
  SELECT '{label}', {", ".join(keys)}, count(*) FROM "{table}" GROUP BY 2, 3;
"""  # noqa: S608 (names of models)


def _create_sql(model: Any, columns: tuple[str, ...]) -> str:
    table, tally = model._meta.db_table, Tally._meta.db_table
    label, (first, second) = model._meta.label, _keys(model, columns)
    new = f"SELECT {first} AS a, {second} AS b, 1 AS n FROM new_rows"  # noqa: S608 (names of columns)
    old = f"SELECT {first}, {second}, -1 FROM old_rows"  # noqa: S608 (names of columns)
    changes = {"insert": new, "delete": old, "update": f"{new} UNION ALL {old}"}
    tables = {
        "insert": "NEW TABLE AS new_rows",
        "delete": "OLD TABLE AS old_rows",
        "update": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
    }
    parts = []
    for event, rows in changes.items():
        parts.append(f"""
CREATE FUNCTION "{table}_tally_{event}"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE changed record;
BEGIN
  FOR changed IN
    SELECT a, b, sum(n) AS n FROM ({rows}) AS counted (a, b, n)
    GROUP BY a, b HAVING sum(n) <> 0
  LOOP
    UPDATE "{tally}" SET count = count + changed.n WHERE id = (
      SELECT id FROM "{tally}"
      WHERE relation = '{label}' AND first = changed.a AND second = changed.b
      LIMIT 1 FOR UPDATE SKIP LOCKED);
    IF NOT FOUND THEN
      INSERT INTO "{tally}" (relation, first, second, count)
        VALUES ('{label}', changed.a, changed.b, changed.n);
    END IF;
  END LOOP;
  RETURN NULL;
END $$;
CREATE TRIGGER "{table}_tally_{event}" AFTER {event} ON "{table}"
  REFERENCING {tables[event]} FOR EACH STATEMENT EXECUTE FUNCTION "{table}_tally_{event}"();
""")  # noqa: S608 (names of models)
    parts.append(f"""
CREATE FUNCTION "{table}_tally_truncate"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN DELETE FROM "{tally}" WHERE relation = '{label}'; RETURN NULL; END $$;
CREATE TRIGGER "{table}_tally_truncate" AFTER TRUNCATE ON "{table}"
  FOR EACH STATEMENT EXECUTE FUNCTION "{table}_tally_truncate"();
""")  # noqa: S608 (names of models)
    return "".join(parts) + recount_sql(model, columns)


def _drop_sql(model: Any) -> str:
    table = model._meta.db_table
    events = ("insert", "update", "delete", "truncate")
    drops = [f'DROP FUNCTION IF EXISTS "{table}_tally_{event}"() CASCADE;' for event in events]
    forget = f"DELETE FROM \"{Tally._meta.db_table}\" WHERE relation = '{model._meta.label}';"  # noqa: S608
    return "\n".join([*drops, forget])


def _keys(model: Any, columns: tuple[str, ...]) -> list[str]:
    """The two SQL expressions that tell rows apart; '' where there is no column, or no value."""
    named = [model._meta.get_field(column).column for column in columns]
    keys = [f"coalesce(\"{column}\"::text, '')" for column in named]
    return [*keys, "''", "''"][:2]
