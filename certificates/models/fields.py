"""Column types that only this app needs."""

from __future__ import annotations

from typing import Any

from django.db import models


class FoldedField(models.TextField):
    """Another column's text without capital letters, kept beside it for searching.

    Databases fold letters each in their own way (SQLite those of ASCII only); this is Unicode's.
    """

    def __init__(self, source: str = "", **kwargs: Any) -> None:
        super().__init__(editable=False, **kwargs)
        self.source = source

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("editable")
        return name, path, args, {**kwargs, "source": self.source}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        folded = str(getattr(model_instance, self.source)).casefold()
        setattr(model_instance, self.attname, folded)
        return folded
