"""The key that signs: where it comes from, what it may be, and how it is published."""

from __future__ import annotations

import base64
import json
import multiprocessing
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as make_ec_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from joserfc.jwk import import_key
from pytest_django.fixtures import Settings

from badges.checks import keys_can_be_read
from badges.credentials.key_files import make_key_file, read_private_key
from badges.credentials.keys import jwk_thumbprint, published_keys, signing_key
from tests.badges.ob3 import PUBLIC_URL, credentials_on, pem_of, rsa_pem

__all__ = ["credentials_on"]
pytestmark = pytest.mark.usefixtures("credentials_on")

# The key of RFC 7638 section 3.1.
RFC_7638_MODULUS = (
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPeb"
    "WKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368Q"
    "QMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2"
    "NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
)


def test_the_thumbprint_is_that_of_the_rfc() -> None:
    members = {"n": RFC_7638_MODULUS, "e": "AQAB", "kty": "RSA"}

    assert jwk_thumbprint(members) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_the_thumbprint_agrees_with_another_library() -> None:
    published = signing_key().published

    assert published.thumbprint == import_key(dict(published.members)).thumbprint()


def test_threads_make_one_key(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "made.pem"

    def made(_: int) -> bytes:
        make_key_file(path)
        return path.read_bytes()

    with ThreadPoolExecutor(8) as pool:
        seen = set(pool.map(made, range(8)))

    assert len(seen) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]
    assert read_private_key(path)


def test_processes_make_one_key(tmp_path: Path) -> None:
    path = tmp_path / "made.pem"

    with multiprocessing.get_context("spawn").Pool(4) as pool:
        pool.map(make_key_file, [path] * 4)

    assert list(tmp_path.glob("made*")) == [path]
    assert read_private_key(path)


def test_the_embedded_default_makes_its_key_and_keeps_it(
    settings: Settings, tmp_path: Path
) -> None:
    settings.EMBEDDED = True
    settings.BADGE_SIGNING_KEY_FILE = str(tmp_path / "own.pem")

    first, second = signing_key(), signing_key()

    assert first.published == second.published
    assert first.published.algorithm == "RS256"


def test_production_makes_no_key(settings: Settings, tmp_path: Path) -> None:
    settings.BADGE_SIGNING_KEY_FILE = str(tmp_path / "missing.pem")

    with pytest.raises(ImproperlyConfigured, match=r"missing\.pem"):
        signing_key()
    assert not (tmp_path / "missing.pem").exists()


def _encrypted() -> bytes:
    key = load_pem_private_key(rsa_pem(), password=None)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))


def _elliptic() -> bytes:
    key = make_ec_key(SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _public_half() -> bytes:
    key = load_pem_private_key(rsa_pem(), password=None)
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"nothing of the kind", "no PEM key"),
        (rsa_pem("short", 1024), "1024 bits"),
        (_elliptic(), "neither an RSA nor an Ed25519"),
        (_encrypted(), "no PEM key"),
        (_public_half(), "a public key"),
    ],
    ids=["no key", "short", "elliptic", "encrypted", "public"],
)
def test_a_file_that_can_not_sign_is_named_with_its_fault(
    credentials_on: Path, content: bytes, says: str
) -> None:
    credentials_on.write_bytes(content)

    with pytest.raises(ImproperlyConfigured, match=says) as caught:
        signing_key()
    assert str(credentials_on) in str(caught.value)


def test_a_former_key_may_be_public_or_private(credentials_on: Path, settings: Settings) -> None:
    private, public = credentials_on.with_name("a.pem"), credentials_on.with_name("b.pem")
    private.write_bytes(rsa_pem("former"))
    public.write_bytes(_public_half())
    credentials_on.write_bytes(rsa_pem("now again"))
    settings.BADGE_FORMER_KEY_FILES = [str(private), str(public), str(private)]

    keys = Client().get("/.well-known/jwks.json").json()["keys"]

    assert len(keys) == 3
    assert len({key["kid"] for key in keys}) == 3


def test_the_key_set_has_public_parts_only_and_ids_that_lead_to_each_key() -> None:
    response = Client().get("/.well-known/jwks.json")
    (key,) = response.json()["keys"]
    (thumbprint,) = published_keys()

    assert response["Content-Type"] == "application/jwk-set+json"
    assert key.keys() == {"kty", "n", "e", "alg", "use", "kid"}
    assert key["kid"] == f"{PUBLIC_URL}/badges/keys/{thumbprint}"
    assert Client().get(f"/badges/keys/{thumbprint}").json() == key
    assert base64.urlsafe_b64decode(key["e"]) == b"\x01\x00\x01"
    assert "PRIVATE" not in json.dumps(key)


def _ed25519() -> bytes:
    return pem_of(Ed25519PrivateKey.generate())


def test_a_key_that_not_every_verifier_knows_is_warned_of(credentials_on: Path) -> None:
    assert keys_can_be_read(None) == []

    credentials_on.write_bytes(_ed25519())
    (warning,) = keys_can_be_read(None)

    assert (warning.id, warning.is_serious()) == ("badges.W001", False)
    assert "RS256" in warning.msg


def test_a_former_key_of_another_kind_is_no_reason_to_warn(
    credentials_on: Path, settings: Settings
) -> None:
    former = credentials_on.with_name("former.pem")
    former.write_bytes(_ed25519())
    settings.BADGE_FORMER_KEY_FILES = [str(former)]

    assert keys_can_be_read(None) == []


def test_an_unknown_key_is_not_found() -> None:
    assert Client().get("/badges/keys/unknown").status_code == 404
