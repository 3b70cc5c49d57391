"""Lists in JSON columns."""

from __future__ import annotations

from typing import Any

from django.db import models


class JSONListField(models.JSONField):
    """A JSON column with a list, whose validators see every value.

    Django passes over those of a field that may be blank where the value is empty, and takes `{}`
    for empty as well. An empty text in a form stands for the default where that is an empty list;
    else it is refused, as is null.
    """

    empty_values: list[Any] = []

    def deconstruct(self) -> Any:
        """As the field of Django's that it is to the database."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        if value is None:
            value = [] if self.get_default() == [] else ""
        return super().clean(value, model_instance)
