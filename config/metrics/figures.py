"""Where an app registers figures of its own, which `/metrics` shows.

An app's `AppConfig.ready` calls `register` with a function that reads them. It is called on each
scrape, so what it reads has to cost the same however large the tables are: an index, a small
table, or a count that is kept (`config.metrics.counters`). No figure or label names a person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import structlog
from django.db import DatabaseError

logger = structlog.get_logger(__name__)

#: The beginning of every name.
NAMESPACE = "certkeep"


@dataclass(frozen=True)
class Figure:
    """A figure with its values, each under the values of the labels.

    `name` has no namespace and ends with its unit, as Prometheus has it; a counter's `_total` is
    added when it is shown. A counter never falls.
    """

    name: str
    about: str
    labels: tuple[str, ...] = ()
    kind: Literal["gauge", "counter"] = "gauge"
    values: Mapping[tuple[str, ...], float] = field(default_factory=dict)


Source = Callable[[datetime], Iterable[Figure]]

_sources: dict[str, Source] = {}


def register(name: str, source: Source) -> None:
    """Show what `source` reads at a moment; `name` is the part of Certkeep that they are about."""
    _sources[name] = source


def read_all(now: datetime) -> Iterator[Figure]:
    """All figures, and of each source whether it could be read; one that can't hides no others."""
    could_read: dict[tuple[str, ...], float] = {}
    for name, source in _sources.items():
        try:
            yield from list(source(now))
        except DatabaseError:
            logger.warning("figures_unreadable", source=name, exc_info=True)
            could_read[(name,)] = 0
        else:
            could_read[(name,)] = 1
    yield Figure(
        "source_up", "Whether the figures of a part could be read.", ("source",), values=could_read
    )
