"""Days in the form of a certification: the same for everybody, and judged as by PUT."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from time_machine import TimeMachineFixture

from certifications.models import Certification, CertificationType
from cron.models import Reminder
from tests.cron.conftest import check_expiry
from tests.desk.test_json_fields import save_with
from tests.factories import (
    CertificationFactory,
    CertificationTypeFactory,
    MentorFactory,
    OrganisationFactory,
    RenewalFactory,
)

LIST = "/admin/certifications/certification/"
RENEWALS = "/admin/certifications/renewal/"
NOW = datetime(2026, 12, 3, 10, 0, tzinfo=UTC)
ZONES = ["UTC", "Europe/Oslo", "America/New_York", "Pacific/Kiritimati", "Europe/London"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_at_ten")]


@pytest.fixture
def _at_ten(time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(NOW, tick=False)


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def one(**columns: Any) -> Certification:
    mentor = MentorFactory.create(email="kari@example.org")
    given = {"issued_at": day("2025-01-01"), "expires_at": day("2027-04-15"), **columns}
    certification: Certification = CertificationFactory.create(mentor=mentor, **given)
    return certification


# The zone of the reader


@pytest.mark.parametrize("zone", ZONES)
def test_a_day_that_is_entered_is_that_day_for_everybody(desk: Client, zone: str) -> None:
    desk.cookies["timezone"] = zone
    kind, mentor = CertificationTypeFactory.create(), MentorFactory.create()

    answer = desk.post(
        f"{LIST}add/",
        {
            "mentor": mentor.pk,
            "certification_type": kind.pk,
            "status": "active",
            "issued_at": "2026-12-01",
            "expires_at": "2027-04-15",
            "renewals-TOTAL_FORMS": "0",
            "renewals-INITIAL_FORMS": "0",
        },
    )

    assert answer.status_code == 302, answer.content
    record = desk.get(f"/api/v1/certification-records/{mentor.pk}").json()
    assert record["issued_at"] == "2026-12-01T00:00:00Z"
    assert record["expires_at"] == "2027-04-15T00:00:00Z"


@pytest.mark.parametrize("zone", ZONES)
def test_pages_show_a_whole_day_as_that_day(desk: Client, zone: str) -> None:
    desk.cookies["timezone"] = zone
    row = one(expires_at=day("2026-12-10"))
    RenewalFactory.create(certification=row, renewed_at=row.issued_at, expires_at=row.expires_at)

    pages = [
        desk.get(address).content.decode()
        for address in (
            LIST,
            RENEWALS,
            f"/admin/certifications/mentor/{row.mentor_id}/change/",
            f"/admin/cron/expirycheckrun/why/{row.pk}/",
            "/admin/",
        )
    ]
    form = desk.get(f"{LIST}{row.pk}/change/").content.decode()

    for page in pages:
        assert "10 December 2026" in page or "10 Dec 2026" in page
    for page in pages[:3]:
        assert "9 Dec" not in page
    assert "10 December 2026" in form  # the line on record, which is read alone
    assert "9 December 2026" not in form
    assert 'value="2026-12-10"' in form
    assert 'value="2025-01-01"' in form


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("issued", "expires"),
    [
        ("2026-10-25T00:30:00", "2027-10-31T00:00:00"),  # hours that clocks in Europe repeat
        ("2025-10-26T01:30:00", "2027-10-31T01:59:59"),
        ("2026-11-01T05:30:00", "2027-11-07T06:00:00"),  # and in New York
        ("2025-03-30T02:30:00", "2026-12-03T23:59:59"),
        ("2025-01-01T00:00:00.123456", "2027-01-01T12:34:56.654321"),
    ],
)
def test_a_form_that_is_saved_as_it_stands_changes_no_moment(
    desk: Client, zone: str, issued: str, expires: str
) -> None:
    desk.cookies["timezone"] = zone
    row = one(issued_at=day(issued), expires_at=day(expires))

    answer = save_with(desk, row, status="suspended")

    assert answer.status_code == 302, answer.content
    row.refresh_from_db()
    assert (row.issued_at, row.expires_at) == (day(issued), day(expires))
    assert row.status == "suspended"


# The rules of PUT


def test_a_later_day_is_a_renewal_as_of_now(desk: Client) -> None:
    row = one(expires_at=day("2026-11-22"), status="expired")

    save_with(desk, row, expires_at="2029-01-15")

    row.refresh_from_db()
    assert (row.status, row.expires_at) == ("active", day("2029-01-15"))
    assert row.issued_at == NOW
    assert [entry.expires_at for entry in row.renewals.all()] == [day("2029-01-15")]
    assert row.history.latest().history_user == User.objects.get(username="boss")


@pytest.mark.parametrize(
    ("columns", "changes", "status", "renewals"),
    [
        # Corrections of other things beside, or to an earlier day, are no renewals.
        ({}, {"expires_at": "2027-03-01"}, "active", 0),
        ({}, {"issued_at": "2026-02-01", "expires_at": "2028-03-01"}, "active", 0),
        # What expired by its old day does not stay so where the new one is ahead.
        (
            {"status": "expired", "expires_at": "2026-12-03"},
            {"issued_at": "2026-01-01", "expires_at": "2026-12-12"},
            "active",
            0,
        ),
        # A date that is over, corrected to another that is over, stays what it is.
        (
            {"status": "expired", "expires_at": "2026-11-01"},
            {"expires_at": "2026-11-20"},
            "expired",
            0,
        ),
        # What was declared before its day and is not touched stays declared.
        ({"status": "expired"}, {"issued_at": "2026-02-01"}, "expired", 0),
        ({}, {"status": "expired"}, "expired", 0),
        # A later day lifts no suspension, nor takes a revocation back.
        ({"status": "suspended"}, {"expires_at": "2029-01-01"}, "suspended", 0),
        ({"status": "revoked"}, {"expires_at": "2029-01-01"}, "revoked", 0),
    ],
)
def test_what_is_corrected_by_hand(
    desk: Client, columns: dict[str, str], changes: dict[str, str], status: str, renewals: int
) -> None:
    if "expires_at" in columns:
        columns = {**columns, "expires_at": day(columns["expires_at"])}  # type: ignore[dict-item]
    row = one(**columns)

    answer = save_with(desk, row, **changes)

    assert answer.status_code == 302, answer.content
    row.refresh_from_db()
    assert row.status == status
    assert row.renewals.count() == renewals
    for name in changes.keys() - {"status"}:
        assert getattr(row, name) == day(changes[name])


def test_whoever_is_corrected_to_a_day_ahead_is_reminded_again(
    desk: Client, time_machine: TimeMachineFixture
) -> None:
    row = one(expires_at=day("2026-12-03"), status="expired")
    save_with(desk, row, expires_at="2026-12-12")

    time_machine.move_to(day("2026-12-05T02:00:00"), tick=False)
    check_expiry()

    reminder = Reminder.objects.get(certification=row)
    assert (reminder.stage, reminder.state) == (7, "sent")


# Pages that are older than the row


def shown_values(desk: Client, row: Any, address: str) -> str:
    page: Any = desk.get(f"{address}{row.pk}/change/")
    return str(page.context["shown_values"])


def test_a_stale_tab_takes_no_renewal_back(desk: Client, api: Any) -> None:
    row = one(expires_at=day("2026-12-22"))
    stale = shown_values(desk, row, LIST)
    later = {"expires_at": "2029-01-15T00:00:00Z", "renewed_at": "2026-12-01T00:00:00Z"}
    api.post(f"/api/v1/certification-records/{row.mentor_id}/renewals", later)

    old = {"expires_at": "2026-12-22", "issued_at": "2025-01-01"}
    answer = save_with(desk, row, shown_values=stale, **old)

    row.refresh_from_db()
    assert row.expires_at == day("2029-01-15")
    assert "Somebody else changed this after the page was opened" in answer.content.decode()
    # The page goes on to be older than the row, whatever is pressed next.
    assert answer.context["shown_values"] == stale


def change_type(row: CertificationType) -> None:
    row.reminder_stages = [60]
    row.save()


def change_mentor(row: Any) -> None:
    row.email = "other@example.org"
    row.save()


@pytest.mark.parametrize(
    ("make", "address", "change", "field"),
    [
        (
            lambda: CertificationTypeFactory.create(reminder_stages=[30]),
            "/admin/certifications/certificationtype/",
            change_type,
            "reminder_stages",
        ),
        (
            lambda: MentorFactory.create(organisation=OrganisationFactory.create()),
            "/admin/certifications/mentor/",
            change_mentor,
            "email",
        ),
    ],
)
def test_nor_does_any_other_page(
    desk: Client,
    make: Callable[[], Any],
    address: str,
    change: Callable[[Any], None],
    field: str,
) -> None:
    row = make()
    stale = shown_values(desk, row, address)
    old = getattr(row, field)
    change(row)

    answer = save_with(desk, row, shown_values=stale, **{field: str(old)})

    row.refresh_from_db()
    assert answer.status_code == 200
    assert getattr(row, field) != old


def test_a_page_that_nobody_overtook_is_saved(desk: Client) -> None:
    row = one()
    fresh = shown_values(desk, row, LIST)
    row.updated_at = NOW + timedelta(hours=1)  # a change that the page does not show
    row.save()

    answer = save_with(desk, row, status="suspended", shown_values=fresh)

    assert answer.status_code == 302
    assert Certification.objects.get().status == "suspended"


@pytest.mark.parametrize("made_up", ["x", "[]", "{}", "null"])
def test_a_made_up_page_is_refused(desk: Client, made_up: str) -> None:
    answer = save_with(desk, one(), status="suspended", shown_values=made_up)

    assert answer.status_code == 200
    assert Certification.objects.get().status == "active"
