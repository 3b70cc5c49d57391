"""Where an app says what the home page shows of it.

An app's `AppConfig.ready` calls `register` with a panel; the home page shows the panels in order,
each to those who may read what it is about.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, ClassVar

from django.http import HttpRequest
from django.utils.formats import date_format, number_format
from django.utils.translation import pgettext

from config.desk.paginator import MOST_ROWS

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


@dataclass(frozen=True)
class Tile:
    """A number with the list behind it. `tone` is `calm`, `soon` or `urgent`."""

    label: StrPromise | str
    number: int
    url: str
    tone: str = "calm"

    @property
    def shown(self) -> str:
        """The number, as far as a list counts its rows."""
        if self.number > MOST_ROWS:
            return f"{number_format(MOST_ROWS, force_grouping=True)}+"
        return str(number_format(self.number, force_grouping=True))

    @property
    def is_alarming(self) -> bool:
        return self.number > 0 and self.tone != "calm"


@dataclass(frozen=True)
class Bar:
    """A column of a chart, with the list behind it; `label` says in full what it stands for."""

    label: str
    number: int
    url: str
    short_label: str = ""


def short_day(day: date) -> str:
    """The day as it stands below a column: `10 May`, in Norwegian `10. mai`."""
    return str(date_format(day, pgettext("day and month below a chart", "j M")))


class Chart:
    """Columns beside each other, scaled to the highest."""

    WIDTH = 720
    HEIGHT = 120

    def __init__(self, title: StrPromise | str, bars: Sequence[Bar]) -> None:
        self.title = title
        self.bars = bars
        self.highest = max((bar.number for bar in bars), default=0)

    @property
    def columns(self) -> list[dict[str, object]]:
        """Each bar with its place in a drawing of `WIDTH` by `HEIGHT`."""
        pitch = self.WIDTH / max(len(self.bars), 1)
        return [
            {
                "bar": bar,
                "x": round(index * pitch + 1, 1),
                "width": round(pitch - 2, 1),
                "height": (height := self._height(bar.number)),
                "y": self.HEIGHT - height,
                "middle": round((index + 0.5) * pitch, 1),
            }
            for index, bar in enumerate(self.bars)
        ]

    def _height(self, number: int) -> int:
        if not number:
            return 0
        return max(round(number / self.highest * self.HEIGHT), 2)


class Panel(ABC):
    """A part of the home page."""

    #: What one needs in order to see it (`app_label.codename`).
    permission: ClassVar[str]
    template: ClassVar[str]
    #: Panels stand in this order, the most urgent first.
    order: ClassVar[int]

    @abstractmethod
    def context(self, request: HttpRequest, now: datetime) -> dict[str, object]:
        """What the template shows to the account of `request`, by a fixed number of queries."""


_panels: list[Panel] = []


def register(panel: Panel) -> None:
    """Have the home page show the panel."""
    _panels.append(panel)
    _panels.sort(key=lambda each: each.order)


def panels() -> tuple[Panel, ...]:
    return tuple(_panels)
