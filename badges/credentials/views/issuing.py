"""What credentials point to: keys, the issuer, achievements and their images, status lists."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from badges.credentials import document, keys, status_list
from badges.credentials.views.answers import answer, json_answer, public_resource
from badges.models import BadgeDefinition
from badges.models.definition import DEFINITION_ID
from config.errors import NotFoundError

JSON_LD = "application/ld+json"
VC_JWT = "application/vc+jwt"


@public_resource
def key_set(request: HttpRequest) -> HttpResponse:
    """All keys as a JWK Set (RFC 7517 section 5)."""
    jwks = [key.as_jwk() for key in keys.published_keys().values()]
    return json_answer(request, {"keys": jwks}, "application/jwk-set+json")


@public_resource
def key(request: HttpRequest, thumbprint: str) -> HttpResponse:
    """One key as a JWK, where a credential's `kid` leads."""
    found = keys.published_keys().get(thumbprint)
    if found is None:
        raise Http404
    return json_answer(request, dict(found.as_jwk()), "application/jwk+json")


@public_resource
def issuer(request: HttpRequest) -> HttpResponse:
    return json_answer(request, {"@context": _CONTEXT, **document.profile()}, JSON_LD)


@public_resource
def achievement(request: HttpRequest, public_id: str) -> HttpResponse:
    found = document.achievement(_definition(public_id))
    return json_answer(request, {"@context": _CONTEXT, **found}, JSON_LD)


@public_resource
def image(request: HttpRequest, public_id: str) -> HttpResponse:
    found = document.image_of(_definition(public_id))
    if found is None:
        raise Http404
    return answer(request, bytes(found.content), found.media_type, max_age_s=300)


@public_resource
def status(request: HttpRequest, number: int) -> HttpResponse:
    """The signed list of what was revoked; to be kept no longer than it says itself."""
    if not status_list.list_exists(number):
        raise Http404
    token = status_list.signed_list(number, now=timezone.now())
    seconds = int(status_list.TIME_TO_LIVE.total_seconds())
    return answer(request, token, VC_JWT, max_age_s=seconds)


_CONTEXT = [document.VC_CONTEXT, document.OB_CONTEXT]


def _definition(public_id: str) -> BadgeDefinition:
    try:
        number = DEFINITION_ID.parse(public_id)
    except NotFoundError as error:
        raise Http404 from error
    found = BadgeDefinition.objects.select_related("image").filter(pk=number).first()
    if found is None:
        raise Http404
    return found
