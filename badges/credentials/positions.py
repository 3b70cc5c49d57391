"""Which bit of which status list belongs to an earned badge."""

from __future__ import annotations

#: Entries of a list: the least that Bitstring Status List 1.0 allows, so that who fetches a list
#: tells nothing about which badge is looked at.
LIST_SIZE = 131_072


def position_of(earned_pk: int) -> tuple[int, int]:
    """The number of the list and the index in it."""
    return divmod(earned_pk, LIST_SIZE)
