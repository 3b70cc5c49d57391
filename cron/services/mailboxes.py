"""Mailboxes that were refused for good: which they are, and what makes a refusal one.

A check does not try them again: servers that see many mails to mailboxes that do not exist take
the sender for a spammer. Another address is another mailbox. A mail by hand is tried, and once the
server takes one, the mailbox is like any other again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.core.mail.message import sanitize_address
from django.utils.crypto import salted_hmac

from config.text import storable
from cron.models import RefusedMailbox

Reply = tuple[int, bytes | str]

#: Permanent replies that are about the sender, the dialogue or the server (RFC 5321, RFC 4954):
#: once it is mended there, the mailbox takes mails.
_OF_THE_SENDER = {500, 501, 502, 503, 504, 521, 530, 534, 535, 538, 555}
#: The same by subjects of enhanced codes (RFC 3463): system, network, protocol, content, policy.
_SUBJECTS_OF_THE_SENDER = frozenset("34567")
_ENHANCED = re.compile(r"\s*5\.(\d{1,3})\.\d{1,3}\b")


def is_for_good(code: int, reply: bytes | str) -> bool:
    """Whether this answer to RCPT says that the mailbox takes no mails, whoever sends them."""
    if code < 500:
        return False
    if enhanced := _ENHANCED.match(text_of(reply)):
        return enhanced[1] not in _SUBJECTS_OF_THE_SENDER
    return code not in _OF_THE_SENDER


def text_of(reply: bytes | str) -> str:
    """A server's reply as text."""
    return reply.decode(errors="replace") if isinstance(reply, bytes) else reply


def as_sent(address: str) -> str:
    """The address as servers are told it, by which smtplib names who was refused."""
    try:
        return sanitize_address(address, "utf-8")
    except ValueError:
        return address  # which no server will be told


class Mailboxes:
    """The refused mailboxes, for one batch: while there are none, its mails need no look-up."""

    def __init__(self) -> None:
        self._are_there_any = RefusedMailbox.objects.exists()

    def refused(self, addresses: Iterable[str]) -> dict[str, RefusedMailbox]:
        """Those of the addresses that were refused for good."""
        if not self._are_there_any:
            return {}
        by_hash = {_hash(address): address for address in addresses}
        found = RefusedMailbox.objects.filter(address_hash__in=by_hash)
        return {by_hash[row.address_hash]: row for row in found}

    def note_refusals(self, replies: Mapping[str, Reply], now: datetime) -> None:
        """Keep which of the addresses were refused for good."""
        for address, (code, reply) in replies.items():
            if is_for_good(code, reply):
                self._are_there_any = True
                text = storable(f"{code} {text_of(reply)}", most=500)
                RefusedMailbox.objects.update_or_create(
                    address_hash=_hash(address), defaults={"reply": text, "refused_at": now}
                )

    def note_taken(self, addresses: Iterable[str]) -> None:
        """Forget that one was refused: it has just been sent a mail."""
        if self._are_there_any:
            forget(addresses)


def forget(addresses: Iterable[str]) -> None:
    """Forget what was refused to these addresses."""
    RefusedMailbox.objects.filter(address_hash__in=set(map(_hash, addresses))).delete()


def _hash(address: str) -> str:
    """What an address is known by; only who has the secret key can tell whose it is."""
    sent_as = as_sent(address.strip()).lower()
    return str(salted_hmac("cron.mailboxes", sent_as, algorithm="sha256").hexdigest())
