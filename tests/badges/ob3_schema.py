"""The OpenBadgeCredential as a JSON Schema, written from Open Badges 3.0 appendix B.1.

Only what our credentials use is there, and nothing else may be in them.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]
TEXT: Schema = {"type": "string", "minLength": 1}
URI: Schema = {"type": "string", "pattern": "^(https?://|urn:uuid:)"}
MOMENT: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}


def _object(required: Schema, optional: Schema | None = None) -> Schema:
    return {
        "type": "object",
        "required": sorted(required),
        "properties": {**required, **(optional or {})},
        "additionalProperties": False,
    }


def _types(name: str) -> Schema:
    return {"type": "array", "items": TEXT, "contains": {"const": name}}


PROFILE = _object({"id": URI, "type": _types("Profile")}, {"name": TEXT, "url": URI})
ACHIEVEMENT = _object(
    {
        "id": URI,
        "type": _types("Achievement"),
        "name": TEXT,
        "description": TEXT,
        "criteria": _object({}, {"id": URI, "narrative": TEXT}),
    },
    {
        "achievementType": {"enum": ["Achievement", "Award", "Badge", "Certification"]},
        "image": _object({"id": URI, "type": {"const": "Image"}}, {"caption": TEXT}),
        "tag": {"type": "array", "items": TEXT},
    },
)
IDENTITY = _object(
    {
        "type": {"const": "IdentityObject"},
        "hashed": {"type": "boolean"},
        "identityHash": TEXT,
        "identityType": {"enum": ["name", "emailAddress", "identifier"]},
    },
    {"salt": TEXT},
)
SUBJECT = _object(
    {"id": URI, "type": _types("AchievementSubject"), "achievement": ACHIEVEMENT},
    {"identifier": {"type": "array", "minItems": 1, "items": IDENTITY}},
)
STATUS = _object(
    {
        "id": URI,
        "type": {"const": "BitstringStatusListEntry"},
        "statusPurpose": {"const": "revocation"},
        "statusListIndex": {"type": "string", "pattern": "^(0|[1-9][0-9]*)$"},
        "statusListCredential": URI,
    }
)
CONTEXT: Schema = {
    "type": "array",
    "minItems": 2,
    "prefixItems": [
        {"const": "https://www.w3.org/ns/credentials/v2"},
        {"pattern": r"^https://purl\.imsglobal\.org/spec/ob/v3p0/context(-3\.\d\.\d)*\.json$"},
    ],
    "items": URI,
}
OPEN_BADGE_CREDENTIAL = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    **_object(
        {
            "@context": CONTEXT,
            "id": URI,
            "type": {
                "allOf": [_types("VerifiableCredential"), _types("OpenBadgeCredential")],
            },
            "name": TEXT,
            "issuer": PROFILE,
            "validFrom": MOMENT,
            "credentialSubject": SUBJECT,
        },
        {"awardedDate": MOMENT, "validUntil": MOMENT, "credentialStatus": STATUS},
    ),
}
