"""What the mails say, in both languages, as text and HTML."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from django.core import mail

from certifications.models import Language
from config.mail import compose_mail
from cron.models import CoordinatorDigest, ExpiryCheckRun, Reminder
from tests.cron.conftest import Clock, check_expiry
from tests.factories import (
    CertificationFactory,
    CertificationTypeFactory,
    CoordinatorFactory,
    MentorFactory,
    OrganisationFactory,
)

pytestmark = pytest.mark.django_db

NIGHT = datetime(2026, 3, 26, 2, tzinfo=UTC)


def in_days(days: int) -> datetime:
    return NIGHT.replace(hour=0) + timedelta(days=days)


def parts(message: Message) -> dict[str, str]:
    """The mail's parts by content type, as a mail program reads them."""
    return {
        part.get_content_type(): part.get_payload(decode=True).decode()  # type: ignore[union-attr]
        for part in message.walk()
        if not part.is_multipart()
    }


@pytest.mark.parametrize(
    ("language", "days", "subject", "sentence"),
    [
        (
            Language.ENGLISH,
            7,
            "Your certification First aid expires in 7 days",
            "your certification First aid expires in 7 days, on 2 April 2026.",
        ),
        (
            Language.ENGLISH,
            1,
            "Your certification First aid expires tomorrow",
            "your certification First aid expires tomorrow, on 27 March 2026.",
        ),
        (
            Language.ENGLISH,
            0,
            "Your certification First aid expires today",
            "your certification First aid expires today, 26 March 2026.",
        ),
        (
            Language.ENGLISH,
            -3,
            "Your certification First aid has expired",
            "your certification First aid expired on 23 March 2026.",
        ),
        (
            Language.NORWEGIAN,
            7,
            "Sertifiseringen din First aid utløper om 7 dager",
            "sertifiseringen din First aid utløper om 7 dager, 2. april 2026.",
        ),
        (
            Language.NORWEGIAN,
            1,
            "Sertifiseringen din First aid utløper i morgen",
            "sertifiseringen din First aid utløper i morgen, 27. mars 2026.",
        ),
        (
            Language.NORWEGIAN,
            -3,
            "Sertifiseringen din First aid har utløpt",
            "sertifiseringen din First aid utløp 23. mars 2026.",
        ),
    ],
)
def test_a_reminder_says_what_expires_and_when(
    clock: Clock, language: str, days: int, subject: str, sentence: str
) -> None:
    clock.set(NIGHT)
    CertificationFactory.create(
        mentor=MentorFactory.create(language=language, name="Kari"),
        certification_type=CertificationTypeFactory.create(code="first_aid", name="First aid"),
        expires_at=in_days(days),
    )

    check_expiry()

    message = mail.outbox[0].message()
    assert mail.outbox[0].subject == subject
    assert sentence in parts(message)["text/plain"]
    assert sentence in parts(message)["text/html"]
    assert f'<html lang="{language}">' in parts(message)["text/html"]


def test_a_reminder_is_marked_as_sent_by_a_program(clock: Clock) -> None:
    clock.set(NIGHT)
    CertificationFactory.create(expires_at=in_days(7))

    check_expiry()

    message = mail.outbox[0].message()
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe"] is None
    assert message["Message-ID"].startswith("<reminder-")
    assert message["Message-ID"].endswith("-20260402-7@localhost>")


def test_names_are_escaped_in_html_alone(clock: Clock) -> None:
    clock.set(NIGHT)
    kind = CertificationTypeFactory.create(code="odd", name="Fire & <rescue>")
    mentor = MentorFactory.create(name="O'Neil <b>")
    CertificationFactory.create(expires_at=in_days(7), certification_type=kind, mentor=mentor)

    check_expiry()

    message = mail.outbox[0].message()
    assert mail.outbox[0].subject == "Your certification Fire & <rescue> expires in 7 days"
    assert "certification Fire & <rescue> expires" in parts(message)["text/plain"]
    assert "Hello O'Neil <b>," in parts(message)["text/plain"]
    assert "certification Fire &amp; &lt;rescue&gt; expires" in parts(message)["text/html"]
    assert "Hello O&#x27;Neil &lt;b&gt;," in parts(message)["text/html"]


def test_a_reminder_names_whom_to_ask(clock: Clock) -> None:
    clock.set(NIGHT)
    coordinator = CoordinatorFactory.create(name="Cora", email="cora@example.org")
    mentor = MentorFactory.create(organisation=coordinator.organisation)
    CertificationFactory.create(expires_at=in_days(7), mentor=mentor)

    check_expiry()

    reminder = next(message for message in mail.outbox if message.to == [mentor.email])
    assert "Cora <cora@example.org>" in reminder.body


def test_each_coordinator_gets_one_digest_of_the_run(clock: Clock) -> None:
    clock.start(NIGHT)
    organisation = OrganisationFactory.create(name="Fjord")
    CoordinatorFactory.create(organisation=organisation, email="one@example.org")
    CoordinatorFactory.create(
        organisation=organisation, email="to@example.org", language=Language.NORWEGIAN
    )
    CoordinatorFactory.create(email="elsewhere@example.org")
    for name, email in (("Reached", "r@example.org"), ("Lost", "")):
        mentor = MentorFactory.create(name=name, email=email, organisation=organisation)
        CertificationFactory.create(expires_at=in_days(7), mentor=mentor)

    with pytest.raises(SystemExit):
        check_expiry()
    check_expiry()

    digests = [message for message in mail.outbox if message.subject.endswith("not reached")]
    assert [message.to for message in digests][:1] == [["one@example.org"]]
    assert digests[0].subject == "Certifications at Fjord: 1 mentor reminded, 1 not reached"
    assert "Reached" in digests[0].body
    assert "Not reached: The mentor has no email address." in digests[0].body
    norwegian = next(message for message in mail.outbox if message.to == ["to@example.org"])
    assert (
        norwegian.subject
        == "Sertifiseringer i Fjord: 1 likeperson har fått påminnelse, 1 ikke nådd"
    )
    assert not any(message.to == ["elsewhere@example.org"] for message in mail.outbox)
    first, second = ExpiryCheckRun.objects.order_by("pk")
    assert CoordinatorDigest.objects.filter(run=first).sent().count() == 2
    assert not CoordinatorDigest.objects.filter(run=second).exists()


def test_a_run_without_news_sends_no_digest(clock: Clock) -> None:
    clock.start(NIGHT)
    coordinator = CoordinatorFactory.create()
    mentor = MentorFactory.create(organisation=coordinator.organisation)
    CertificationFactory.create(expires_at=in_days(7), mentor=mentor)
    check_expiry()
    mail.outbox.clear()
    clock.advance(timedelta(days=1))

    check_expiry()

    assert mail.outbox == []


def test_a_long_digest_is_cut_and_says_so(clock: Clock) -> None:
    clock.start(NIGHT)
    coordinator = CoordinatorFactory.create()
    for mentor in MentorFactory.create_batch(203, organisation=coordinator.organisation):
        CertificationFactory.create(expires_at=in_days(7), mentor=mentor)

    check_expiry()

    digest = mail.outbox[-1]
    assert digest.subject.endswith("203 mentors reminded")
    assert digest.body.count("Reminded.") == 200
    assert "… and 3 more." in digest.body


def test_a_mail_that_can_not_be_written_fails_alone(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.start(NIGHT)
    CertificationFactory.create(expires_at=in_days(7), mentor=MentorFactory.create(name="Broken"))
    CertificationFactory.create(expires_at=in_days(7))

    def compose_most(template: str, context: dict[str, Any], **more: Any) -> Any:
        if context["mentor"].name == "Broken":
            raise LookupError("no such word")
        return compose_mail(template, context, **more)

    monkeypatch.setattr("cron.services.mails.compose_mail", compose_most)

    with pytest.raises(SystemExit):
        check_expiry()

    run = ExpiryCheckRun.objects.latest("pk")
    assert (run.status, run.reminders_sent, run.errors) == ("partial", 1, 1)
    assert Reminder.objects.failed().get().error == "LookupError: no such word"


@pytest.mark.parametrize(
    "template",
    sorted(
        str(file.relative_to(file.parents[2])).removesuffix("_subject.txt")
        for file in Path(__file__).parents[2].glob("*/**/templates/*/mail/*_subject.txt")
    ),
)
@pytest.mark.parametrize("language", Language.values)
def test_no_text_of_a_mail_is_marked_as_safe_html(template: str, language: str) -> None:
    numbers = {"days": 2, "reminded": 1, "failed": 1, "more": 1}

    message = compose_mail(
        template,
        {**numbers, "type": "<b>", "name": "<b>"},
        recipients=["ada@example.org"],
        language=language,
        message_id_local="a",
    )

    texts: list[Any] = [message.subject, message.body, *message.extra_headers.values()]
    texts += [content for content, _ in message.alternatives]
    assert {type(text) for text in texts} == {str}
