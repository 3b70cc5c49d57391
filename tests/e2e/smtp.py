"""A real mail server on loopback that misbehaves as told."""

from __future__ import annotations

import asyncio
import email
import logging
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from enum import Enum
from types import TracebackType
from typing import Self

from aiosmtpd.smtp import SMTP, Envelope, Session

ACCEPTED = "250 OK"
# Every line of every conversation would drown the report of a failed test.
logging.getLogger("mail.log").setLevel(logging.WARNING)


class Drop(Enum):
    """The moment at which the server hangs up without a word."""

    AFTER_RCPT = "after RCPT"
    DURING_DATA = "during DATA, the mail is lost"
    AFTER_DATA = "after DATA, the mail is kept but not answered"


@dataclass
class Behaviour:
    """How the server treats its next clients; may be changed while it runs."""

    #: Addresses that are refused for good.
    refused: frozenset[str] = frozenset()
    #: What they are answered.
    refusal: str = "550 5.1.1 No such mailbox"
    #: So many connections, and all until this moment (monotonic), are greeted with 421.
    busy_connections: int = 0
    busy_until: float = 0.0
    #: So many mails are answered 451.
    deferred_mails: int = 0
    #: What happens to the first, second, … mail, counted from 1.
    drops: dict[int, Drop] = field(default_factory=dict)
    seconds_per_mail: float = 0.0


@dataclass(frozen=True)
class Mail:
    """A mail that the server keeps."""

    recipient: str
    message: EmailMessage

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"])

    def text(self, subtype: str) -> str:
        """The body of that kind, `plain` or `html`; empty where there is none."""
        part = self.message.get_body((subtype,))
        return str(part.get_content()) if part else ""


class MailServer:
    """The server in a thread of its own; a context manager. `mails` is what it has accepted."""

    def __init__(self, behaviour: Behaviour | None = None) -> None:
        self.behaviour = behaviour or Behaviour()
        self.mails: list[Mail] = []
        self.port = 0
        self.connections = 0
        #: How often each address was asked for, whatever the answer.
        self.asked: Counter[str] = Counter()
        self._mails_begun = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.BaseTransport] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        self.listen()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.go_away()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def recipients(self) -> Counter[str]:
        return Counter(mail.recipient for mail in list(self.mails))

    @property
    def message_ids(self) -> Counter[str]:
        return Counter(mail.message_id for mail in list(self.mails))

    def listen(self) -> None:
        """Take connections, on the same port as before."""
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(timeout=5)

    def go_away(self) -> None:
        """Close every connection and take no more."""
        asyncio.run_coroutine_threadsafe(self._go_away(), self._loop).result(timeout=5)

    async def _listen(self) -> None:
        self._server = await self._loop.create_server(
            lambda: _Conversation(self), "127.0.0.1", self.port
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def _go_away(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for transport in list(self._open):
            transport.close()
        await asyncio.sleep(0)

    # What aiosmtpd asks of a handler.

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.asked[address] += 1
        if address in self.behaviour.refused:
            return self.behaviour.refusal
        envelope.rcpt_tos.append(address)
        self._mails_begun += 1
        if self.behaviour.drops.get(self._mails_begun) is Drop.AFTER_RCPT:
            _hang_up(server)
        return ACCEPTED

    async def handle_DATA(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        number = self._mails_begun
        if self.behaviour.seconds_per_mail:
            await asyncio.sleep(self.behaviour.seconds_per_mail)
        if self.behaviour.deferred_mails:
            self.behaviour.deferred_mails -= 1
            return "451 4.3.0 Try again later"
        drop = self.behaviour.drops.get(number)
        if drop is not Drop.DURING_DATA:
            self._keep(envelope)
        if drop is not None:
            _hang_up(server)
        return ACCEPTED

    def _keep(self, envelope: Envelope) -> None:
        content = envelope.content
        assert isinstance(content, bytes)
        message = email.message_from_bytes(content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.mails.append(Mail(envelope.rcpt_tos[0], message))


class _Conversation(SMTP):
    """One connection, refused with 421 while the server is told to be busy."""

    def __init__(self, mail_server: MailServer) -> None:
        super().__init__(mail_server, hostname="mail.example.org", enable_SMTPUTF8=True)
        self._mail_server = mail_server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._mail_server._open.add(transport)
        self._mail_server.connections += 1
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self.transport is not None:
            self._mail_server._open.discard(self.transport)
        super().connection_lost(error)

    async def _handle_client(self) -> None:
        behaviour = self._mail_server.behaviour
        if behaviour.busy_connections > 0 or time.monotonic() < behaviour.busy_until:
            behaviour.busy_connections -= 1
            await self.push("421 4.3.2 Too busy")
            _hang_up(self)
            return
        await super()._handle_client()


def _hang_up(server: SMTP) -> None:
    if server.transport is not None:
        server.transport.close()
