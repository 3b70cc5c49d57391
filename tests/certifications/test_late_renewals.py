"""Entries that come late tell of the past; entries of what has yet to come are refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from certifications.models import Certification, Renewal
from certifications.services.transfers import RenewalImporter
from config.transfer.importing import import_table
from tests.conftest import EXAMPLE_NOW
from tests.factories import CertificationFactory, MentorFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_at_example_time")]

RECORDS = "/api/v1/certification-records"
RENEWALS = f"{RECORDS}/m/renewals"


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def certification() -> Certification:
    """Held by mentor m, issued 2020-01-01, until 2027-09-12."""
    return CertificationFactory.create(
        mentor=MentorFactory.create(id="m"),
        certification_type__code="kind",
        issued_at=day("2020-01-01"),
        expires_at=day("2027-09-12"),
    )


def expiry(certification: Certification) -> str:
    certification.refresh_from_db()
    return f"{certification.expires_at:%Y-%m-%d}"


def import_renewals(*lines: str) -> list[tuple[str, str]]:
    """Import a table of entries of m; returns column and text of what is wrong with it."""
    heading = "mentor_id,certification_type,renewed_at,expires_at"
    table = "\n".join([heading, *(f"m,kind,{line}" for line in lines)]) + "\n"
    importer = RenewalImporter(None, timezone.now())
    report = import_table(importer, BytesIO(table.encode()), "renewals.csv")
    return [(fault.column, str(fault.detail)) for fault in report.faults]


@pytest.mark.parametrize(
    ("renewed_at", "expires_at"),
    [
        ("2023-01-01", "2025-01-01"),
        ("2025-06-01", "2026-03-25"),
        ("2020-01-01", "2020-01-02"),
    ],
)
def test_an_entry_that_is_over_and_ends_earlier_decides_nothing(
    api: APIClient, certification: Certification, renewed_at: str, expires_at: str
) -> None:
    answer = api.post(RENEWALS, {"renewed_at": renewed_at, "expires_at": expires_at})

    shown = api.get("/api/v1/certifications/m").json()
    assert answer.status_code == 201
    assert expiry(certification) == "2027-09-12"
    assert (shown["status"], certification.issued_at) == ("active", day("2020-01-01"))


def test_neither_does_one_of_an_imported_history(certification: Certification) -> None:
    import_renewals("2021-01-01,2023-01-01", "2023-01-01,2025-01-01")

    assert Renewal.objects.count() == 2
    assert expiry(certification) == "2027-09-12"


def test_what_is_over_keeps_no_valid_renewal_from_deciding(
    api: APIClient, certification: Certification
) -> None:
    api.post(RENEWALS, {"renewed_at": "2025-06-01", "expires_at": "2026-01-01"})

    api.post(RENEWALS, {"renewed_at": "2025-05-01", "expires_at": "2028-05-01"})

    assert expiry(certification) == "2028-05-01"


def test_what_is_over_keeps_no_valid_renewal_of_an_import_from_deciding(
    certification: Certification,
) -> None:
    import_renewals("2025-06-01,2026-01-01")

    import_renewals("2025-04-01,2025-12-01", "2025-05-01,2028-05-01")

    assert expiry(certification) == "2028-05-01"


def test_an_entry_that_still_lasts_decides_though_it_ends_earlier(
    api: APIClient, certification: Certification
) -> None:
    api.post(RENEWALS, {"renewed_at": "2026-03-01", "expires_at": "2027-03-01"})

    assert expiry(certification) == "2027-03-01"


@pytest.mark.parametrize("renewed_at", ["2072-03-01T00:00:00Z", "2026-04-20T00:00:00Z"])
def test_a_renewal_that_has_yet_to_come_is_refused(
    api: APIClient, certification: Certification, renewed_at: str
) -> None:
    body = {"renewed_at": renewed_at, "expires_at": "2074-03-01T00:00:00Z"}

    answer = api.post(RENEWALS, body)

    assert answer.status_code == 400
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["#/renewed_at"]
    assert not Renewal.objects.exists()


def test_a_renewal_may_lie_a_day_ahead_as_clocks_and_zones_differ(
    api: APIClient, certification: Certification
) -> None:
    at_most = EXAMPLE_NOW + timedelta(days=1)

    answers = [
        api.post(
            RENEWALS, {"renewed_at": moment.isoformat(), "expires_at": "2028-01-01T00:00:00Z"}
        ).status_code
        for moment in (at_most + timedelta(seconds=1), at_most)
    ]

    assert answers == [400, 201]


def test_an_import_of_renewals_refuses_what_has_yet_to_come(certification: Certification) -> None:
    faults = import_renewals("2072-01-01,2074-01-01")

    assert [column for column, _ in faults] == ["renewed_at"]
    assert not Renewal.objects.exists()


def test_an_import_of_certifications_moves_no_issue_to_what_has_yet_to_come(
    certification: Certification, tmp_path: Path
) -> None:
    table = tmp_path / "certifications.csv"
    table.write_text(
        "mentor_id,certification_type,issued_at,expires_at\n"
        "m,kind,2072-01-01,2074-01-01\nm,new,2072-01-01,2074-01-01\n"
    )
    out = StringIO()

    with pytest.raises(CommandError) as refused:
        call_command("import_certifications", str(table), stdout=out, stderr=out)

    said = out.getvalue() + str(refused.value)
    assert said.count("It lies more than a day ahead") == 1
    assert expiry(certification) == "2027-09-12"


def test_no_record_is_issued_anew_in_the_far_future(
    api: APIClient, certification: Certification
) -> None:
    body = {
        "mentor_id": "m",
        "cert_type": "kind",
        "status": "active",
        "issued_at": "2072-01-01T00:00:00Z",
        "expires_at": "2074-01-01T00:00:00Z",
    }
    put = {key: value for key, value in body.items() if key != "mentor_id"}

    answers = [
        api.post(RECORDS, body),
        api.put(f"{RECORDS}/m", put),
    ]

    assert [answer.status_code for answer in answers] == [400, 400]
    pointers = [fault["pointer"] for each in answers for fault in each.json()["errors"]]
    assert pointers == ["#/issued_at"] * 2
    assert expiry(certification) == "2027-09-12"


def test_what_was_recorded_ahead_before_can_still_be_written_as_it_is(
    api: APIClient, certification: Certification
) -> None:
    Certification.objects.update(issued_at=day("2026-12-01"))

    answer = api.put(
        f"{RECORDS}/m",
        {
            "cert_type": "kind",
            "status": "active",
            "issued_at": "2026-12-01T00:00:00Z",
            "expires_at": "2028-01-01T00:00:00Z",
        },
    )

    assert answer.status_code == 200


def test_the_forms_of_the_admin_refuse_it_at_the_field(
    desk: Client, certification: Certification
) -> None:
    renewal = desk.post(
        "/admin/certifications/renewal/add/",
        {
            "certification": certification.pk,
            "renewed_at": "2072-01-01",
            "expires_at": "2074-01-01",
        },
    )
    renewing = desk.post(
        "/admin/certifications/certification/",
        {
            "action": "renew",
            "_selected_action": [certification.pk],
            "asked": "1",
            "renewed_at": "2072-01-01",
            "expires_at": "2074-01-01",
        },
    )
    moving = desk.post(
        f"/admin/certifications/certification/{certification.pk}/change/",
        {
            "status": "active",
            "issued_at": "2072-01-01",
            "expires_at": "2074-01-01",
            "renewals-TOTAL_FORMS": "0",
            "renewals-INITIAL_FORMS": "0",
        },
    )

    assert "It lies more than a day ahead" in renewal.content.decode()
    assert "It lies more than a day ahead" in renewing.content.decode()
    assert "It lies more than a day ahead" in moving.content.decode()
    assert expiry(certification) == "2027-09-12"
    assert not Renewal.objects.exists()
