"""The page between ticking rows and doing something with them that needs to know more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from config.desk.admin import DeskAdmin
from config.desk.selection import selection_field

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

#: What a form that was filled in brings along, unlike the list's own.
ASKED = "asked"
SHOWN_ROWS = 50


def answers(request: HttpRequest) -> Any:
    """What was filled in, for a form; None on the way from the list."""
    return request.POST if ASKED in request.POST else None


def ask(
    request: HttpRequest,
    *,
    model_admin: DeskAdmin,
    form: forms.Form,
    action: str,
    title: StrPromise | str,
    rows: QuerySet[Any],
    template: str = "desk/ask.html",
    more: Mapping[str, object] | None = None,
    describe: Callable[[Any], str] = str,
) -> HttpResponse:
    """Show the first rows, as `describe` has each, and the form; its answers come back to the same
    action.

    A `template` of one's own, with what it needs `more`, says more about the rows.
    """
    keys = list(rows.values_list("pk", flat=True))
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.model._meta,
        "title": title,
        "form": form,
        "action": action,
        "rows": [describe(row) for row in rows[:SHOWN_ROWS]],
        "row_count": len(keys),
        "selection": selection_field(keys),
        "asked": ASKED,
        "media": model_admin.media + form.media,
        **(more or {}),
    }
    return TemplateResponse(request, template, context)
