"""Where the public resources are, as they stand in credentials for good."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.urls import reverse

from badges.credentials.errors import CredentialsOff
from badges.models import BadgeDefinition, EarnedBadge


def is_on() -> bool:
    """Whether badges have credentials and public pages here."""
    return bool(settings.PUBLIC_URL and settings.BADGE_SIGNING_KEY_FILE)


def require_on() -> None:
    """Raise `CredentialsOff` where the settings name no public URL or no key."""
    if not is_on():
        raise CredentialsOff


def issuer_url() -> str:
    """The id of the issuer's profile."""
    return _public("badge-issuer")


def key_url(thumbprint: str) -> str:
    """The `kid` of a key: leads to the key as a JWK (Open Badges 3.0, dereferencing keys)."""
    return _public("badge-key", thumbprint)


def achievement_url(definition: BadgeDefinition) -> str:
    return _public("badge-achievement", definition.public_id)


def image_url(definition: BadgeDefinition) -> str:
    return _public("badge-image", definition.public_id)


def status_list_url(number: int) -> str:
    return _public("badge-status-list", number)


def credential_url(earned: EarnedBadge) -> str:
    """The id of the credential, which is also its page for people."""
    return _public("badge-page", earned.public_uuid)


def baked_png_url(earned: EarnedBadge) -> str:
    return _public("badge-baked-png", earned.public_uuid)


def _public(name: str, part: str | int | UUID | None = None) -> str:
    path = reverse(name, args=[] if part is None else [part])
    return f"{settings.PUBLIC_URL}{path}"
