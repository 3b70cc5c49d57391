"""From rows of the database to JSON, without a model or a serializer in between.

A `Shape` is read off a serializer class, which stays the one place that names the keys of an answer
and their order, for the schema as well.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

import orjson
from django.db.models import Model, OuterRef, TextField
from django.db.models.fields.reverse_related import ManyToOneRel
from django.db.models.functions import Cast
from rest_framework import serializers

from config.api.fields import UtcDateTimeField
from config.prepared import Given, JsonRows, PreparedQuery, UtcText

#: Values that the JSON renderer writes as serializers would: text, numbers, moments, days, null.
PLAIN_FIELDS = (
    serializers.CharField,
    serializers.BooleanField,
    serializers.IntegerField,
    serializers.ChoiceField,
    serializers.DateField,
    serializers.UUIDField,
    UtcDateTimeField,
)


class ComputedField(serializers.Field[Any, Any, Any, Any]):
    """A value that follows from `columns` (paths from the model, with `__`) of its row.

    The context of the serializer or the shape has what else it takes, such as `now`.
    """

    columns: ClassVar[tuple[str, ...]]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"source": "*", "read_only": True, **kwargs})

    @staticmethod
    def compute(context: Mapping[str, Any], *values: Any) -> Any:
        """The JSON value for the values of `columns`."""
        raise NotImplementedError

    def to_representation(self, value: Any) -> Any:
        return self.compute(self.context, *[_at(value, column) for column in self.columns])


def _at(row: Any, path: str) -> Any:
    return functools.reduce(getattr, path.split("__"), row)


class Shape:
    """How rows of `model` become the objects that `serializer_class` describes.

    Without a model it is for values that are not in the database.
    """

    def __init__(
        self, serializer_class: type[serializers.Serializer[Any]], model: type[Model] | None
    ) -> None:
        self.model = model
        #: What is read of a row: paths from the model, and names of `expressions`.
        self.columns: list[str] = []
        #: What the database makes for it: JSON as text.
        self.expressions: dict[str, JsonRows | Cast] = {}
        # The key, where its value stands in a row, and what computes it from which others.
        self._members: list[tuple[str, int]] = []
        self._json: list[str] = []
        # Those that are left out where they are unset.
        self._optional: list[str] = []
        self._related_query: PreparedQuery | None = None
        self._computed: list[tuple[str, Callable[..., Any], list[int]]] = []
        for name, field in serializer_class().fields.items():
            if isinstance(field, ComputedField):
                self._compute(name, field.compute, field.columns)
            elif isinstance(field, serializers.Serializer):
                paths = [f"{field.source}.{inner.source}" for inner in field.fields.values()]
                make = functools.partial(_object, tuple(field.fields))
                self._compute(name, make, [path.replace(".", "__") for path in paths])
            elif isinstance(field, serializers.ListSerializer):
                self._members.append((name, self._place(self._make_nested(name, field))))
                self._json.append(name)
            elif isinstance(field, (*PLAIN_FIELDS, serializers.DictField)):
                self._add_plain(name, field)
            else:
                raise TypeError(f"{name} of {serializer_class.__name__} has no column.")

    def _add_plain(self, name: str, field: serializers.Field[Any, Any, Any, Any]) -> None:
        """Have the member be the value of its column."""
        column = str(field.source).replace(".", "__")
        if isinstance(field, serializers.DictField):
            # Read as text, JSON needs not be parsed and made again.
            alias = f"{name}_json"
            self.expressions[alias] = Cast(column, TextField())
            self._json.append(name)
            column = alias
        if not field.required:
            self._optional.append(name)
        self._members.append((name, self._place(column)))

    def _compute(self, name: str, compute: Callable[..., Any], columns: Sequence[str]) -> None:
        """Have the member computed from these columns, in its place among the others."""
        self._computed.append((name, compute, [self._place(column) for column in columns]))
        self._members.append((name, 0))

    def _place(self, column: str) -> int:
        """Where the column stands in a row."""
        if column not in self.columns:
            self.columns.append(column)
        return self.columns.index(column)

    def _make_nested(self, name: str, field: serializers.ListSerializer[Any]) -> str:
        """The column that holds related rows as JSON, made by the database."""
        if self.model is None:
            raise TypeError(f"{name} has no table.")
        relation = self.model._meta.get_field(str(field.source).removesuffix(".all"))
        if not isinstance(relation, ManyToOneRel):
            raise TypeError(f"{name} is no relation to many.")
        child: Any = field.child
        members = {key: UtcText(str(inner.source)) for key, inner in child.fields.items()}
        model: Any = relation.related_model
        rows = model._default_manager.filter(**{relation.field.name: OuterRef("pk")})
        alias = f"{name}_json"
        self.expressions[alias] = JsonRows(rows.order_by(*model._meta.ordering), members)
        return alias

    def bodies(
        self, rows: Iterable[Sequence[Any]], context: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """The objects for rows of `columns`; whatever follows these columns is left out."""
        found = []
        for row in rows:
            body = {name: row[place] for name, place in self._members}
            for name in self._json:
                if body[name] is not None:
                    body[name] = orjson.Fragment(body[name])
            for name, compute, places in self._computed:
                body[name] = compute(context, *[row[place] for place in places])
            for name in self._optional:
                if body[name] is None:
                    del body[name]
            found.append(body)
        return found

    def body_of(self, instance: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """The object for an instance, as it stands; related rows are read, by one query."""
        related = iter(self._related(instance.pk) if self.expressions else ())
        row = [
            next(related) if column in self.expressions else _at(instance, column)
            for column in self.columns
        ]
        return self.bodies([row], context)[0]

    def _related(self, pk: Any) -> Sequence[Any]:
        if self._related_query is None:
            model: Any = self.model
            rows = model._default_manager.filter(pk=Given("pk", model._meta.pk)).order_by()
            named = rows.annotate(**self.expressions).values_list(*self.expressions)
            self._related_query = PreparedQuery(named)
        found = self._related_query.run({"pk": pk})
        return found[0] if found else ["[]"] * len(self.expressions)


def _object(names: Sequence[str], context: Mapping[str, Any], *values: Any) -> dict[str, Any]:
    return dict(zip(names, values, strict=True))


@functools.cache
def shape_of(serializer_class: Any, model: Any) -> Shape:
    """The shape of rows of the model for that class of serializer, made once."""
    return Shape(serializer_class, model)
