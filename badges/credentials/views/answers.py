"""What the public resources' answers have in common."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from typing import Any

import orjson
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.views.decorators.csrf import csrf_exempt

from badges.credentials.addresses import is_on
from config.api.problems import handler404, reads_only

View = Callable[..., HttpResponse]
#: SVG shows itself and nothing else, wherever it is opened.
_SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


#: What scripts of other sites may ask (Fetch Standard, "CORS protocol"): anything that reads, with
#: whatever headers; there are no cookies or tokens that could be meant.
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Max-Age": "86400",
    "Allow": "GET, HEAD, OPTIONS",
}


def public_resource(view: View) -> View:
    """Everybody may read it, scripts of other sites too; a 404 where credentials are off.

    Whatever is answered can be read by these scripts: a verifier in a browser has to tell an
    address without a credential from a network that fails.
    """
    read = reads_only(_or_not_found(view))

    @csrf_exempt
    @functools.wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "OPTIONS":
            response = HttpResponse(status=204, headers=_PREFLIGHT)
        else:
            response = read(request, *args, **kwargs)
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Expose-Headers"] = "ETag"
        return response

    return wrapped


def _or_not_found(view: View) -> View:
    """Answers itself where the view finds nothing, as Django would do it further out."""

    def found(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_on():
            return handler404(request, Http404())
        try:
            return view(request, *args, **kwargs)
        except Http404 as error:
            return handler404(request, error)

    return found


def answer(
    request: HttpRequest,
    body: bytes | str,
    content_type: str,
    *,
    max_age_s: int = 0,
    status: int = 200,
) -> HttpResponse:
    """The body, or 304 for who has it already.

    It may be kept for `max_age_s` seconds; 0 means that one has to ask each time.
    """
    # A choice of an enumeration is a str, but not what strict WSGI servers take for a header.
    response = HttpResponse(body, content_type=str(content_type), status=status)
    response["Cache-Control"] = f"public, max-age={max_age_s}" if max_age_s else "no-cache"
    if content_type == "image/svg+xml":
        response["Content-Security-Policy"] = _SVG_POLICY
    etag = f'"{hashlib.sha256(response.content).hexdigest()}"'
    response["ETag"] = etag
    found: HttpResponseBase | None = get_conditional_response(request, etag=etag, response=response)
    return found if isinstance(found, HttpResponse) else response


def json_answer(
    request: HttpRequest, document: dict[str, Any], content_type: str = "application/json"
) -> HttpResponse:
    """A document that changes rarely: it may be kept for five minutes."""
    return answer(request, orjson.dumps(document), content_type, max_age_s=300)
