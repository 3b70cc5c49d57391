"""Counts of rows that PostgreSQL keeps."""

from __future__ import annotations

from django.db import models


class Tally(models.Model):
    """How many rows of a table have some values in some columns; see `config.tally`.

    Several rows of one kind add up. PostgreSQL's triggers write them, and nothing else does.
    """

    relation = models.CharField(max_length=100)
    first = models.CharField(max_length=100)
    second = models.CharField(max_length=100)
    count = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["relation", "first", "second"], name="tally_kind")]

    def __str__(self) -> str:
        return f"{self.relation} {self.first} {self.second}: {self.count}"
