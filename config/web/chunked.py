"""Bodies that come in pieces, without a `Content-Length`: .NET, Java and Node send them so.

Our own server has measured each body before Django sees it. Another WSGI server hands over what
comes, and neither Django nor REST framework reads a body of no stated length: they would answer as
if nothing had been sent.
"""

from __future__ import annotations

import tempfile
from typing import BinaryIO, cast

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest

from config.web.body_limits import Refusal, limit_of, too_large, upload_route_of

_PIECE = 64 * 1024
#: Bytes of a body that are kept in memory; what is larger goes to a temporary file.
_IN_MEMORY = 1024 * 1024


def read_chunked(request: HttpRequest) -> Refusal | None:
    """Have the request carry its body of no stated length as if its length were known.

    Returns why not, if so: it is too large (413), or comes from a server that does not tell where
    it ends (411), for which see PEP 3333 and `wsgi.input_terminated`.
    """
    meta = request.META
    is_chunked = "HTTP_TRANSFER_ENCODING" in meta and not meta.get("CONTENT_LENGTH")
    if not (is_chunked and isinstance(request, WSGIRequest)):
        return None
    if not meta.get("wsgi.input_terminated"):
        return Refusal(411, "Say in Content-Length how long the body is.")
    route = upload_route_of(request.method, request.path_info)
    if route is not None and not route.may_upload(request):
        # The view tells its sender so, and reads no body for that.
        return None
    return _take(request)


def _take(request: WSGIRequest) -> Refusal | None:
    limit = limit_of(request.method, request.path_info)
    body = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 (it ends with the request)
    source = request.META["wsgi.input"]
    while piece := source.read(_PIECE):
        body.write(piece)
        if body.tell() > limit:
            body.close()
            return too_large(request.method, request.path_info)
    request.META["CONTENT_LENGTH"] = str(body.tell())
    body.seek(0)
    request._stream = cast(BinaryIO, body)
    return None
