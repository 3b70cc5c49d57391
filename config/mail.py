"""Composing mails, and the backend of the embedded default: every mail is a file."""

from __future__ import annotations

import errno
import re
import smtplib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parseaddr
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import sanitize_address
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.encoding import punycode


def is_sender(text: str) -> bool:
    """Whether mails can be from it: one address with a domain, and what a header can have."""
    try:
        address = parseaddr(sanitize_address(text, "utf-8"))[1]
    except ValueError:
        return False
    name, _, domain = address.rpartition("@")
    return bool(name and domain) and not any(char.isspace() for char in address)


def compose_mail(
    template: str,
    context: Mapping[str, object],
    *,
    recipients: Sequence[str],
    language: str,
    message_id_local: str,
) -> EmailMultiAlternatives:
    """A mail from the templates `{template}_subject.txt`, `{template}.txt` and `{template}.html`.

    `message_id_local` is the part of the Message-ID before the `@`; the domain is the sender's.
    Moments in it are in UTC, in whatever zone the page is that shows the mail beforehand.
    `Auto-Submitted` (RFC 3834) keeps out-of-office answers away. Every text of the mail is a plain
    `str`, so that a page which shows it escapes it.
    """
    domain = punycode(parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2])
    with translation.override(language), timezone.override(UTC):
        words = {**context, "language": language}
        message = EmailMultiAlternatives(
            subject=" ".join(render_text(f"{template}_subject.txt", words).split()),
            body=render_text(f"{template}.txt", words),
            to=list(recipients),
            headers={
                "Message-ID": f"<{message_id_local}@{domain}>",
                "Auto-Submitted": "auto-generated",
            },
        )
        html = render_text(f"{template}.html", words)
    message.attach_alternative(html, "text/html")
    return message


def render_text(template: str, context: Mapping[str, object]) -> str:
    """What the template makes of `context`, as a plain `str`.

    Django marks whatever a template renders as safe HTML, and a template of plain text escapes
    nothing: a page that shows such a text must not take it for markup.
    """
    return str.__str__(render_to_string(template, dict(context)))


@contextmanager
def refusals(connection: BaseEmailBackend) -> Iterator[dict[str, tuple[int, bytes]]]:
    """The recipients whom the open connection's server refuses meanwhile, with its replies.

    A server that takes a mail for some recipients has taken it: smtplib returns the others, and
    Django drops them.
    """
    refused: dict[str, tuple[int, bytes]] = {}
    session = getattr(connection, "connection", None)
    if not isinstance(session, smtplib.SMTP):
        yield refused
        return
    sendmail = session.sendmail

    def send(*args: Any, **options: Any) -> dict[str, tuple[int, bytes]]:
        answers = sendmail(*args, **options)
        refused.update(answers)
        return answers

    setattr(session, "sendmail", send)  # noqa: B010 (one session's own, seen by Django)
    try:
        yield refused
    finally:
        setattr(session, "sendmail", sendmail)  # noqa: B010


#: Troubles of a file system that may pass while a mail waits.
_PASSING = {
    errno.EAGAIN,
    errno.EBUSY,
    errno.EDQUOT,
    errno.EINTR,
    errno.EIO,
    errno.EMFILE,
    errno.ENFILE,
    errno.ENOMEM,
    errno.ENOSPC,
    errno.ESTALE,
    errno.ETIMEDOUT,
}


def is_lasting(error: OSError) -> bool:
    """Whether the file system has refused a name or a place, so that no later try fares better.

    Errors of a network name no file.
    """
    return error.filename is not None and error.errno not in _PASSING


class EmlFileBackend(BaseEmailBackend):
    """Writes each mail to `EMAIL_FILE_PATH` as one `.eml` file.

    The name is made of the time, the first recipient and the Message-ID. A file appears whole or
    not at all.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.folder = Path(settings.EMAIL_FILE_PATH)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write the mails and return how many there were; an unwritable folder is an `OSError`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for email in email_messages:
            message = email.message()
            sent_at = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
            words = [sent_at, email.recipients()[0], str(message["Message-ID"]).split("@")[0]]
            # A name has at most 255 bytes in most file systems, an address nearly as many.
            name = "_".join(re.sub(r"[^A-Za-z0-9.@-]", "", word)[:80] for word in words)
            draft = self.folder / f".{name}.part"
            draft.write_bytes(message.as_bytes())
            draft.rename(self.folder / f"{name}.eml")
        return len(email_messages)
