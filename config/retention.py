"""What is kept for how long: each app registers what of it grows old, a daily task prunes it.

1. An app says in a `Prunable` which rows nothing needs any more, and which setting has the days.
2. Its `AppConfig.ready` calls `register` with what gives these, or `register_history` with models
   that keep history.
3. `prune` walks along the primary key, a batch a transaction. Rows are numbered as they are made,
   so it ends where a whole batch is too young, and never reads the rest of a table.
4. Rows that say themselves until when they count (`Expired`) need no setting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

import structlog
from django.conf import settings
from django.db import models, transaction
from django.db.models import Q, QuerySet

logger = structlog.get_logger(__name__)

#: Rows that one transaction looks at.
BATCH = 1000


def _nothing_more(pks: list[Any]) -> list[Any]:
    return pks


@dataclass(frozen=True)
class Prunable:
    """Rows of one model that go once they are old and nothing needs them.

    `name` is for people. `setting` names a setting with days, 0 for ever. `age` is the field with
    the moment from which the days count. `finished` gives, of rows older than the moment that it
    is called with, those that nothing needs.

    `hold` gets the keys of finished rows, which are locked, locks what else could become work
    again, and returns the keys of the rows that may go if they are still finished then.
    """

    name: str
    setting: str
    model: type[models.Model]
    age: str
    finished: Callable[[datetime], QuerySet[Any]]
    hold: Callable[[list[Any]], list[Any]] = _nothing_more

    def days(self) -> int:
        """How many days the rows are kept; 0 is for ever."""
        days: int = getattr(settings, self.setting)
        return days

    def due(self, before: datetime) -> QuerySet[Any]:
        """The rows that may go: older than `before`, and nothing needs them."""
        return self.finished(before).filter(Q(**{f"{self.age}__lt": before}))


@dataclass(frozen=True)
class Expired:
    """Rows that count until the moment in their field `until`, and go with the next pruning.

    Nothing locks them: what has expired nobody uses any more, and it never counts again.
    """

    name: str
    model: type[models.Model]
    until: str

    def due(self, now: datetime) -> QuerySet[Any]:
        """The rows that may go."""
        return self.model._default_manager.filter(**{f"{self.until}__lt": now})


#: Gives the prunables of an app, in an order in which what refers to others comes first.
Source = Callable[[], Iterable[Prunable]]

_sources: list[Source] = []
_expired: list[Expired] = []


def register(source: Source) -> None:
    """Have pruned what `source` gives; it is asked when it is time to prune."""
    _sources.append(source)


def register_expired(*kinds: Expired) -> None:
    """Have rows pruned that say themselves until when they count."""
    _expired.extend(kinds)


def register_history(*tracked: type[models.Model]) -> None:
    """Have the history of models pruned that keep it (django-simple-history)."""
    register(lambda: map(_history_of, tracked))


def _history_of(model: type[models.Model]) -> Prunable:
    history: type[models.Model] = model.history.model  # type: ignore[attr-defined]
    return Prunable(
        name=f"history of {model._meta.label_lower}",
        setting="KEEP_HISTORY_DAYS",
        model=history,
        age="history_date",
        finished=lambda before: history._default_manager.all(),
    )


def prunables() -> tuple[Prunable, ...]:
    """All that is registered, in the order in which it is pruned."""
    return tuple(chain.from_iterable(source() for source in _sources))


def expired() -> tuple[Expired, ...]:
    """All that is registered of rows that say until when they count."""
    return tuple(_expired)


def prune(*, now: datetime) -> dict[str, int]:
    """Delete what is old and needed by nothing; how many rows went, by the name of what they are.

    Safe beside itself and beside everything else: rows that someone else holds stay for the next
    time. Call it outside of a transaction.
    """
    pruned = {}
    for prunable in prunables():
        if prunable.days() > 0:
            pruned[prunable.name] = _prune(prunable, now - timedelta(days=prunable.days()))
    pruned |= {kind.name: _prune_expired(kind, now) for kind in expired()}
    gone = {name: count for name, count in pruned.items() if count}
    logger.info("pruned", rows=gone)
    return pruned


def preview(*, now: datetime) -> dict[str, int]:
    """How many rows `prune` would delete at the least, by name; nothing is changed.

    What has to wait for others, which are old as well, is not among them.
    """
    old = {
        prunable.name: prunable.due(now - timedelta(days=prunable.days())).count()
        for prunable in prunables()
        if prunable.days() > 0
    }
    return old | {kind.name: kind.due(now).count() for kind in expired()}


def _prune(prunable: Prunable, before: datetime) -> int:
    rows = prunable.model._default_manager.order_by("pk").values_list("pk", prunable.age)
    batch = list(rows[:BATCH])
    pruned = 0
    while any(age is not None and age < before for _, age in batch):
        pruned += _prune_batch(prunable, [pk for pk, _ in batch], before)
        batch = list(rows.filter(pk__gt=batch[-1][0])[:BATCH])
    return pruned


@transaction.atomic
def _prune_batch(prunable: Prunable, pks: list[Any], before: datetime) -> int:
    due = prunable.due(before)
    locked = due.filter(pk__in=pks).select_for_update(skip_locked=True, of=("self",))
    held = list(locked.order_by("pk").values_list("pk", flat=True))
    if not held:
        return 0
    # Asked again behind the locks: what became work again meanwhile is no longer due.
    _, deleted = due.filter(pk__in=prunable.hold(held)).delete()
    return deleted.get(prunable.model._meta.label, 0)


def _prune_expired(kind: Expired, now: datetime) -> int:
    pruned, due = 0, kind.due(now).order_by(kind.until).values_list("pk", flat=True)
    while pks := list(due[:BATCH]):
        pruned += kind.due(now).filter(pk__in=pks).delete()[0]
    return pruned
