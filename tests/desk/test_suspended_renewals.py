"""Renewing many at once ends a suspension only where somebody said so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from time_machine import TimeMachineFixture

from certifications.errors import SuspensionsStand
from certifications.models import Certification, Renewal
from certifications.services import renew_certifications
from tests.factories import CertificationFactory, CertificationTypeFactory, MentorFactory
from tests.transfer.test_desk import apply, upload

LIST = "/admin/certifications/certification/"
NOW = datetime(2026, 3, 26, 10, 0, tzinfo=UTC)
BOX = "also those that are suspended; this ends the suspension"
DATES = {"renewed_at": "2026-03-26", "expires_at": "2028-03-26"}

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_at_ten")]


@pytest.fixture
def _at_ten(time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(NOW, tick=False)


def certified(name: str, status: str) -> Certification:
    certification: Certification = CertificationFactory.create(
        mentor=MentorFactory.create(id=name.lower(), name=name),
        certification_type=CertificationTypeFactory.create(
            code=f"first_aid_{name.lower()}", name="First aid"
        ),
        status=status,
        expires_at=NOW + timedelta(days=20),
    )
    return certification


def renew(client: Client, *rows: Certification, **answers: str) -> str:
    body: dict[str, Any] = {"action": "renew", "_selected_action": [row.pk for row in rows]}
    if answers:
        body |= {"asked": "1", **answers}
    page: str = client.post(LIST, body, follow=True).content.decode()
    return page


def statuses(*rows: Certification) -> list[str]:
    return [Certification.objects.get(pk=row.pk).status for row in rows]


def test_the_page_shows_name_and_status_of_each_and_offers_the_box(desk: Client) -> None:
    page = renew(desk, certified("Kari", "active"), certified("Ola", "suspended"))

    assert "Kari (kari) · First aid · active" in page
    assert "Ola (ola) · First aid · suspended" in page
    assert BOX in page


def test_there_is_no_box_where_nobody_is_suspended(desk: Client) -> None:
    page = renew(desk, certified("Kari", "active"), certified("Ola", "expired"))

    assert "Ola (ola) · First aid · expired" in page
    assert BOX not in page


def test_without_the_box_nothing_changes_and_the_suspended_are_named(desk: Client) -> None:
    rows = [certified("Kari", "active"), certified("Ola", "suspended"), certified("Eli", "expired")]

    page = renew(desk, *rows, **DATES)

    assert "would end the suspension of First aid (Ola (ola))." in page
    assert statuses(*rows) == ["active", "suspended", "expired"]
    assert not Renewal.objects.exists()


def test_in_norwegian_the_refusal_is_norwegian(desk: Client) -> None:
    row = certified("Ola", "suspended")
    desk.cookies["django_language"] = "nb"

    page = renew(desk, row, **DATES)

    assert (
        "Ingen ble fornyet: en fornyelse ville oppheve suspensjonen av First aid (Ola (ola))"
        in (page)
    )


def test_with_the_box_all_are_renewed_and_active(desk: Client) -> None:
    rows = [certified("Kari", "active"), certified("Ola", "suspended")]

    page = renew(desk, *rows, **DATES, ends_suspensions="on")

    assert "Renewed 2 certifications." in page
    assert statuses(*rows) == ["active", "active"]


def test_the_box_lifts_no_revocation(desk: Client) -> None:
    rows = [certified("Ola", "suspended"), certified("Eli", "revoked")]

    page = renew(desk, *rows, **DATES, ends_suspensions="on")

    assert "Nothing was renewed." in page
    assert statuses(*rows) == ["suspended", "revoked"]


def test_one_that_was_suspended_after_the_page_was_shown_is_not_renewed(desk: Client) -> None:
    row = certified("Kari", "active")
    renew(desk, row)
    Certification.objects.update(status="suspended")

    page = renew(desk, row, **DATES)

    assert "would end the suspension of" in page
    assert BOX in page
    assert statuses(row) == ["suspended"]


def test_the_service_refuses_by_itself() -> None:
    row = certified("Ola", "suspended")

    with pytest.raises(SuspensionsStand) as refusal:
        renew_certifications(
            certifications=[row], renewed_at=NOW, expires_at=NOW + timedelta(days=9), now=NOW
        )

    assert refusal.value.code == "suspensions-stand"
    assert statuses(row) == ["suspended"]


def test_the_api_renews_a_suspended_one_as_its_contract_says(client: Client) -> None:
    row = certified("Ola", "suspended")
    body = {"renewed_at": "2026-03-26T00:00:00Z", "expires_at": "2028-03-26T00:00:00Z"}

    answer = client.post(
        "/api/v1/certification-records/ola/renewals", body, content_type="application/json"
    )

    assert answer.status_code in (200, 201), answer.content
    assert statuses(row) == ["active"]


@pytest.mark.parametrize(
    ("is_ticked", "status", "count"), [(False, "suspended", 0), (True, "active", 1)]
)
def test_a_renewal_that_is_added_by_itself_ends_no_suspension_unasked(
    desk: Client, is_ticked: bool, status: str, count: int
) -> None:
    row = certified("Ola", "suspended")
    body = {
        "certification": row.pk,
        "renewed_at": "2026-03-26",
        "expires_at": "2028-03-26",
        **({"ends_suspension": "on"} if is_ticked else {}),
    }

    answer = desk.post("/admin/certifications/renewal/add/", body)

    assert answer.status_code == (302 if is_ticked else 200)
    assert is_ticked or "suspension of First aid (Ola (ola))" in answer.content.decode()
    assert statuses(row) == [status]
    assert row.renewals.count() == count


@pytest.mark.parametrize(
    ("chosen", "status", "count"), [("suspended", "suspended", 0), ("active", "active", 1)]
)
def test_a_line_on_the_page_of_a_suspended_one_ends_no_suspension_unasked(
    desk: Client, chosen: str, status: str, count: int
) -> None:
    row = certified("Ola", "suspended")
    body = {
        "status": chosen,
        "issued_at": f"{row.issued_at:%Y-%m-%d}",
        "expires_at": f"{row.expires_at:%Y-%m-%d}",
        "renewals-TOTAL_FORMS": "1",
        "renewals-INITIAL_FORMS": "0",
        "renewals-0-certification": str(row.pk),
        **{f"renewals-0-{name}": day for name, day in DATES.items()},
    }

    page = desk.post(f"{LIST}{row.pk}/change/", body, follow=True).content.decode()

    assert ("would end the suspension" in page) == (chosen == "suspended")
    assert statuses(row) == [status]
    assert row.renewals.count() == count


@pytest.mark.parametrize(
    ("renewed", "expires", "is_refused"),
    [
        ("2026-03-01", "2028-03-01", True),
        ("2026-03-01", "2026-04-01", True),  # sooner than it expires, and decides all the same
        ("2020-01-01", "2022-01-01", False),  # tells of the past alone
    ],
)
def test_an_import_of_renewals_ends_no_suspension(
    desk: Client, renewed: str, expires: str, is_refused: bool
) -> None:
    row = certified("Ola", "suspended")
    table = (
        "mentor_id,certification_type,renewed_at,expires_at\n"
        f"ola,{row.certification_type_id},{renewed},{expires}\n"
    )

    page = upload(desk, "/admin/certifications/renewal/", table)
    if not is_refused:
        apply(desk, page)

    assert ("It would end a suspension" in page) == is_refused
    assert statuses(row) == ["suspended"]
    assert row.renewals.count() == (0 if is_refused else 1)
