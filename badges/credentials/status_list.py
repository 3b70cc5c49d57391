"""Which credentials were revoked: lists of bits that anyone can fetch and verify.

Bitstring Status List 1.0: one bit an earned badge, in lists of 131072.
"""

from __future__ import annotations

import base64
import gzip
from datetime import datetime, timedelta

from django.db.models import Max

from badges.credentials import addresses, document
from badges.credentials.positions import LIST_SIZE
from badges.credentials.signing import sign
from badges.models import EarnedBadge, ErasedBadge

#: How long a list may be kept by who fetched it, and how long its signature holds at all.
TIME_TO_LIVE = timedelta(minutes=5)
VALID_FOR = timedelta(days=1)
#: After this time a number without a row is no award under way, but an erased badge.
_SETTLED_AFTER = timedelta(minutes=15)
_LARGEST_PK = 2**63 - 1


def list_exists(number: int) -> bool:
    """Whether credentials can point to this list: the first always is, others once they begin.

    It goes on for as long as a credential of an erased badge may point to it.
    """
    first = number * LIST_SIZE
    if number == 0 or first > _LARGEST_PK:
        return number == 0
    earned = EarnedBadge.objects.filter(pk__gte=first)
    return earned.exists() or ErasedBadge.objects.filter(pk__gte=first).exists()


def signed_list(number: int, *, now: datetime) -> str:
    """The list as a signed BitstringStatusListCredential; the same within five minutes.

    `now` is rounded down to five minutes, so that what was fetched can be found unchanged.
    """
    begun = datetime.fromtimestamp(
        now.timestamp() // TIME_TO_LIVE.total_seconds() * TIME_TO_LIVE.total_seconds(), now.tzinfo
    )
    address = addresses.status_list_url(number)
    credential = {
        "@context": [document.VC_CONTEXT],
        "id": address,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": {"id": addresses.issuer_url()},
        "validFrom": document.timestamp(begun),
        "validUntil": document.timestamp(begun + VALID_FOR),
        "credentialSubject": {
            "id": f"{address}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": encoded(revoked_indices(number, now=now)),
            "ttl": int(TIME_TO_LIVE.total_seconds() * 1000),
        },
    }
    # The type that "Securing Verifiable Credentials using JOSE and COSE" gives a VC in a JWT.
    return sign(credential, typ="vc+jwt")


def revoked_indices(number: int, *, now: datetime) -> set[int]:
    """The indices, within list `number`, of what no longer stands: revoked badges and erased ones.

    A bit that is set is never cleared again. What was erased is known by its number; a number
    without either row (of an installation that did not keep them yet) counts as erased once it is
    settled: until then it may be an award that is just being written.

    Badges are read before the numbers of erased ones: what is erased meanwhile is found in one of
    them.
    """
    first = number * LIST_SIZE
    end = first + LIST_SIZE
    rows = EarnedBadge.objects.filter(pk__gte=first, pk__lt=end)
    revoked_at = dict(rows.values_list("pk", "revoked_at"))
    settled_before = now - _SETTLED_AFTER
    settled = EarnedBadge.objects.filter(created_at__lte=settled_before).aggregate(last=Max("pk"))
    erased = dict(ErasedBadge.objects.filter(pk__gte=first).values_list("pk", "created_at"))
    last_settled = max(
        [pk for pk, created_at in erased.items() if created_at <= settled_before],
        default=0,
    )
    last_settled = max(last_settled, settled["last"] or 0)
    # Numbers begin with one: there never was a badge 0.
    gone = set(range(max(first, 1), min(last_settled + 1, end)))
    gone.update(pk for pk in erased if pk < end)
    revoked = {pk for pk, moment in revoked_at.items() if moment is not None}
    return {pk - first for pk in revoked | (gone - revoked_at.keys())}


def encoded(indices: set[int]) -> str:
    """The bits as `encodedList` (section 3.3): index 0 is the leftmost bit of the first byte."""
    bits = bytearray(LIST_SIZE // 8)
    for index in indices:
        bits[index // 8] |= 0x80 >> index % 8
    compressed = gzip.compress(bytes(bits), mtime=0)
    # "u" is base64url without padding in Multibase.
    return "u" + base64.urlsafe_b64encode(compressed).rstrip(b"=").decode()
