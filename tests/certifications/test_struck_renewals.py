"""Administrators strike out renewals that were entered by mistake, on record."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from certifications.models import Certification, Organisation, Renewal
from certifications.services import append_renewal, strike_renewals, upsert_certification
from config.errors import InvalidError
from tests.cron.conftest import Clock, clock
from tests.desk.conftest import client_at_desk, make_account
from tests.factories import CoordinatorFactory, MentorFactory, OrganisationFactory

__all__ = ["clock"]  # a fixture

pytestmark = pytest.mark.django_db

LIST = "/admin/certifications/renewal/"


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def certification(clock: Clock) -> Certification:
    """Held by mentor m, issued 2024-03-01, until 2026-03-01."""
    MentorFactory.create(id="m", organisation=OrganisationFactory.create(id="home"))
    now = clock.set(day("2026-03-20"))
    certification, _ = upsert_certification(
        mentor_id="m",
        certification_type="kind",
        status="active",
        issued_at=day("2024-03-01"),
        expires_at=day("2026-03-01"),
        now=now,
    )
    return certification


def renew(clock: Clock, at: str, renewed_at: str, expires_at: str) -> Renewal:
    """Append an entry on the day `at`."""
    append_renewal(
        mentor_id="m",
        named_type="kind",
        renewed_at=day(renewed_at),
        expires_at=day(expires_at),
        now=clock.set(day(at)),
    )
    return Renewal.objects.get(renewed_at=day(renewed_at))


def strike(clock: Clock, renewal: Renewal) -> None:
    strike_renewals(renewals=[renewal], reason="typo", now=clock.set(day("2026-04-01")))


def dates(certification: Certification) -> tuple[str, str, str]:
    certification.refresh_from_db()
    row = certification
    return f"{row.issued_at:%Y-%m-%d}", f"{row.expires_at:%Y-%m-%d}", row.status


def test_without_any_entry_the_dates_are_those_that_were_recorded(
    certification: Certification, clock: Clock
) -> None:
    wrong = renew(clock, "2026-03-21", "2026-03-21", "2028-03-21")

    strike(clock, wrong)

    assert dates(certification) == ("2024-03-01", "2026-03-01", "expired")


def test_the_entries_that_are_left_decide(certification: Certification, clock: Clock) -> None:
    true = renew(clock, "2026-03-21", "2026-03-20", "2027-03-20")
    wrong = renew(clock, "2026-03-22", "2026-03-22", "2036-03-22")

    strike(clock, wrong)

    assert dates(certification) == ("2026-03-20", "2027-03-20", "active")
    assert list(certification.renewals.all()) == [true]


def test_a_true_entry_that_an_earlier_mistake_had_swallowed_decides_at_last(
    certification: Certification, clock: Clock
) -> None:
    wrong = renew(clock, "2026-03-21", "2026-03-21", "2036-03-21")
    # As it came in when moments ahead were still taken.
    Renewal.objects.update(renewed_at=day("2072-03-01"), expires_at=day("2074-03-01"))
    Certification.objects.update(issued_at=day("2072-03-01"), expires_at=day("2074-03-01"))
    renew(clock, "2026-03-25", "2026-03-25", "2027-03-25")
    assert dates(certification)[1] == "2074-03-01"

    wrong.refresh_from_db()
    strike(clock, wrong)

    assert dates(certification) == ("2026-03-25", "2027-03-25", "active")


def test_dates_that_were_corrected_since_stay(certification: Certification, clock: Clock) -> None:
    renew(clock, "2026-03-21", "2026-03-20", "2027-03-20")
    certification.refresh_from_db()
    certification.expires_at = day("2027-06-30")
    clock.set(day("2026-03-22"))
    certification.save()
    wrong = renew(clock, "2026-03-23", "2026-03-23", "2036-03-23")

    strike(clock, wrong)

    assert dates(certification) == ("2026-03-20", "2027-06-30", "active")


def test_a_suspension_stays(certification: Certification, clock: Clock) -> None:
    wrong = renew(clock, "2026-03-21", "2026-03-21", "2036-03-21")
    Certification.objects.update(status="suspended")

    strike(clock, wrong)

    assert dates(certification) == ("2024-03-01", "2026-03-01", "suspended")


def test_history_keeps_who_struck_it_out_when_and_why(
    certification: Certification, clock: Clock
) -> None:
    wrong = renew(clock, "2026-03-21", "2026-03-21", "2036-03-21")
    now = clock.set(day("2026-04-01"))
    boss = make_account("boss", "admin")
    chosen = {"action": "strike_out", "_selected_action": [wrong.pk]}

    asked = client_at_desk(boss).post(LIST, chosen)
    unstruck = Renewal.objects.count()
    done = client_at_desk(boss).post(
        LIST, {**chosen, "asked": "1", "reason": "wrong year"}, follow=True
    )

    line = Renewal.history.latest("history_date")
    change = certification.history.latest("history_date")
    assert (asked.status_code, unstruck) == (200, 1)
    assert "Struck out 1 renewal." in done.content.decode()
    assert not Renewal.objects.exists()
    assert (line.history_type, line.history_user, line.history_date) == ("-", boss, now)
    assert line.history_change_reason == "wrong year"
    assert change.history_change_reason == "Renewal of 2026-03-21 struck out: wrong year"
    assert change.history_user == boss


def test_nobody_but_an_administrator_strikes_out(
    certification: Certification, clock: Clock
) -> None:
    wrong = renew(clock, "2026-03-21", "2026-03-21", "2036-03-21")
    cora = make_account("cora", "coordinator")
    CoordinatorFactory.create(organisation=Organisation.objects.get(id="home"), account=cora)
    body = {"action": "strike_out", "_selected_action": [wrong.pk], "asked": "1", "reason": "no"}

    for account in (cora, make_account("audrey", "auditor")):
        client: Client = client_at_desk(account)
        client.post(LIST, body)

    assert Renewal.objects.get() == wrong


@pytest.mark.parametrize("reason", ["", "   ", "x" * 101])
def test_it_takes_a_reason(certification: Certification, clock: Clock, reason: str) -> None:
    wrong = renew(clock, "2026-03-21", "2026-03-21", "2036-03-21")

    with pytest.raises(InvalidError):
        strike_renewals(renewals=[wrong], reason=reason, now=day("2026-04-01"))

    assert Renewal.objects.exists()
