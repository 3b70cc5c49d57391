"""Errors as RFC 9457 problem details: one exception handler for all APIs, and Django's handlers."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from http import HTTPStatus
from itertools import islice
from typing import Any

import orjson
import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.views import csrf, defaults
from django.views.decorators.csrf import csrf_exempt
from psycopg.errors import QueryCanceled
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from config.api.json import OrjsonRenderer
from config.api.request_id import request_id_of
from config.errors import DomainError, Fault, InvalidError

View = Callable[..., HttpResponse]
MEDIA_TYPE = "application/problem+json"
#: Faults that are listed, characters of each of their texts, and characters of a whole `detail`.
#: Some texts repeat what was sent, and an answer should not outgrow its request.
MAX_FAULTS, MAX_FAULT_TEXT, MAX_DETAIL = 100, 500, 4_000
#: By what names clients of other APIs put a token into the query string.
TOKEN_PARAMETERS = frozenset({"access-token", "access_token", "token", "api_key"})
logger = structlog.get_logger(__name__)


def problem(
    request: HttpRequest,
    *,
    status: int,
    detail: str,
    code: str = "",
    title: str = "",
    **extensions: Any,
) -> dict[str, Any]:
    """The members of a problem (RFC 9457 section 3.1).

    Without `code` the type is `about:blank` and the title that of the status, as section 4.2.1 of
    the RFC has it.
    """
    return {
        "type": f"/problems/{code}" if code else "about:blank",
        "title": title or HTTPStatus(status).phrase,
        "status": status,
        "detail": _cut(detail, MAX_DETAIL),
        "request_id": request_id_of(request),
        **extensions,
    }


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response:
    """DRF's `EXCEPTION_HANDLER`: whatever a view raises becomes a problem.

    What nobody foresaw is logged with its stack trace and answered as a 500 that shows none of it.
    """
    request: HttpRequest = context["request"]._request
    headers: dict[str, str] = {}
    match exc:
        case InvalidError():
            names: dict[str, str] = getattr(context["view"], "field_names", {})
            body = _validation_problem(request, (_renamed(fault, names) for fault in exc.faults))
        case DomainError():
            body = problem(
                request,
                status=exc.status,
                detail=exc.detail,
                code=exc.code,
                title=exc.title,
                **exc.extensions,
            )
            headers = {**exc.headers}
        case exceptions.ValidationError():
            body = _validation_problem(request, _faults(exc.get_full_details()))
        case exceptions.APIException():
            detail = f"{exc.detail}{_hint(request, exc)}"
            body = problem(request, status=exc.status_code, detail=detail)
            headers = _headers(exc)
        case Http404():
            body = problem(request, status=404, detail="There is no such resource.")
        case PermissionDenied():
            body = problem(request, status=403, detail="You may not do this.")
        case RequestDataTooBig():
            body = problem(request, status=413, detail="The form is too large.")
        case SuspiciousOperation():
            body = problem(request, status=400, detail="The request can't be understood.")
        case OperationalError() if _took_too_long(exc):
            logger.warning("statement_timeout", path=request.path)
            body = problem(
                request,
                status=503,
                detail="The database takes too long to answer this; ask for less at a time.",
            )
            headers = {"Retry-After": "5"}
        case OperationalError() | InterfaceError():
            # The latter where the connection was found closed.
            logger.exception("database_unavailable")
            body = problem(request, status=503, detail="The database does not answer in time.")
            headers = {"Retry-After": "5"}
        case _:
            got_request_exception.send(sender=exception_handler, request=request)
            body = problem(request, status=500, detail="Something went wrong on our side.")
    set_rollback()
    # Whatever the view speaks (YAML, HTML), problems are JSON.
    context["request"].accepted_renderer = OrjsonRenderer()
    context["request"].accepted_media_type = MEDIA_TYPE
    return Response(body, status=body["status"], headers=headers, content_type=MEDIA_TYPE)


def _hint(request: HttpRequest, exc: exceptions.APIException) -> str:
    """What to tell whoever sent the token where it is not read: it stands in logs on the way."""
    is_named = not TOKEN_PARAMETERS.isdisjoint(request.GET)
    if exc.status_code == 401 and is_named:
        return (
            " A token in the query string is not read: send it as `Authorization: Bearer …`, and "
            "replace it, for query strings are logged on their way."
        )
    return ""


def _took_too_long(error: OperationalError) -> bool:
    """Whether PostgreSQL ended the statement: see `config.postgresql.timeouts`."""
    return isinstance(error.__cause__, QueryCanceled)


def _validation_problem(request: HttpRequest, faults: Iterator[Fault]) -> dict[str, Any]:
    """The problem that lists the faults; of very many the first, and how many were left out."""
    listed = [
        Fault(_cut(each.pointer, MAX_FAULT_TEXT), each.code, _cut(each.detail, MAX_FAULT_TEXT))
        for each in islice(faults, MAX_FAULTS)
    ]
    left_out = sum(1 for _ in faults)
    return problem(
        request,
        status=InvalidError.status,
        detail="; ".join(f"{fault.pointer}: {fault.detail}" for fault in listed),
        code=InvalidError.code,
        title=InvalidError.title,
        errors=[fault._asdict() for fault in listed],
        **({"errors_left_out": left_out} if left_out else {}),
    )


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _renamed(fault: Fault, names: dict[str, str]) -> Fault:
    """The fault with the name that this contract has for the field."""
    field = fault.pointer.removeprefix("#/")
    return fault._replace(pointer=f"#/{names[field]}") if field in names else fault


def _faults(details: Any, pointer: str = "#") -> Iterator[Fault]:
    """The leaves of DRF's nested error details, each with a JSON Pointer to its place."""
    if isinstance(details, list):
        for index, item in enumerate(details):
            leaf = isinstance(item, dict) and set(item) == {"message", "code"}
            yield from _faults(item, pointer if leaf else f"{pointer}/{index}")
    elif set(details) == {"message", "code"}:
        yield Fault(pointer, details["code"], str(details["message"]))
    else:
        for key, value in details.items():
            escaped = str(key).replace("~", "~0").replace("/", "~1")
            yield from _faults(
                value, pointer if key == "non_field_errors" else f"{pointer}/{escaped}"
            )


def _headers(exc: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if auth_header := getattr(exc, "auth_header", None):
        # RFC 6750 section 3.1: an error only where there was a token.
        is_bad = isinstance(exc, exceptions.AuthenticationFailed)
        headers["WWW-Authenticate"] = (
            f'{auth_header} error="invalid_token"' if is_bad else auth_header
        )
    if wait := getattr(exc, "wait", None):
        headers["Retry-After"] = str(int(wait) + 1)
    return headers


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's `CSRF_FAILURE_VIEW`."""
    if for_people(request):
        return csrf.csrf_failure(request, reason)
    return respond(request, 403, "You may not do this.")


def reads_only(view: View) -> View:
    """Answer what is neither GET nor HEAD with a 405 problem."""

    @csrf_exempt
    @functools.wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method in ("GET", "HEAD"):
            return view(request, *args, **kwargs)
        response = respond(request, 405, f"There is no {request.method} here.")
        response["Allow"] = "GET, HEAD"
        return response

    return wrapped


@reads_only
def describe(request: HttpRequest, code: str) -> HttpResponse:
    """What a problem type means, where its `type` leads (RFC 9457 section 3.1.1)."""
    for kind in _kinds(DomainError):
        if kind.code == code:
            meaning = {"type": request.path, "title": kind.title, "status": kind.status}
            return HttpResponse(orjson.dumps(meaning), content_type="application/json")
    raise Http404


def _kinds(base: type[DomainError]) -> Iterator[type[DomainError]]:
    yield base
    for kind in base.__subclasses__():
        yield from _kinds(kind)


def respond(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    body = orjson.dumps(problem(request, status=status, detail=detail))
    return HttpResponse(body, status=status, content_type=MEDIA_TYPE)


def for_people(request: HttpRequest) -> bool:
    """Whether a person in the admin made the request, who gets a page instead of a problem."""
    return request.path.startswith("/admin/")


def handler400(request: HttpRequest, exception: SuspiciousOperation) -> HttpResponse:
    return respond(request, 400, "The request can't be understood.")


def handler403(request: HttpRequest, exception: PermissionDenied) -> HttpResponse:
    if for_people(request):
        return defaults.permission_denied(request, exception)
    return respond(request, 403, "You may not do this.")


def handler404(request: HttpRequest, exception: Http404) -> HttpResponse:
    if for_people(request):
        return defaults.page_not_found(request, exception)
    return respond(request, 404, f"There is nothing at {request.path}.")


def handler500(request: HttpRequest) -> HttpResponse:
    if for_people(request):
        return defaults.server_error(request)
    return respond(request, 500, "Something went wrong on our side.")
