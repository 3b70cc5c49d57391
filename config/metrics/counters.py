"""Counts that only grow, kept in the database: what the rows that are counted can't tell in time.

A count may have several rows, which add up. Whoever adds takes one that nobody holds just now, or
makes another, so that writers neither wait for each other nor deadlock.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import F, Sum

from config.metrics.figures import Figure
from config.models import Counter


@transaction.atomic
def add(name: str, **amounts: int) -> None:
    """Add to the count of each outcome, in the transaction of what is counted if there is one."""
    for outcome, amount in amounts.items():
        if not amount:
            continue
        rows = Counter.objects.filter(name=name, outcome=outcome)
        free = rows.select_for_update(skip_locked=True).order_by("pk")
        pk = free.values_list("pk", flat=True).first()
        if pk is None:
            Counter.objects.create(name=name, outcome=outcome, value=amount)
        else:
            Counter.objects.filter(pk=pk).update(value=F("value") + amount)


def figure(name: str, about: str, label: str, outcomes: Iterable[str]) -> Figure:
    """The count as a figure, with 0 for outcomes of which there was none; one query."""
    sums = Counter.objects.filter(name=name).values_list("outcome").annotate(total=Sum("value"))
    values: dict[tuple[str, ...], float] = {(outcome,): 0 for outcome in outcomes}
    values |= {(outcome,): total for outcome, total in sums}
    return Figure(name, about, (label,), "counter", values)
