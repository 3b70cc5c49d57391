"""Which of a view's formats a request gets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

#: What nearly all clients accept; it takes no parsing to know that JSON is among it.
WELCOMES_JSON = frozenset({"*/*", "application/json", "application/json, */*"})


class JsonFirstNegotiation(DefaultContentNegotiation):
    """DRF's, with a short way for views that speak JSON alone."""

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> Any:
        """The renderer and its media type. `NotAcceptable` (406) where the client takes none."""
        offered = list(renderers)
        accepted = request.META.get("HTTP_ACCEPT", "*/*")
        if (
            len(offered) == 1
            and offered[0].media_type == "application/json"
            and accepted in WELCOMES_JSON
        ):
            return offered[0], offered[0].media_type
        return super().select_renderer(request, offered, format_suffix)
