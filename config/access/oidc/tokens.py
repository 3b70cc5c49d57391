"""What an access token of the identity provider must be (RFC 9068, RFC 8725), and what it says."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from django.conf import settings

from config.access.oidc.keys import ALGORITHMS, KeyName, key_set

#: Seconds by which the provider's clock and ours may differ.
LEEWAY_S = 30
REQUIRED_CLAIMS = ["exp", "iss", "aud", "sub"]
#: Types in the header that an access token may have; "" where there is none.
ACCESS_TYPES = frozenset({"", "jwt", "at+jwt"})
#: Other tokens of Keycloak, by their claim `typ`.
OTHER_TYPES = frozenset({"id", "refresh", "offline", "logout"})
#: Claims that ID tokens alone have (OpenID Connect Core sections 3.1.3.6 and 3.3.2.11), and logout
#: tokens and other security events (Back-Channel Logout 2.4, RFC 8417).
FOREIGN_CLAIMS = ("at_hash", "c_hash", "events")

#: What is said of a token by what PyJWT found, the first that fits. Its own words are not passed
#: on: some of them quote what was sent.
_REASONS: tuple[tuple[type[jwt.PyJWTError], str], ...] = (
    (jwt.ExpiredSignatureError, "it has expired"),
    (jwt.ImmatureSignatureError, "it is not valid yet"),
    (jwt.InvalidAudienceError, "it is meant for another audience"),
    (jwt.InvalidIssuerError, "it is of another issuer"),
    (jwt.MissingRequiredClaimError, f"it lacks one of {', '.join(REQUIRED_CLAIMS)}"),
    (jwt.InvalidSignatureError, "its signature does not fit"),
    (jwt.PyJWTError, "it is no sound JWT"),
)


class InvalidToken(Exception):
    """The token can't be taken; the text says why, in words of our own."""


@dataclass(frozen=True)
class OidcToken:
    """What a checked access token says: who, with which roles, of which tenant."""

    subject: str
    roles: frozenset[str]
    tenant: str | None
    issuer: str = ""
    #: How history names the account.
    name: str = ""


def read_access_token(text: str) -> OidcToken:
    """What the token says. Raises `InvalidToken`, or `KeysUnavailable` while nobody can tell."""
    try:
        claims = _checked_claims(text)
    except jwt.PyJWTError as error:
        reason = next(reason for kind, reason in _REASONS if isinstance(error, kind))
        raise InvalidToken(f"The access token is not valid: {reason}.") from error
    subject = _text(claims["sub"], "sub")
    if not subject.strip():
        raise InvalidToken("The access token names no subject.")
    tenant = _claim(claims, settings.OIDC_TENANT_CLAIM)
    return OidcToken(
        subject=subject,
        roles=_roles(_claim(claims, settings.OIDC_ROLES_CLAIM)),
        tenant=_text(tenant, "tenant") if tenant else None,
        issuer=claims["iss"],
        name=_text(claims.get("name") or subject, "name"),
    )


def _checked_claims(text: str) -> dict[str, Any]:
    header = jwt.get_unverified_header(text)
    key_id: Any = header.get("kid")
    algorithm: Any = header.get("alg")
    if algorithm not in ALGORITHMS.values():
        raise InvalidToken("The access token has to be signed by RS256 or ES256.")
    _check_type(header.get("typ"))
    if key_id is None:
        raise InvalidToken("The access token names no key.")
    key = key_set(settings.OIDC_JWKS_URL).find(KeyName(key_id, algorithm))
    if key is None:
        raise InvalidToken("The access token is signed by a key that its issuer does not have.")
    claims: dict[str, Any] = jwt.decode(
        text,
        key,
        algorithms=[algorithm],
        issuer=settings.OIDC_ISSUER,
        audience=settings.OIDC_AUDIENCE,
        leeway=LEEWAY_S,
        options={"require": REQUIRED_CLAIMS},
    )
    _check_purpose(header, claims)
    return claims


def _check_type(typ: Any) -> None:
    if _plain_type(typ) not in ACCESS_TYPES:
        raise InvalidToken("The token is of another type than access tokens.")


def _plain_type(typ: Any) -> str:
    """The `typ` of a header in small letters, without the prefix that RFC 7515 leaves out."""
    if typ is None:
        return ""
    return typ.lower().removeprefix("application/") if isinstance(typ, str) else "no text"


def _check_purpose(header: Mapping[str, Any], claims: Mapping[str, Any]) -> None:
    """Refuse what the provider signed for another purpose: ID tokens, logout tokens, events."""
    kind, use = str(claims.get("typ", "")).lower(), claims.get("token_use", "access")
    if kind in OTHER_TYPES or use != "access":
        raise InvalidToken("The token says itself that it is no access token.")
    # Keycloak before 25 repeats the nonce in access tokens, and calls them Bearer.
    is_named = _plain_type(header.get("typ")) == "at+jwt" or kind == "bearer"
    foreign = FOREIGN_CLAIMS if is_named else (*FOREIGN_CLAIMS, "nonce")
    if any(name in claims for name in foreign):
        raise InvalidToken("The token is an ID token or tells of an event; it gives no access.")


def _claim(claims: Any, path: str) -> Any:
    """The claim of that name, or the one that its dots lead to: `realm_access.roles`.

    Names may have dots themselves, as URLs do; None where there is no such claim.
    """
    if not isinstance(claims, dict):
        return None
    if path in claims:
        return claims[path]
    for place, character in enumerate(path):
        if character == "." and path[:place] in claims:
            found = _claim(claims[path[:place]], path[place + 1 :])
            if found is not None:
                return found
    return None


def _roles(claim: Any) -> frozenset[str]:
    """A claim that is a list of words, or one string with spaces, as a set."""
    words = claim.split() if isinstance(claim, str) else claim if isinstance(claim, list) else []
    return frozenset(_text(word, "roles") for word in words)


def _text(value: Any, what: str) -> str:
    """A claim as text that the database can keep and a log line can show."""
    if not isinstance(value, str | int):
        raise InvalidToken(f"The access token's {what} is no text.")
    text = str(value)
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        raise InvalidToken(f"The access token's {what} has control characters in it.")
    return text
