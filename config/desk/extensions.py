"""What one app adds to the pages of another's rows.

Imports point down: certifications know nothing of reminders. So cron says here what a list of
certifications shows of them, and what may be done there.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


class ListColumn(ABC):
    """A column at the end of a list. Its values are found for a whole page at once."""

    #: An attribute name, unlike those of the model and its admin.
    name: ClassVar[str]
    description: ClassVar[StrPromise | str]

    @abstractmethod
    def values(self, rows: Sequence[Any], now: datetime) -> Mapping[Any, object]:
        """What the column shows for each of `rows`, by primary key."""


@dataclass(frozen=True)
class ListAction:
    """Something to do with the rows that one has ticked.

    `permission` is a whole one (`app_label.codename`). `run` gets the rows that the account may see
    and answers a page, or None to come back to the list.
    """

    name: str
    description: StrPromise | str
    permission: str
    run: Callable[[HttpRequest, QuerySet[Any]], HttpResponse | None]


@dataclass(frozen=True)
class RowLink:
    """A link at the top of a row's page, for those with `permission`."""

    title: StrPromise | str
    permission: str
    url: Callable[[Model], str]


_columns: dict[str, list[ListColumn]] = defaultdict(list)
_actions: dict[str, list[ListAction]] = defaultdict(list)
_links: dict[str, list[RowLink]] = defaultdict(list)


def extend(
    model: type[Model],
    *,
    columns: Sequence[ListColumn] = (),
    actions: Sequence[ListAction] = (),
    links: Sequence[RowLink] = (),
) -> None:
    """Add to the pages of the model's rows; call it from `AppConfig.ready`."""
    label = model._meta.label
    _columns[label].extend(columns)
    _actions[label].extend(actions)
    _links[label].extend(links)


def columns_of(model: type[Model]) -> tuple[ListColumn, ...]:
    return tuple(_columns[model._meta.label])


def actions_of(model: type[Model]) -> tuple[ListAction, ...]:
    return tuple(_actions[model._meta.label])


def links_of(model: type[Model]) -> tuple[RowLink, ...]:
    return tuple(_links[model._meta.label])
