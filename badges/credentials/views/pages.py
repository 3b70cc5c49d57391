"""An earned badge for people and their wallets: its page, its credential, its baked image.

Only badges of mentors who agreed have them. Those of others are as unknown as a made-up address.
"""

from __future__ import annotations

import base64
import hashlib
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers

from badges.credentials import addresses, document
from badges.credentials.baking import bake_png, bake_svg
from badges.credentials.default_image import default_png
from badges.credentials.signing import signed_credential
from badges.credentials.views.answers import answer, public_resource
from badges.credentials.views.issuing import VC_JWT
from badges.models import EarnedBadge, ImageType

PLAIN_TEXT = "text/plain; charset=utf-8"


@public_resource
def page(request: HttpRequest, public_uuid: UUID) -> HttpResponse:
    """The page for people; for whoever asks for anything else, the credential it is the id of.

    Open Badges 3.0 ("Web Resource") answers the compact JWS as plain text, and verifiers ask for
    JSON, JSON-LD or plain text; `application/vc+jwt` is what the Verifiable Credentials have.
    """
    earned = _find(public_uuid)
    if earned is None:
        response = _html(request, "badges/unknown.html", {}, status=404)
    elif _wants_page(request):
        response = _html(request, "badges/earned.html", _context(earned))
    else:
        kind = VC_JWT if VC_JWT in _asked_types(request) else PLAIN_TEXT
        response = answer(request, signed_credential(earned), kind)
    patch_vary_headers(response, ["Accept"])
    return response


@public_resource
def token(request: HttpRequest, public_uuid: UUID) -> HttpResponse:
    """The credential as a file; plain text, as Open Badges 3.0 section 5.2 has it."""
    response = answer(request, signed_credential(_found(public_uuid)), PLAIN_TEXT)
    response["Content-Disposition"] = 'attachment; filename="badge.jwt"'
    return response


@public_resource
def baked_png(request: HttpRequest, public_uuid: UUID) -> HttpResponse:
    """The badge's PNG with the credential in it; a drawn medal where there is no PNG."""
    earned = _found(public_uuid)
    image = document.image_of(earned.definition)
    is_png = image is not None and image.media_type == ImageType.PNG
    content = bytes(image.content) if image is not None and is_png else default_png()
    return answer(request, bake_png(content, signed_credential(earned)), ImageType.PNG)


@public_resource
def baked_svg(request: HttpRequest, public_uuid: UUID) -> HttpResponse:
    """The badge's SVG with the credential in it; a 404 where there is no SVG."""
    earned = _found(public_uuid)
    image = document.image_of(earned.definition)
    if image is None or image.media_type != ImageType.SVG:
        raise Http404
    baked = bake_svg(bytes(image.content), signed_credential(earned))
    return answer(request, baked, ImageType.SVG)


@public_resource
def unknown(request: HttpRequest, rest: str) -> HttpResponse:
    """There is nothing else, and scripts of other sites may know it."""
    raise Http404


def _wants_page(request: HttpRequest) -> bool:
    """Whether HTML is what is asked for first, or anything at all is as welcome as the rest."""
    asked = _asked_types(request)
    return not asked or asked[0] in ("text/html", "*/*")


def _asked_types(request: HttpRequest) -> list[str]:
    """The media types of `Accept` without parameters, those of the highest quality first."""
    return [f"{asked.main_type}/{asked.sub_type}".lower() for asked in request.accepted_types]


def _find(public_uuid: UUID) -> EarnedBadge | None:
    """The earned badge, if its mentor agreed that it is public."""
    rows = EarnedBadge.objects.select_related("definition__image", "mentor")
    return rows.filter(public_uuid=public_uuid, mentor__public_badges=True).first()


def _found(public_uuid: UUID) -> EarnedBadge:
    earned = _find(public_uuid)
    if earned is None:
        raise Http404
    return earned


def _context(earned: EarnedBadge) -> dict[str, object]:
    image = document.image_of(earned.definition)
    is_svg = image is not None and image.media_type == ImageType.SVG
    return {
        "earned": earned,
        "definition": earned.definition,
        "name": earned.mentor.name,
        "issuer": settings.BADGE_ISSUER_NAME,
        "address": addresses.credential_url(earned),
        "preview": addresses.baked_png_url(earned),
        "image_view": "badge-baked-svg" if is_svg else "badge-baked-png",
    }


def _html(
    request: HttpRequest, template: str, context: dict[str, object], *, status: int = 200
) -> HttpResponse:
    """A page that shows text and images of its own and runs nothing."""
    style = render_to_string("badges/page.css")
    html = render_to_string(template, {**context, "style": style}, request)
    response = answer(request, html, "text/html; charset=utf-8", status=status)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    response["Content-Security-Policy"] = (
        f"default-src 'none'; img-src 'self'; style-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return response
