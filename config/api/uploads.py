"""Files in requests: streamed to disk, and refused as soon as they are too large."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest
from django.urls import resolve
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from config.api.json import refuse_encoded


class FileTooLarge(APIException):
    status_code = 413
    default_code = "content-too-large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The file is larger than {limit} bytes.")


class LimitedUploadHandler(TemporaryFileUploadHandler):
    """Writes an uploaded file to a temporary one; past `limit` bytes it is a `FileTooLarge`."""

    def __init__(self, request: Any = None, *, limit: int) -> None:
        super().__init__(request)
        self.limit = limit

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) > self.limit:
            raise FileTooLarge(self.limit)
        super().receive_data_chunk(raw_data, start)


def limit_uploads(request: Request, limit: int) -> None:
    """Have the files of `request`, which nobody has read yet, streamed to disk up to `limit`."""
    refuse_encoded(request)
    request._request.upload_handlers = [LimitedUploadHandler(request._request, limit=limit)]


def may_upload(request: HttpRequest) -> bool:
    """Whether the view of the request's address would let its caller in, by its head alone."""
    match: Any = resolve(request.path_info)
    view = match.func.cls(**match.func.initkwargs)
    view.action_map = match.func.actions
    view.setup(request, *match.args, **match.kwargs)
    view.request = view.initialize_request(request, *match.args, **match.kwargs)
    try:
        view.perform_authentication(view.request)
        view.check_permissions(view.request)
    except APIException:
        return False
    return True
