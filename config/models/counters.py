"""Counts of outcomes, for the metrics."""

from __future__ import annotations

from django.db import models


class Counter(models.Model):
    """A count that only grows; see `config.metrics.counters`. Several rows of one kind add up."""

    name = models.CharField(max_length=50)
    outcome = models.CharField(max_length=20)
    value = models.PositiveBigIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["name", "outcome"], name="counter_kind")]

    def __str__(self) -> str:
        return f"{self.name} {self.outcome}: {self.value}"
