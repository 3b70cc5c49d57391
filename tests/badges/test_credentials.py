"""Credentials are Open Badges 3.0, and verify with nothing but what is published."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import joserfc.errors
import joserfc.jwt
import jsonschema
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client
from django.utils import timezone
from joserfc.jwk import OctKey, import_key
from pytest_django.fixtures import Settings

from badges.credentials.errors import CredentialsOff
from badges.credentials.key_files import read_public_key
from badges.credentials.signing import signed_credential
from badges.models import EarnedBadge
from tests.badges import ob3
from tests.badges.ob3 import PUBLIC_URL, Verifier, credentials_on, earned
from tests.badges.ob3_schema import OPEN_BADGE_CREDENTIAL
from tests.factories import MentorFactory

__all__ = ["credentials_on"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("credentials_on")]


def published_token(row: EarnedBadge) -> str:
    """What the page's link leads to."""
    client = Client()
    page = client.get(f"/badges/{row.public_uuid}").content.decode()
    path = f"/badges/{row.public_uuid}/credential.jwt"
    assert f'href="{path}"' in page
    return client.get(path).content.decode()


def credential_of(row: EarnedBadge) -> dict[str, Any]:
    return Verifier().verify(signed_credential(row))


def test_a_published_credential_verifies_from_published_urls_alone() -> None:
    row = earned()

    credential = Verifier().verify(published_token(row))

    assert credential["id"] == f"{PUBLIC_URL}/badges/{row.public_uuid}"
    assert credential["credentialSubject"]["achievement"]["name"] == "Peer <Listener>"
    assert not Verifier().is_revoked(credential)


def test_a_revoked_badge_keeps_its_signature_and_its_bit_is_set() -> None:
    row, other = earned(), earned()
    credential = Verifier().verify(published_token(row))

    ob3.revoke(row)

    assert Verifier().is_revoked(credential)
    assert Verifier().verify(published_token(row)) == credential
    assert not Verifier().is_revoked(credential_of(other))


def test_what_a_fast_clock_awarded_is_valid_at_once() -> None:
    now = timezone.now()
    row = earned(awarded_at=now + timedelta(minutes=4), created_at=now)

    credential = Verifier().verify(published_token(row))

    assert datetime.fromisoformat(credential["validFrom"]) <= now
    assert datetime.fromisoformat(credential["awardedDate"]) > now


def test_the_credential_follows_the_schema_of_the_specification() -> None:
    with_image = ob3.with_image(ob3.definition(), ob3.SVG, "image/svg+xml")
    rows = [
        earned(),
        earned(definition=with_image),
        earned(definition=ob3.definition(tags=[])),
        earned(mentor=MentorFactory.create(public_badges=False)),
    ]

    for row in rows:
        jsonschema.validate(
            credential_of(row), OPEN_BADGE_CREDENTIAL, cls=jsonschema.Draft202012Validator
        )


def test_the_credential_says_who_issued_what_and_when() -> None:
    row = earned(definition=ob3.with_image(ob3.definition(), ob3.SVG, "image/svg+xml"))

    credential = credential_of(row)

    url = f"{PUBLIC_URL}/badges/achievements/{row.definition.public_id}"
    achievement = credential["credentialSubject"]["achievement"]
    assert credential["issuer"]["name"] == "Likepersoner Norge"
    assert credential["validFrom"] == credential["awardedDate"] == "2026-03-20T09:30:00Z"
    assert achievement["id"] == url
    assert achievement["image"] == {"id": f"{url}/image", "type": "Image"}
    assert achievement["tag"] == ["peer", "listening"]
    assert achievement["criteria"] == {"narrative": "Lead ten talks.\n\nReflect on each."}


def test_the_urls_in_a_credential_lead_to_what_it_repeats() -> None:
    credential = credential_of(earned())
    achievement = credential["credentialSubject"]["achievement"]

    for part in (credential["issuer"], achievement):
        published = json.loads(Verifier().fetch(part["id"]))

        assert published.pop("@context") == credential["@context"]
        assert published == part


def test_a_credential_names_the_mentor_only_with_consent() -> None:
    agreed = credential_of(earned())
    silent = credential_of(earned(mentor=MentorFactory.create(name="Ola Hemmelig")))
    nameless = credential_of(earned(mentor=ob3.public_mentor(name="")))

    assert agreed["credentialSubject"]["identifier"] == [
        {
            "type": "IdentityObject",
            "hashed": False,
            "identityHash": "Kari Nordmann",
            "identityType": "name",
        }
    ]
    assert "identifier" not in silent["credentialSubject"]
    assert "Ola" not in json.dumps(silent)
    assert "identifier" not in nameless["credentialSubject"]


def test_badges_of_one_mentor_have_nothing_in_common_that_names_the_mentor() -> None:
    mentor = MentorFactory.create()
    first, second = (credential_of(earned(mentor=mentor)) for _ in range(2))

    assert first["credentialSubject"]["id"] != second["credentialSubject"]["id"]
    assert mentor.id not in json.dumps([first, second])


def test_the_token_is_the_same_each_time() -> None:
    row = earned()

    assert signed_credential(row) == signed_credential(row)


def test_any_changed_character_breaks_the_token() -> None:
    token = signed_credential(earned())
    header_end, payload_end = token.index("."), token.rindex(".")
    # All of the header and signature, and every seventh of the payload. The last character of
    # each part has bits that decoders ignore.
    positions = [*range(header_end - 1), *range(header_end + 1, payload_end - 1, 7)]
    positions += range(payload_end + 1, len(token) - 1)

    for position in positions:
        changed = "A" if token[position] != "A" else "B"
        forged = token[:position] + changed + token[position + 1 :]
        with pytest.raises((ob3.NotVerified, joserfc.errors.JoseError, ValueError, KeyError)):
            Verifier().verify(forged)


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_verifier_can_not_be_talked_into_a_weaker_algorithm(
    credentials_on: Path, algorithm: str
) -> None:
    """The published key says which algorithm it is for."""
    token = signed_credential(earned())
    header, payload, _ = token.split(".")
    kid = json.loads(base64.urlsafe_b64decode(header + "=="))["kid"]
    weak = {"alg": algorithm, "kid": kid, "typ": "JWT"}
    key = import_key(json.loads(Verifier().fetch(kid)))
    if algorithm == "none":
        encoded = base64.urlsafe_b64encode(json.dumps(weak).encode()).decode().rstrip("=")
        forged = f"{encoded}.{payload}."
    else:
        # The public key, which everyone has, as the secret.
        public = read_public_key(credentials_on).public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        )
        secret = OctKey.import_key(base64.b64encode(public))
        claims = joserfc.jwt.decode(token, key, algorithms=["RS256"]).claims
        forged = joserfc.jwt.encode(weak, claims, secret)

    with pytest.raises(ob3.NotVerified):
        Verifier().verify(forged)
    with pytest.raises(joserfc.errors.JoseError):
        joserfc.jwt.decode(forged, key, algorithms=["RS256"])


# joserfc would rather have the newer name of the algorithm, Ed25519 (RFC 9864).
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
def test_an_ed25519_key_signs_as_well(credentials_on: Path, settings: Settings) -> None:
    path = credentials_on.with_name("ed25519.pem")
    path.write_bytes(ob3.pem_of(Ed25519PrivateKey.generate()))
    settings.BADGE_SIGNING_KEY_FILE = str(path)
    row = earned()
    ob3.revoke(row)

    token = signed_credential(row)
    header = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))

    assert header["alg"] == "EdDSA"
    assert Verifier().is_revoked(Verifier().verify(token))


def test_what_a_former_key_signed_still_verifies(credentials_on: Path, settings: Settings) -> None:
    old = signed_credential(earned())
    path = credentials_on.with_name("new.pem")
    path.write_bytes(ob3.rsa_pem("new"))

    settings.BADGE_SIGNING_KEY_FILE = str(path)
    with pytest.raises(ob3.NotVerified):
        Verifier().verify(old)
    settings.BADGE_FORMER_KEY_FILES = [str(credentials_on)]

    assert Verifier().verify(old)
    assert Verifier().verify(signed_credential(earned()))


@pytest.mark.parametrize("name", ["PUBLIC_URL", "BADGE_SIGNING_KEY_FILE"])
def test_without_a_public_url_or_a_key_there_are_no_credentials(
    settings: Settings, name: str
) -> None:
    setattr(settings, name, "")

    with pytest.raises(CredentialsOff) as caught:
        signed_credential(earned())

    assert (caught.value.status, caught.value.code) == (503, "badge-credentials-off")
