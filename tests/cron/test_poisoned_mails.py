"""Mails that can't be composed, encoded or handed over: each fails alone and once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from pytest_django import Settings

from certifications.models import Certification
from cron.certification_kind import CertificationKind
from cron.expiring import ReminderMail
from cron.models import DeliveryState, ExpiryCheckRun, Reminder
from tests.cron.conftest import Clock, check_expiry
from tests.e2e.smtp import MailServer
from tests.factories import CertificationFactory, MentorFactory

pytestmark = pytest.mark.django_db

NIGHT = datetime(2026, 3, 26, 2, tzinfo=UTC)
SMTP = "django.core.mail.backends.smtp.EmailBackend"
#: Addresses that were stored before anybody looked at them.
POISON = [
    "kari@example.org\nBcc: everybody@example.org",
    "kari@example.org\r\n",
    "kari",
    "kari@",
    "@example.org",
    " ",
    '"kari\x0clie"@example.org',
    "kåri@example.org",
    "kari@exa mple.org",
    "kari@" + "é" * 80 + ".org",
    "kari@xn--\x80.org",
    f"{'k' * 64}@{'e' * 180}.org",
    "<kari@example.org>, <other@example.org>",
]


def due(email: str, **values: Any) -> Certification:
    mentor = MentorFactory.create(email=email, **values)
    return CertificationFactory.create(mentor=mentor, expires_at=NIGHT + timedelta(days=7))


def states() -> list[str]:
    return list(Reminder.objects.order_by("certification_id").values_list("state", flat=True))


def check_with_a_poisoned_mail() -> ExpiryCheckRun:
    """The check from front to end, which says that a mail failed."""
    with pytest.raises(SystemExit):
        check_expiry()
    return ExpiryCheckRun.objects.latest("pk")


@pytest.fixture(autouse=True)
def _quick_tries(settings: Settings) -> None:
    settings.REMINDER_RETRY_SECONDS = [0, 0]
    settings.REMINDER_BATCH_SIZE = 10


@pytest.mark.parametrize("address", POISON, ids=range(len(POISON)))
def test_an_address_that_no_server_takes_fails_alone(
    address: str, clock: Clock, settings: Settings
) -> None:
    clock.set(NIGHT)
    due("before@example.org")
    due(address)
    due("after@example.org")
    with MailServer() as server:
        settings.EMAIL_BACKEND, settings.EMAIL_HOST = SMTP, "127.0.0.1"
        settings.EMAIL_PORT = server.port

        try:
            check_expiry()
        except SystemExit:
            failed = 1
        else:
            failed = 0  # this server takes more than others do

        run = ExpiryCheckRun.objects.latest("pk")
        recipients = server.recipients

    assert recipients["before@example.org"] == recipients["after@example.org"] == 1
    assert recipients["everybody@example.org"] == 0
    assert run.status == ("partial" if failed else "success")
    assert (run.errors, run.reminders_sent) == (failed, 3 - failed)
    first, poisoned, last = states()
    assert (first, last) == (DeliveryState.SENT, DeliveryState.SENT)
    assert poisoned == (DeliveryState.FAILED if failed else DeliveryState.SENT)
    row = Reminder.objects.get(certification__mentor__email=address)
    assert row.claim is None
    assert row.attempts <= 3
    assert bool(row.error) == bool(failed)


@pytest.mark.parametrize("address", POISON, ids=range(len(POISON)))
def test_the_files_of_the_embedded_default_fail_alone_too(
    address: str, clock: Clock, settings: Settings, tmp_path: Path
) -> None:
    clock.set(NIGHT)
    settings.EMAIL_BACKEND = "config.mail.EmlFileBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    due("before@example.org")
    due(address)
    due("after@example.org")

    try:
        check_expiry()
    except SystemExit:
        assert states()[1] == DeliveryState.FAILED

    assert states()[::2] == [DeliveryState.SENT, DeliveryState.SENT]
    names = [file.name for file in tmp_path.iterdir()]
    assert sum("before@example.org" in name for name in names) == 1
    assert sum("after@example.org" in name for name in names) == 1


def test_an_address_as_long_as_may_be_has_its_file(
    clock: Clock, settings: Settings, tmp_path: Path
) -> None:
    clock.set(NIGHT)
    settings.EMAIL_BACKEND = "config.mail.EmlFileBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    due(f"{'k' * 64}@{'.'.join(['e' * 60] * 3)}.org")

    check_expiry()

    assert states() == [DeliveryState.SENT]
    assert len(list(tmp_path.iterdir())) == 1


def break_for(mentor_id: str, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Have the mail of that mentor break while its text is made."""

    class Broken:
        @property
        def name(self) -> str:
            raise error

    composed = CertificationKind.mail

    def compose(kind: CertificationKind, reminder: Reminder) -> ReminderMail:
        letter = composed(kind, reminder)
        if reminder.certification.mentor_id == mentor_id:
            return replace(letter, context={**letter.context, "mentor": Broken()})
        return letter

    monkeypatch.setattr(CertificationKind, "mail", compose)


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("The template broke."),
        RuntimeError("\0, which PostgreSQL does not take"),
        RecursionError(),
        UnicodeEncodeError("ascii", "é", 0, 1, "ordinal not in range"),
    ],
    ids=["broken", "unstorable", "recursion", "encoding"],
)
def test_a_mail_that_can_not_be_composed_is_that_ones_error_alone(
    error: Exception, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.set(NIGHT)
    due("before@example.org")
    poisoned = due("kari@example.org")
    due("after@example.org")
    break_for(poisoned.mentor_id, monkeypatch, error)

    run = check_with_a_poisoned_mail()

    assert sorted(one.to[0] for one in mail.outbox) == ["after@example.org", "before@example.org"]
    assert (run.status, run.errors, run.reminders_sent) == ("partial", 1, 2)
    row = Reminder.objects.get(certification=poisoned)
    assert (row.state, row.attempts, row.claim) == (DeliveryState.FAILED, 1, None)
    assert row.error.startswith(type(error).__name__)


def test_what_a_server_answers_is_kept_as_far_as_a_database_takes_it(
    clock: Clock, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.set(NIGHT)
    due("before@example.org")
    poisoned = due("kari@example.org")
    due("after@example.org")

    async def refuse(
        self: MailServer, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if address == "kari@example.org":
            return "550 no \0 such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    monkeypatch.setattr(MailServer, "handle_RCPT", refuse)
    with MailServer() as server:
        settings.EMAIL_BACKEND, settings.EMAIL_HOST = SMTP, "127.0.0.1"
        settings.EMAIL_PORT = server.port

        run = check_with_a_poisoned_mail()

    assert (run.errors, run.reminders_sent) == (1, 2)
    row = Reminder.objects.get(certification=poisoned)
    assert (row.state, row.attempts) == (DeliveryState.FAILED, 1)
    assert row.error == "550 no  such mailbox"


def test_a_poisoned_mail_of_one_night_keeps_no_later_night_from_its_mails(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.set(NIGHT)
    poisoned = due("kari@example.org")
    break_for(poisoned.mentor_id, monkeypatch, RuntimeError("The template broke."))
    check_with_a_poisoned_mail()
    due("late@example.org")

    clock.set(NIGHT + timedelta(days=1))
    run = check_with_a_poisoned_mail()

    assert [one.to[0] for one in mail.outbox] == ["late@example.org"]
    assert (run.status, run.errors, run.reminders_sent) == ("partial", 1, 1)
