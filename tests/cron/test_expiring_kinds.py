"""What an app registers is reminded of like certifications, by the same check."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from smtplib import SMTPRecipientsRefused

import pytest
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from pytest_django import DjangoDbBlocker

from cron import expiring
from cron.certification_kind import CertificationKind
from cron.expiring import ExpiringKind, ExpiryReminder, kinds, register
from cron.models import DeliveryState, ExpiryCheckRun, Reminder, Trigger
from cron.services import planning, runs
from cron.services.sending import send_next_batch
from tests.cron.boats import Licence, LicenceKind, LicenceReminder, Mistyped, Unguarded
from tests.cron.conftest import Clock, check_expiry
from tests.factories import CertificationFactory, MentorFactory

NIGHT = datetime(2026, 3, 26, 2, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def _tables(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The tables stand as long as this file's tests run."""
    with django_db_blocker.unblock(), connection.schema_editor() as editor:
        editor.create_model(Licence)
        editor.create_model(LicenceReminder)
    yield
    with django_db_blocker.unblock(), connection.schema_editor() as editor:
        editor.delete_model(LicenceReminder)
        editor.delete_model(Licence)


@pytest.fixture(autouse=True)
def _kinds(db: None, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Certifications and licences are what is registered; it is two in the night."""
    monkeypatch.setattr(expiring, "_kinds", {})
    register(CertificationKind())
    register(LicenceKind())
    clock.set(NIGHT)


def licence(days: int | None, **values: object) -> Licence:
    """A licence that expires so many days from the night, or never."""
    valid_until = None if days is None else NIGHT.date() + timedelta(days=days)
    return Licence.objects.create(valid_until=valid_until, **values)


def certification(days: int, *, email: str = "mentor@example.org") -> None:
    expires_at = NIGHT.replace(hour=0) + timedelta(days=days)
    CertificationFactory.create(expires_at=expires_at, mentor=MentorFactory.create(email=email))


def a_planned_run() -> ExpiryCheckRun:
    run = runs.claim_run(runs.open_run(job=None, trigger=Trigger.API, now=NIGHT).pk, NIGHT)
    assert run is not None
    runs.prepare_run(run)
    return run


def stages_sent() -> list[int]:
    rows = LicenceReminder.objects.sent().order_by("settled_at", "pk")
    return list(rows.values_list("stage", flat=True))


@pytest.mark.parametrize(
    ("days", "stages"),
    [(31, []), (30, [30]), (8, [30]), (7, [7]), (0, [7]), (-1, [-1]), (-10, [-1]), (-11, [])],
)
def test_a_date_is_at_the_same_stage_as_a_moment_of_that_day(days: int, stages: list[int]) -> None:
    licence(days)

    check_expiry()

    assert stages_sent() == stages


def test_each_stage_is_reminded_of_once_over_all_nights(clock: Clock) -> None:
    licence(32)

    for night in range(50):
        clock.set(NIGHT + timedelta(days=night))
        check_expiry()

    assert stages_sent() == [30, 7, -1]
    assert [message.subject for message in mail.outbox] == [
        "Your certification Boat licence expires in 30 days",
        "Your certification Boat licence expires in 7 days",
        "Your certification Boat licence has expired",
    ]


def test_what_never_expires_or_is_not_reminded_of_is_left_alone() -> None:
    licence(None)
    licence(7, is_withdrawn=True)

    check_expiry()

    assert not LicenceReminder.objects.exists()


def test_rows_go_by_the_policy_that_they_match() -> None:
    for harbour in ("bergen", "voss", "moss", "elsewhere"):
        for days in (50, 20, -1):
            licence(days, harbour=harbour)

    check_expiry()

    sent = LicenceReminder.objects.values_list("licence__harbour", "stage")
    assert sorted(sent) == [
        ("bergen", -1),
        ("bergen", 30),
        ("moss", 60),
        ("moss", 60),
        ("voss", -1),
        ("voss", 30),
    ]


@pytest.mark.parametrize("batch", [1, 2, 5, 100])
def test_walking_in_batches_finds_each_row_once(
    monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    for number in range(10):
        licence(1 + number % 3)
    monkeypatch.setattr(planning, "PLAN_BATCH", batch)

    check_expiry()

    assert LicenceReminder.objects.values("licence").distinct().count() == len(mail.outbox) == 10


def test_a_mail_goes_to_all_recipients_at_once() -> None:
    licence(7)

    check_expiry()

    assert [message.to for message in mail.outbox] == [["a@example.org", "b@example.org"]]
    assert LicenceReminder.objects.get().recipient == "a@example.org, b@example.org"


def test_of_very_many_recipients_what_fits_is_kept() -> None:
    addresses = [f"person-{number}@example.org" for number in range(100)]
    licence(7, tell=" ".join(addresses))

    check_expiry()

    assert mail.outbox[0].to == addresses
    assert LicenceReminder.objects.get().recipient == ", ".join(addresses)[:1000]


def test_while_one_recipient_may_be_taken_later_a_mail_is_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(self: EmailBackend, messages: object) -> int:
        raise SMTPRecipientsRefused(
            {"a@example.org": (550, b"No such user"), "b@example.org": (450, b"Try later")}
        )

    licence(7)
    run = a_planned_run()
    monkeypatch.setattr(EmailBackend, "send_messages", refuse)

    send_next_batch(run, now=NIGHT)

    reminder = LicenceReminder.objects.get()
    assert (reminder.state, reminder.error) == (DeliveryState.PENDING, "450 Try later")


@pytest.mark.parametrize("valid_until", [None, date(2026, 4, 3)])
def test_when_the_expiry_moved_the_reminder_is_superseded(valid_until: date | None) -> None:
    licence(7)
    run = a_planned_run()
    Licence.objects.update(valid_until=valid_until)

    send_next_batch(run, now=NIGHT)

    assert LicenceReminder.objects.get().state == DeliveryState.SUPERSEDED
    assert mail.outbox == []


def test_what_the_kind_withdraws_before_sending_is_superseded() -> None:
    licence(7)
    run = a_planned_run()
    Licence.objects.update(is_withdrawn=True)

    send_next_batch(run, now=NIGHT)

    assert LicenceReminder.objects.get().state == DeliveryState.SUPERSEDED
    assert mail.outbox == []


def test_a_dry_run_counts_all_kinds() -> None:
    certification(7)
    licence(7)
    licence(6)

    output = check_expiry("--dry-run")

    assert "reminders_due: 3" in output
    assert not LicenceReminder.objects.exists()
    assert mail.outbox == []


def test_the_figures_sum_over_kinds_and_each_failure_is_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    certification(7)
    certification(7, email="")
    licence(7)
    licence(7, tell="")
    licence(7, name="Ferry", tell="")

    with pytest.raises(SystemExit):
        check_expiry()

    run = ExpiryCheckRun.objects.get()
    assert run.result == {"mentors_checked": 2, "reminders_sent": 2, "errors": 3}
    assert run.reminders_due == 5
    errors = LicenceReminder.objects.failed().values_list("error", flat=True)
    assert set(errors) == {"Nobody is told of this boat."}
    assert Reminder.objects.failed().get().error == "The mentor has no email address."


def test_the_next_night_takes_over_what_was_left(clock: Clock) -> None:
    licence(7)
    given_up = a_planned_run()
    runs.fail_run(given_up, reason="for the test", now=NIGHT)
    clock.advance(timedelta(days=1))

    output = check_expiry("--dry-run")
    check_expiry()

    assert "reminders_due: 1" in output
    reminder = LicenceReminder.objects.get()
    assert (reminder.state, reminder.run) == ("sent", ExpiryCheckRun.objects.latest("pk"))
    assert mail.outbox[0].subject == "Your certification Boat licence expires in 6 days"


def test_what_was_left_and_is_no_longer_true_is_superseded_by_the_next_night(clock: Clock) -> None:
    licence(7)
    given_up = a_planned_run()
    runs.fail_run(given_up, reason="for the test", now=NIGHT)
    Licence.objects.update(valid_until=date(2026, 4, 3))
    clock.advance(timedelta(days=1))

    check_expiry()

    states = dict(LicenceReminder.objects.values_list("valid_until", "state"))
    assert states == {date(2026, 4, 2): "superseded", date(2026, 4, 3): "sent"}


def test_the_message_ids_of_kinds_are_never_the_same() -> None:
    certification(7)
    licence(7)

    check_expiry()

    ids = [str(message.message()["Message-ID"]) for message in mail.outbox]
    numbers = Reminder.objects.get().pk, LicenceReminder.objects.get().pk
    assert ids == [
        f"<reminder-{numbers[0]}-20260402-7@localhost>",
        f"<licencereminder-{numbers[1]}-20260402-7@localhost>",
    ]


def test_a_run_waits_for_the_earliest_try_of_any_kind() -> None:
    certification(7)
    licence(7)
    run = a_planned_run()
    Reminder.objects.update(next_attempt_at=NIGHT + timedelta(seconds=25))
    LicenceReminder.objects.update(next_attempt_at=NIGHT + timedelta(seconds=5))

    assert runs.finish_or_wait(run, now=NIGHT) == 5


def test_a_kind_is_registered_once() -> None:
    with pytest.raises(ImproperlyConfigured, match="registered already"):
        register(LicenceKind())

    assert [kind.reminder for kind in kinds()] == [Reminder, LicenceReminder]


@pytest.mark.parametrize(
    ("reminder", "reason"),
    [(Unguarded, "unique constraint on licence, valid_until"), (Mistyped, "same type of field")],
)
def test_a_kind_whose_models_do_not_fit_is_refused(
    reminder: type[ExpiryReminder], reason: str
) -> None:
    kind: ExpiringKind[Licence, ExpiryReminder] = LicenceKind()  # type: ignore[assignment]
    kind.reminder = reminder

    with pytest.raises(ImproperlyConfigured, match=reason):
        register(kind)
