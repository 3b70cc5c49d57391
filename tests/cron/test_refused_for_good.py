"""A mailbox that was refused for good is left alone, counted once, and stays to be seen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from pytest_django import Settings

from certificates.models import CertificateReminder
from certifications.models import Mentor
from cron.models import (
    DeliveryState,
    ExpiryCheckRun,
    RefusedMailbox,
    Reminder,
    RunStatus,
)
from cron.services.steering import send_reminders_now
from tests.conftest import client_of
from tests.cron.conftest import NOW, Clock, check_expiry
from tests.cron.pages import expiring
from tests.e2e.smtp import Behaviour, MailServer
from tests.factories import (
    CertificateFactory,
    CoordinatorFactory,
    MentorFactory,
    TenantContactFactory,
    TenantFactory,
)

pytestmark = pytest.mark.django_db

DEAD, ALIVE = "dead@example.org", "alive@example.org"


@pytest.fixture
def server(settings: Settings, clock: Clock) -> Iterator[MailServer]:
    """A mail server that refuses `DEAD`."""
    clock.start(NOW)
    with MailServer(Behaviour(refused=frozenset({DEAD}))) as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        yield server


def check() -> ExpiryCheckRun:
    """A check as of a worker: it fails nowhere, whatever it finds."""
    with suppress(SystemExit):
        check_expiry()
    return ExpiryCheckRun.objects.latest("pk")


def nights(clock: Clock, count: int) -> list[tuple[str, int | None]]:
    """The status and the errors of as many nights' checks."""
    runs = []
    for _ in range(count):
        run = check()
        runs.append((run.status, run.errors))
        clock.advance(timedelta(days=1))
    return runs


def test_it_is_tried_once_and_makes_one_run_partial(server: MailServer, clock: Clock) -> None:
    expiring(13, mentor=MentorFactory.create(email=DEAD))

    runs = nights(clock, 5)

    assert server.asked == {DEAD: 1}
    assert runs == [(RunStatus.PARTIAL, 1), *[(RunStatus.SUCCESS, 0)] * 4]
    reminder = Reminder.objects.get()
    assert (reminder.state, reminder.error) == ("failed", "550 5.1.1 No such mailbox")


def test_so_does_a_mentor_without_an_address(clock: Clock) -> None:
    clock.start(NOW)
    expiring(13, mentor=MentorFactory.create(email=""))

    assert nights(clock, 4) == [(RunStatus.PARTIAL, 1), *[(RunStatus.SUCCESS, 0)] * 3]


def test_the_next_stage_counts_it_once_more_without_a_try(server: MailServer, clock: Clock) -> None:
    expiring(8, mentor=MentorFactory.create(email=DEAD))

    runs = nights(clock, 4)

    assert server.asked == {DEAD: 1}
    assert [errors for _status, errors in runs] == [1, 1, 0, 0]
    assert {row.error for row in Reminder.objects.all()} == {"550 5.1.1 No such mailbox"}


def test_nor_is_it_tried_for_another_certification(server: MailServer) -> None:
    mentor = MentorFactory.create(email=DEAD)
    for code in ("a", "b", "c"):
        expiring(7, mentor=mentor, certification_type__code=code)

    check()

    assert server.asked == {DEAD: 1}
    assert Reminder.objects.failed().count() == 3


def test_another_address_is_tried_at_once(server: MailServer, clock: Clock) -> None:
    mentor = expiring(13, mentor=MentorFactory.create(id="m", email=DEAD)).mentor
    nights(clock, 2)

    answer = client_of("writer", "system").put(
        "/api/v1/mentors/m", {"name": "Kari", "email": ALIVE}
    )
    runs = nights(clock, 2)

    assert answer.status_code == 200
    assert runs == [(RunStatus.SUCCESS, 0)] * 2
    assert server.recipients == {ALIVE: 1}
    reminder = Reminder.objects.get()
    assert (reminder.state, reminder.error, reminder.failure) == ("sent", "", "")
    assert reminder.failed_since is None
    assert Mentor.objects.get(pk=mentor.pk).email == ALIVE


def test_another_address_that_is_refused_as_well_is_a_new_error(
    server: MailServer, clock: Clock
) -> None:
    expiring(13, mentor=MentorFactory.create(id="m", email=DEAD))
    nights(clock, 2)
    server.behaviour.refused |= {ALIVE}

    Mentor.objects.update(email=ALIVE)

    assert nights(clock, 2) == [(RunStatus.PARTIAL, 1), (RunStatus.SUCCESS, 0)]
    assert server.asked == {DEAD: 1, ALIVE: 1}


@pytest.mark.parametrize(
    "refusal",
    [
        "554 5.7.1 Relay access denied",
        "550 5.7.1 Your host is on a list",
        "530 5.7.0 Authentication required",
        "503 Bad sequence",
        "450 4.2.1 Try again later",
    ],
)
def test_a_refusal_of_the_sender_is_tried_each_night_and_told_once(
    server: MailServer, clock: Clock, settings: Settings, refusal: str
) -> None:
    settings.REMINDER_RETRY_SECONDS = []
    server.behaviour.refusal = refusal
    coordinator = CoordinatorFactory.create(email="cora@example.org")
    expiring(13, mentor=MentorFactory.create(email=DEAD, organisation=coordinator.organisation))

    runs = nights(clock, 3)

    assert server.asked[DEAD] == 3
    assert runs == [(RunStatus.PARTIAL, 1)] * 3
    assert server.recipients == {"cora@example.org": 1}
    assert not RefusedMailbox.objects.exists()


@pytest.mark.parametrize("refusal", ["550 No such user", "554 5.1.1 Unknown", "553 Not here"])
def test_other_refusals_are_for_good(server: MailServer, clock: Clock, refusal: str) -> None:
    server.behaviour.refusal = refusal
    expiring(13, mentor=MentorFactory.create(email=DEAD))

    nights(clock, 3)

    assert server.asked == {DEAD: 1}


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.usefixtures("_inline_tasks")
def test_by_hand_it_is_tried_and_is_like_any_other_once_it_takes_a_mail(
    server: MailServer, clock: Clock
) -> None:
    certification = expiring(13, mentor=MentorFactory.create(email=DEAD))
    nights(clock, 2)
    server.behaviour.refused = frozenset()

    sent = send_reminders_now(
        certifications=[certification], account=None, now=NOW + timedelta(days=2)
    )
    assert sent.run is not None
    check()

    assert server.recipients == {DEAD: 1}
    assert not RefusedMailbox.objects.exists()
    assert Reminder.objects.get().state == DeliveryState.SENT


def test_a_tenants_contact_is_tried_once(server: MailServer, clock: Clock) -> None:
    tenant = TenantFactory.create()
    TenantContactFactory.create(tenant=tenant, email=DEAD)
    CertificateFactory.create(tenant=tenant, date_expire=(NOW + timedelta(days=13)).date())

    runs = nights(clock, 4)

    assert server.asked == {DEAD: 1}
    assert runs == [(RunStatus.PARTIAL, 1), *[(RunStatus.SUCCESS, 0)] * 3]


def test_a_tenants_other_contacts_go_on_being_told(server: MailServer, clock: Clock) -> None:
    tenant = TenantFactory.create()
    for address in (DEAD, ALIVE):
        TenantContactFactory.create(tenant=tenant, email=address)
    CertificateFactory.create(tenant=tenant, date_expire=(NOW + timedelta(days=8)).date())

    runs = nights(clock, 3)

    assert server.asked == {DEAD: 1, ALIVE: 2}
    assert [errors for _status, errors in runs] == [1, 0, 0]
    for reminder in CertificateReminder.objects.all():
        assert (reminder.state, reminder.recipient) == ("sent", ALIVE)
        assert reminder.error == f"{DEAD}: 550 5.1.1 No such mailbox"


def test_a_tenant_without_contacts_is_counted_once(clock: Clock) -> None:
    clock.start(NOW)
    CertificateFactory.create(date_expire=(NOW + timedelta(days=13)).date())

    assert nights(clock, 3) == [(RunStatus.PARTIAL, 1), *[(RunStatus.SUCCESS, 0)] * 2]


def test_a_coordinators_mailbox_is_tried_once(server: MailServer, clock: Clock) -> None:
    coordinator = CoordinatorFactory.create(email=DEAD)
    for days in (7, 8, 9):
        expiring(
            days,
            mentor=MentorFactory.create(organisation=coordinator.organisation),
        )

    runs = nights(clock, 3)

    assert server.asked[DEAD] == 1
    assert runs == [(RunStatus.PARTIAL, 1), *[(RunStatus.SUCCESS, 0)] * 2]


def test_it_still_stands_on_the_home_page_and_among_the_reminders(
    clock: Clock,
) -> None:
    clock.start(NOW)
    expiring(13, mentor=MentorFactory.create(name="Lost", email=""))
    nights(clock, 3)
    desk = Client()
    desk.force_login(User.objects.create_superuser("boss"))

    listed = desk.get("/admin/cron/reminder/?state__exact=failed").content.decode()

    assert "The mentor has no email address." in listed
    assert "reminders that failed" in desk.get("/admin/").content.decode()
    assert Reminder.objects.failed().count() == 1
    assert mail.outbox == []
