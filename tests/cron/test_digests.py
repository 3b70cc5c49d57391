"""What a digest tells, of whom, in which order, and from when on."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from pytest_django import Settings

from certifications.models import Coordinator, Language, Mentor
from cron.models import CoordinatorDigest, ExpiryCheckRun, Reminder
from cron.services import allowance, runs
from tests.cron.conftest import NOW, Clock, check_expiry
from tests.cron.pages import expiring
from tests.e2e.smtp import Behaviour, MailServer
from tests.factories import CoordinatorFactory, MentorFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def coordinator(clock: Clock) -> Coordinator:
    clock.start(NOW)
    return CoordinatorFactory.create(email="cora@example.org", organisation__name="Fjord")


def mentor(coordinator: Coordinator, name: str, *, email: str | None = None) -> Mentor:
    address = f"{name.lower()}@example.org" if email is None else email
    return MentorFactory.create(name=name, email=address, organisation=coordinator.organisation)


def check() -> list[EmailMultiAlternatives]:
    """The digests of a check."""
    before = len(mail.outbox)
    with suppress(SystemExit):
        check_expiry()
    return [
        each
        for each in mail.outbox[before:]
        if isinstance(each, EmailMultiAlternatives) and each.to == ["cora@example.org"]
    ]


def html_of(message: EmailMultiAlternatives) -> str:
    return str(message.alternatives[0][0])


def test_a_failure_is_told_once_a_stage(coordinator: Coordinator, clock: Clock) -> None:
    expiring(8, mentor=mentor(coordinator, "Lost", email=""))
    told = []

    for _ in range(4):
        told.append([digest.subject for digest in check()])
        clock.advance(timedelta(days=1))

    line = ["Certifications at Fjord: 1 mentor not reached"]
    assert told == [line, line, [], []]


def test_a_failure_that_becomes_another_is_told_anew(
    coordinator: Coordinator, clock: Clock
) -> None:
    lost = mentor(coordinator, "Lost", email="")
    expiring(13, mentor=lost)
    check()
    clock.advance(timedelta(days=1))

    Mentor.objects.filter(pk=lost.pk).update(email="lost@example.org")
    (digest,) = check()

    assert digest.subject == "Certifications at Fjord: 1 mentor reminded"


def test_who_is_still_unreachable_stands_in_every_digest(
    coordinator: Coordinator, clock: Clock
) -> None:
    lost = mentor(coordinator, "Lost", email="")
    for code in ("a", "b"):
        expiring(13, mentor=lost, certification_type__code=code)
    (first,) = check()
    clock.advance(timedelta(days=1))
    expiring(8, mentor=mentor(coordinator, "Reached"))

    (second,) = check()

    still = "1 mentor of whom an earlier mail told is still unreachable."
    assert "still unreachable" not in first.body
    assert still in second.body
    assert still in html_of(second)
    assert "Lost" not in second.body


def test_failures_come_first_however_many_were_reminded(coordinator: Coordinator) -> None:
    for number in range(205):
        expiring(7, mentor=mentor(coordinator, f"A{number:03}"))
    expiring(9, mentor=mentor(coordinator, "Zoe", email=""))

    (digest,) = check()

    lines = [line for line in digest.body.splitlines() if line.startswith("- ")]
    assert "Zoe" in lines[0]
    assert len(lines) == 200
    assert "… and 6 more." in digest.body
    assert html_of(digest).index("Zoe") < html_of(digest).index("A000")


def test_what_expires_soonest_comes_first(coordinator: Coordinator) -> None:
    for name, days in (("Ann", 13), ("Bob", 1), ("Cy", 7)):
        expiring(days, mentor=mentor(coordinator, name))
    expiring(3, mentor=mentor(coordinator, "Dan", email=""))

    (digest,) = check()

    lines = [line.split()[1] for line in digest.body.splitlines() if line.startswith("- ")]
    assert lines == ["Dan", "Bob", "Cy", "Ann"]


def test_persons_count_as_persons_and_reminders_as_reminders(coordinator: Coordinator) -> None:
    one, other = mentor(coordinator, "One"), mentor(coordinator, "Lost", email="")
    for code in ("a", "b", "c"):
        expiring(7, mentor=one, certification_type__code=code)
        expiring(7, mentor=other, certification_type__code=code)

    (digest,) = check()

    assert digest.subject == "Certifications at Fjord: 1 mentor reminded, 1 not reached"
    assert "3 reminders were sent." in digest.body


def test_what_a_run_sent_that_was_killed_is_told_by_the_next(
    coordinator: Coordinator, clock: Clock, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.REMINDER_BATCH_SIZE = 2
    for number in range(6):
        expiring(7, mentor=mentor(coordinator, f"M{number}"))
    with monkeypatch.context() as patch:
        patch.setattr(allowance, "opens_at", _killed_after(batches=1))
        with pytest.raises(KeyboardInterrupt):
            check_expiry()
    told_before = Reminder.objects.sent().count()
    clock.advance(timedelta(hours=1))
    runs.fail_silent_runs(NOW + timedelta(hours=1))

    (digest,) = check()

    assert 0 < told_before < 6
    assert digest.subject == "Certifications at Fjord: 6 mentors reminded"


def _killed_after(batches: int) -> Callable[[datetime], datetime]:
    calls = iter(range(batches))

    def opens_at(now: datetime) -> datetime:
        if next(calls, None) is None:
            raise KeyboardInterrupt
        return now

    return opens_at


def test_a_new_coordinator_is_not_told_of_what_was_told_before(
    coordinator: Coordinator, clock: Clock
) -> None:
    expiring(7, mentor=mentor(coordinator, "Old"))
    check()
    clock.advance(timedelta(days=1))
    CoordinatorFactory.create(organisation=coordinator.organisation, email="new@example.org")
    expiring(7, mentor=mentor(coordinator, "New"))
    mail.outbox.clear()

    check_expiry()

    digest = next(each for each in mail.outbox if each.to == ["new@example.org"])
    assert "New" in digest.body
    assert "Old" not in digest.body
    assert ExpiryCheckRun.objects.count() == 2
    assert CoordinatorDigest.objects.count() == 3


@pytest.mark.parametrize(
    ("email", "words"),
    [
        ("", "Ikke nådd: Likepersonen har ingen e-postadresse."),
        (
            "lost@example.org",
            "Ikke nådd: E-posttjeneren avviser adressen for godt: «550 5.1.1 No such mailbox»",
        ),
    ],
)
def test_it_speaks_the_readers_language_and_quotes_the_server(
    coordinator: Coordinator, settings: Settings, email: str, words: str
) -> None:
    Coordinator.objects.update(language=Language.NORWEGIAN)
    expiring(7, mentor=mentor(coordinator, "Lost", email=email))

    with MailServer(Behaviour(refused=frozenset({"lost@example.org"}))) as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        check()
        (digest,) = server.mails

    assert words in digest.text("plain")
    assert words in digest.text("html")
    assert "has no email" not in digest.text("plain")
    assert digest.message["Subject"] == "Sertifiseringer i Fjord: 1 likeperson ikke nådd"


@pytest.mark.parametrize("url", ["", "https://certkeep.example.org"])
def test_it_links_to_the_list_where_the_address_is_known(
    coordinator: Coordinator, settings: Settings, url: str
) -> None:
    settings.PUBLIC_URL = url
    expiring(7, mentor=mentor(coordinator, "Lost", email=""))

    (digest,) = check()

    failed = f"{url}/admin/cron/reminder/?state__exact=failed"
    assert (failed in digest.body) == bool(url)
    assert (f'href="{failed}"' in html_of(digest)) == bool(url)
