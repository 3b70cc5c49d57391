"""Files with keys: made on first use by the embedded default, read and checked elsewhere."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from django.core.exceptions import ImproperlyConfigured

from config.embedded import make_once

#: Bits of an RSA key: at least these (RFC 7518 section 3.3), and these for one that is made here.
RSA_BITS = 2048

PrivateKey = RSAPrivateKey | Ed25519PrivateKey
PublicKey = RSAPublicKey | Ed25519PublicKey


def make_key_file(path: Path) -> None:
    """Leave an RSA key in the file `path`, unless there is a file already."""
    make_once(path, _new_rsa_key)


def _new_rsa_key() -> bytes:
    key = generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def read_private_key(path: Path) -> PrivateKey:
    """The private key in a PEM file; `ImproperlyConfigured` says what is wrong with the file."""
    key = _read(path, _modified(path))
    if isinstance(key, RSAPublicKey | Ed25519PublicKey):
        raise ImproperlyConfigured(f"{path} holds a public key; signing needs the private one.")
    return key


def read_public_key(path: Path) -> PublicKey:
    """The public key in a PEM file, or the public half of a private one."""
    key = _read(path, _modified(path))
    return key.public_key() if isinstance(key, RSAPrivateKey | Ed25519PrivateKey) else key


def _modified(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError as error:
        raise ImproperlyConfigured(f"The key file can't be read: {error}") from error


@lru_cache(maxsize=32)
def _read(path: Path, modified: int) -> PrivateKey | PublicKey:
    """The key in the file as it was at `modified` (nanoseconds), read once."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ImproperlyConfigured(f"The key file can't be read: {error}") from error
    try:
        key = (
            load_pem_private_key(content, password=None)
            if b"PRIVATE KEY" in content
            else load_pem_public_key(content)
        )
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        # TypeError: the key is encrypted.
        raise ImproperlyConfigured(f"{path} holds no PEM key that can be read: {error}") from error
    if not isinstance(key, PrivateKey | PublicKey):
        raise ImproperlyConfigured(f"{path} holds neither an RSA nor an Ed25519 key.")
    if isinstance(key, RSAPrivateKey | RSAPublicKey) and key.key_size < RSA_BITS:
        raise ImproperlyConfigured(
            f"{path} holds an RSA key of {key.key_size} bits; {RSA_BITS} are the least."
        )
    return key
