"""Earned badges as documents of Open Badges 3.0, on the Verifiable Credentials Data Model 2.0."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid5

from django.conf import settings

from badges.credentials import addresses
from badges.credentials.positions import position_of
from badges.models import BadgeDefinition, BadgeImage, EarnedBadge
from config.api.fields import format_utc

VC_CONTEXT = "https://www.w3.org/ns/credentials/v2"
OB_CONTEXT = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"

Document = dict[str, Any]


def timestamp(moment: datetime) -> str:
    """A moment as the documents write it: UTC, whole seconds as `nbf` counts them."""
    return format_utc(moment)


def image_of(definition: BadgeDefinition) -> BadgeImage | None:
    """How the badge looks, where someone said so."""
    try:
        return definition.image
    except BadgeImage.DoesNotExist:
        return None


def profile() -> Document:
    """Who issues the badges: `Profile` of Open Badges 3.0."""
    return {
        "id": addresses.issuer_url(),
        "type": ["Profile"],
        "name": settings.BADGE_ISSUER_NAME,
        "url": settings.PUBLIC_URL,
    }


def achievement(definition: BadgeDefinition) -> Document:
    """What can be earned: `Achievement` of Open Badges 3.0."""
    document: Document = {
        "id": addresses.achievement_url(definition),
        "type": ["Achievement"],
        "achievementType": "Badge",
        "name": definition.name,
        "description": definition.description,
        "criteria": {"narrative": definition.criteria},
    }
    if image_of(definition) is not None:
        document["image"] = {"id": addresses.image_url(definition), "type": "Image"}
    if definition.tags:
        document["tag"] = list(definition.tags)
    return document


def credential(earned: EarnedBadge) -> Document:
    """That a mentor earned a badge: `OpenBadgeCredential` of Open Badges 3.0, not signed.

    It tells of the mentor nothing but the name, and that only where the mentor agreed.
    """
    return {
        "@context": [VC_CONTEXT, OB_CONTEXT],
        "id": addresses.credential_url(earned),
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": earned.definition.name,
        "issuer": profile(),
        # A clock that goes ahead may have awarded it; it is valid all the same.
        "validFrom": timestamp(min(earned.awarded_at, earned.created_at)),
        "awardedDate": timestamp(earned.awarded_at),
        "credentialSubject": _subject(earned),
        "credentialStatus": _status(earned),
    }


def _subject(earned: EarnedBadge) -> Document:
    # The recipient's id is the same whenever the credential is made, and different from badge to
    # badge: nobody can tell by it which badges one mentor earned.
    recipient = uuid5(earned.public_uuid, "recipient")
    document: Document = {
        "id": f"urn:uuid:{recipient}",
        "type": ["AchievementSubject"],
        "achievement": achievement(earned.definition),
    }
    if earned.mentor.public_badges and earned.mentor.name:
        document["identifier"] = [
            {
                "type": "IdentityObject",
                "hashed": False,
                "identityHash": earned.mentor.name,
                "identityType": "name",
            }
        ]
    return document


def _status(earned: EarnedBadge) -> Document:
    """Where to look whether it was revoked (Bitstring Status List 1.0, section 2.1)."""
    number, index = position_of(earned.pk)
    listed_at = addresses.status_list_url(number)
    return {
        "id": f"{listed_at}#{index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": str(index),
        "statusListCredential": listed_at,
    }
