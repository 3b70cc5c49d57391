"""The rows that a page of questions was asked about, brought back in one field.

A field a row, as Django has it, would come to more fields than a form may have
(`DATA_UPLOAD_MAX_NUMBER_FIELDS`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import BadRequest, ValidationError
from django.db.models import Field
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.desk.paginator import MOST_ROWS

FIELD = "selected_rows"


def selection_field(keys: Iterable[Any]) -> SafeString:
    """The hidden input for a form that posts to the list of these primary keys."""
    value = json.dumps([str(key) for key in keys], separators=(",", ":"), ensure_ascii=False)
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, value)


def take_selection(request: HttpRequest, key: Field) -> None:
    """Give the request the rows of that field as Django expects them.

    `BadRequest` where it, or Django's own fields, have what can be no primary key (`key`).
    """
    if request.method != "POST":
        return
    if FIELD in request.POST:
        _take(request)
    try:
        for value in request.POST.getlist(ACTION_CHECKBOX_NAME):
            key.to_python(value)
    except ValidationError as error:
        raise BadRequest("A row has no such key.") from error


def _take(request: HttpRequest) -> None:
    try:
        keys = json.loads(request.POST[FIELD])
    except ValueError as error:
        raise BadRequest("The rows can't be read.") from error
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise BadRequest("The rows are no list.")
    if len(keys) > MOST_ROWS:
        raise BadRequest(f"There are more than {MOST_ROWS} rows.")
    posted = request.POST.copy()
    posted.setlist(ACTION_CHECKBOX_NAME, keys)
    del posted[FIELD]
    request.POST = posted  # type: ignore[assignment]
