"""What the web server says, or refuses, before it serves."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.e2e.conftest import NewStack

pytestmark = pytest.mark.parametrize("backend", ["embedded"], indirect=True)
PUBLIC_URL = "https://certkeep.example.org"


def test_a_key_that_many_verifiers_do_not_know_is_warned_of(
    new_stack: NewStack, tmp_path: Path
) -> None:
    file = tmp_path / "key.pem"
    key = Ed25519PrivateKey.generate()
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    stack = new_stack(BADGE_SIGNING_KEY_FILE=str(file), PUBLIC_URL=PUBLIC_URL)

    stack.start_web()

    assert "badges.W001" in stack.log("web")
    assert "know RS256" in stack.log("web")


def test_a_key_that_can_not_be_read_keeps_the_server_from_serving(
    new_stack: NewStack, tmp_path: Path
) -> None:
    file = tmp_path / "key.pem"
    file.write_text("no key")
    stack = new_stack(BADGE_SIGNING_KEY_FILE=str(file), PUBLIC_URL=PUBLIC_URL)

    with pytest.raises(AssertionError):
        stack.start_web()

    assert stack.processes["web"].exit_code == 1
    assert "ImproperlyConfigured" in stack.log("web")
    assert str(file) in stack.log("web")
