"""Recovery codes of the second factor: how they are made, shown, stored and recognised.

Stored is an HMAC of the code under a key that comes from `SECRET_KEY`: whoever has the database
alone can neither use what is there nor try out which code it belongs to. A slow hash (Argon2) is
for what people choose; a code has 80 random bits, which nobody guesses however fast the hash is.
With another `SECRET_KEY` the codes are void.
"""

from __future__ import annotations

import base64
import secrets

from django.utils.crypto import salted_hmac
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken

#: Codes of an account; each works once.
COUNT = 10
_CODE_BYTES = 10
_GROUP = 4
#: django-otp's column takes 16 characters: 96 bits in base64 (RFC 2104 section 5 wants 80).
_STORED_BYTES = 12
#: Characters of a code from before codes were hashed, which is stored as it is. A stored HMAC has
#: twice as many, so that it is never taken for such a code.
CLEAR_LENGTH = 8


def make_recovery_codes(device: StaticDevice) -> list[str]:
    """Store new codes for the device; returns them as people are shown them, this once."""
    codes = [
        base64.b32encode(secrets.token_bytes(_CODE_BYTES)).decode().lower() for _ in range(COUNT)
    ]
    StaticToken.objects.bulk_create(
        StaticToken(device=device, token=stored_form(code)) for code in codes
    )
    return ["-".join(code[i : i + _GROUP] for i in range(0, len(code), _GROUP)) for code in codes]


def read_code(text: str) -> str:
    """What someone typed, of either kind of code, without the gaps that make it readable."""
    return "".join(text.split()).replace("-", "").lower()


def stored_form(code: str) -> str:
    """What the database has in place of the code."""
    digest = salted_hmac("certkeep.recovery_codes", code, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest[:_STORED_BYTES]).decode()


def token_for(device: Device | None, code: str) -> str:
    """What the device is to be asked for when someone enters `code`, as `read_code` gives it."""
    if not isinstance(device, StaticDevice):
        return code
    is_clear = len(code) == CLEAR_LENGTH and device.token_set.filter(token=code).exists()
    return code if is_clear else stored_form(code)
