"""The envelope of lists."""

from __future__ import annotations

from typing import Any

from rest_framework.pagination import PageNumberPagination
from rest_framework.response import Response


class Envelope(PageNumberPagination):
    def get_paginated_response(self, data: Any) -> Response:
        page: Any = self.page
        figures = {"page": page.number, "limit": self.page_size, "total": page.paginator.count}
        return Response({"data": data, "pagination": figures})
