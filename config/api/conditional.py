"""Entity tags and what depends on them (RFC 9110 sections 8.8.3 and 13).

The tag of a resource is a hash of what GET answers. Whoever changes a resource only as they read it
sends that tag as `If-Match`: the row is locked, read and compared before anything is written.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Protocol

from django.db import transaction
from django.db.models import QuerySet
from django.utils.cache import get_conditional_response, set_response_etag
from django.utils.http import parse_etags
from rest_framework.request import Request
from rest_framework.response import Response

from config.errors import DomainError, NotFoundError

Handler = Callable[..., Response]
#: Headers under which a change is made only if they hold.
CONDITIONS = ("HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH")


class PreconditionFailed(DomainError):
    status = 412
    code = "precondition-failed"
    title = "The resource is not as the request expects it"


class Readable(Protocol):
    """A viewset whose single resources have tags."""

    #: The action that answers GET for one resource.
    reading_action: ClassVar[str]
    #: Whether PUT makes what is not there.
    puts_new: ClassVar[bool]
    action: str

    def resource_rows(self, **kwargs: Any) -> QuerySet[Any, Any]: ...


def with_etag(request: Request, response: Response) -> Response:
    """The answer to a GET with its `ETag`; a 304 where the client has it already."""
    response.render()
    set_response_etag(response)
    if "HTTP_IF_NONE_MATCH" not in request.META:
        return response
    answer: Any = get_conditional_response(
        request._request, etag=response["ETag"], response=response
    )
    if answer is not response:
        # What middleware of DRF's answers asks of each.
        answer.accepted_renderer = response.accepted_renderer
    return answer  # type: ignore[no-any-return]


def only_if_unchanged(view: Readable, handler: Handler) -> Handler:
    """The handler of a PUT or DELETE, called only if the request's conditions hold.

    `PreconditionFailed` otherwise, and nothing is changed. Nobody else changes the resource between
    the comparison and the change: its row is locked.
    """

    def guarded(request: Request, *args: Any, **kwargs: Any) -> Response:
        with transaction.atomic():
            # Reads the key alone: the resource is read after the lock is held.
            rows = view.resource_rows(**kwargs).order_by().values_list("pk")
            list(rows.select_for_update(no_key=True))
            tag = _tag_of(view, request, *args, **kwargs)
            # Otherwise the answer is a 404, with or without a condition.
            if tag is not None or view.puts_new:
                _compare(request, tag)
            return handler(request, *args, **kwargs)

    return guarded


def with_new_etag(view: Readable, handler: Handler) -> Handler:
    """The handler of a PUT, whose answer has the tag that GET answers from then on.

    It is read in the transaction of the change: nobody else's change can be in it.
    """

    def tagged(request: Request, *args: Any, **kwargs: Any) -> Response:
        with transaction.atomic():
            response = handler(request, *args, **kwargs)
            if (tag := _tag_of(view, request, *args, **kwargs)) is not None:
                response["ETag"] = tag
        return response

    return tagged


def _tag_of(view: Any, request: Request, *args: Any, **kwargs: Any) -> str | None:
    """The tag that a GET would answer now; None where there is no such resource."""
    acting, view.action = view.action, view.reading_action
    try:
        response = getattr(view, view.reading_action)(request, *args, **kwargs)
    except NotFoundError:
        return None
    finally:
        view.action = acting
    response = view.finalize_response(request, response, *args, **kwargs)
    response.render()
    set_response_etag(response)
    tag: str = response["ETag"]
    return tag


def _compare(request: Request, tag: str | None) -> None:
    """`PreconditionFailed` where a condition does not hold for the resource with that tag."""
    for header, name in zip(CONDITIONS, ("If-Match", "If-None-Match"), strict=True):
        if header not in request.META:
            continue
        named = parse_etags(request.META[header])
        is_named = tag is not None and ("*" in named or tag in named)
        if is_named == (name == "If-None-Match"):
            raise PreconditionFailed(
                f"{name} is {request.META[header]}, and the resource "
                + (f"has the tag {tag}." if tag else "does not exist.")
            )
