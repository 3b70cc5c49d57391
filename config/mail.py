"""The mail backend of the embedded default: every mail is a file that a mail program opens."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


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
            name = "_".join(re.sub(r"[^A-Za-z0-9.@-]", "", word) for word in words)
            draft = self.folder / f".{name}.part"
            draft.write_bytes(message.as_bytes())
            draft.rename(self.folder / f"{name}.eml")
        return len(email_messages)
