"""Pages of lists whose tables may have a million rows."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

#: Rows that a list counts and pages through; whoever has more narrows the list by a filter.
MOST_ROWS = 10_000


def capped_count(rows: QuerySet[Any]) -> int:
    """How many rows there are; `MOST_ROWS` and one where there are more."""
    return rows.order_by().values("pk")[: MOST_ROWS + 1].count()


class CappedPaginator(Paginator):
    """Counts up to `MOST_ROWS` and not beyond: a page costs the same however large the table."""

    template_name = "desk/pagination.html"

    @cached_property
    def count(self) -> int:
        return min(self._counted, MOST_ROWS)

    @property
    def is_capped(self) -> bool:
        """Whether there are more rows than are counted."""
        return self._counted > MOST_ROWS

    @cached_property
    def _counted(self) -> int:
        rows = self.object_list
        if isinstance(rows, QuerySet):
            return capped_count(rows)
        return len(rows)
