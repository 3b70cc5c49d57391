"""Dates that a person enters lie between 1900 and 2200; what is stored or asked for need not."""

from __future__ import annotations

from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.management import CommandError, call_command
from django.db.models import DateField
from django.test import Client
from rest_framework.test import APIClient

from badges.models import EarnedBadge
from certificates.api.examples import CREATE_REQUEST
from certificates.models import Certificate, CertificateAction
from certifications.models import Certification, Renewal
from config.dates import is_in_years
from config.desk.forms import DeskForm
from tests.badges import ob3
from tests.badges.ob3 import Verifier, credentials_on
from tests.desk.test_certifications import LIST, do, expiring, form_of
from tests.factories import (
    BadgeDefinitionFactory,
    CertificateFactory,
    CertificationFactory,
    TenantFactory,
)
from tests.transfer.test_desk import upload

__all__ = ["credentials_on"]
pytestmark = pytest.mark.django_db

WRONG = ["0026-11-01", "1899-12-31", "2201-01-01", "9999-12-31"]
RECORDS = "/api/v1/certification-records"
CERTIFICATIONS = "/api/v1/certifications"
OUT_OF_YEARS = "The year has to be between 1900 and 2200."


def pointers(answer: Any) -> list[str]:
    return [fault["pointer"] for fault in answer.json()["errors"]]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(1900, 1, 1), True),
        (date(2200, 12, 31), True),
        (date(1899, 12, 31), False),
        (date(2201, 1, 1), False),
        (datetime(2200, 12, 31, 23, 59, 59, tzinfo=UTC), True),
        (datetime.fromisoformat("2200-12-31T23:59:59-01:00"), False),
        (datetime.fromisoformat("1900-01-01T00:00:00+01:00"), False),
        (datetime.fromisoformat("0001-01-01T00:00:00+01:00"), False),
        (datetime.fromisoformat("9999-12-31T23:59:59-01:00"), False),
    ],
)
def test_the_years_are_those_in_utc(day: date, expected: bool) -> None:
    assert is_in_years(day) is expected


@pytest.mark.parametrize("day", WRONG)
def test_every_date_of_contracts_1_to_3_and_badges_is_refused_by_name(
    system_api: APIClient, day: str
) -> None:
    CertificationFactory.create(mentor__id="m", certification_type__code="first_aid")
    badge = BadgeDefinitionFactory.create().public_id
    record = {"mentor_id": "n", "cert_type": "t", "expires_at": "2030-01-01"}
    simple = {"mentor_id": "n", "certification_type": "t"}
    put = {"cert_type": "first_aid", "status": "active", "expires_at": "2030-01-01"}
    before = list(Certification.objects.values())

    answers = {
        "#/issued_at": system_api.post(RECORDS, record | {"issued_at": day}),
        "#/expires_at": system_api.post(RECORDS, record | {"expires_at": day}),
        "#/expiry_date": system_api.post(CERTIFICATIONS, simple | {"expiry_date": day}),
        "#/expires_at ": system_api.put(f"{RECORDS}/m", put | {"expires_at": day}),
        "#/expiry_date ": system_api.put(f"{CERTIFICATIONS}/m", {"expiry_date": day}),
        "#/renewed_at": system_api.post(
            f"{RECORDS}/m/renewals", {"renewed_at": day, "expires_at": "2190-01-01"}
        ),
        "#/expires_at  ": system_api.post(
            f"{RECORDS}/m/renewals", {"renewed_at": "2026-01-01", "expires_at": day}
        ),
        "#/awarded_at": system_api.post(
            "/api/v1/earned-badges",
            {"badge_definition_id": badge, "peer_mentor_id": "m", "awarded_at": day},
        ),
    }

    for pointer, answer in answers.items():
        assert answer.status_code == 400, pointer
        assert pointer.strip() in pointers(answer)
        assert OUT_OF_YEARS in answer.content.decode()
    assert list(Certification.objects.values()) == before
    assert not Renewal.objects.exists()
    assert not EarnedBadge.objects.exists()


@pytest.mark.parametrize("day", WRONG)
def test_every_date_of_certificates_is_refused_by_name(system_api: APIClient, day: str) -> None:
    certificate = CertificateFactory.create()
    body = CREATE_REQUEST | {"tenant_id": str(TenantFactory.create().pk)}
    action = {
        "certificate_id": str(certificate.pk),
        "action_id": "123e4567-e89b-12d3-a456-426655440000",
        "action_name": "Work at height",
    }

    answers = {
        "#/date_release": system_api.post("/v2/certificate/create", body | {"date_release": day}),
        "#/date_expire": system_api.post("/v2/certificate/create", body | {"date_expire": day}),
        "#/date_expire ": system_api.put(
            f"/v2/certificate/update/{certificate.pk}", {"date_expire": day}
        ),
        "#/date_expire  ": system_api.post(
            "/v2/certificate-action/create", action | {"date_expire": day}
        ),
    }

    for pointer, answer in answers.items():
        assert answer.status_code == 400, answer.content
        assert pointers(answer) == [pointer.strip()]
    assert Certificate.objects.count() == 1
    assert not CertificateAction.objects.exists()


def test_a_validity_that_leads_beyond_the_years_is_refused_and_a_stored_one_stays(
    system_api: APIClient,
) -> None:
    body = CREATE_REQUEST | {"tenant_id": str(TenantFactory.create().pk)}
    stored = CertificateFactory.create(
        date_release=date(2020, 1, 1),
        validity_unit="YEAR",
        validity=500,
        date_expire=date(2520, 1, 1),
        is_date_expire_fixed=False,
    )
    update = f"/v2/certificate/update/{stored.pk}"

    refused = system_api.post("/v2/certificate/create", body | {"validity": 178})
    renamed = system_api.put(update, {"name": "Renamed"})
    longer = system_api.put(update, {"validity": 501})
    shorter = system_api.put(update, {"validity": 180})

    assert (refused.status_code, pointers(refused)) == (400, ["#/validity"])
    assert "after the year 2200" in refused.content.decode()
    assert (renamed.status_code, renamed.json()["date_expire"]) == (200, "2520-01-01")
    assert (longer.status_code, pointers(longer)) == (400, ["#/validity"])
    assert (shorter.status_code, shorter.json()["date_expire"]) == (200, "2200-01-01")


def test_filters_may_ask_for_any_year(system_api: APIClient) -> None:
    CertificationFactory.create()
    CertificateFactory.create()
    span = {"from": "0001-01-01", "to": "9999-12-31"}

    before = system_api.get(RECORDS, {"expires_before": "9999-12-31"})
    after = system_api.get(CERTIFICATIONS, {"expires_after": "0026-11-01"})
    index = system_api.post("/v2/certificate/index", {"filter": {"date_release": span}})

    assert [answer.status_code for answer in (before, after, index)] == [200, 200, 200]
    for answer in (before, after):
        assert answer.json()["pagination"]["total"] == 1
    assert len(index.json()) == 1


@pytest.mark.parametrize("day", WRONG)
def test_forms_of_the_admin_refuse_them(desk: Client, day: str) -> None:
    row = expiring(3)
    before = (row.issued_at, row.expires_at)
    line = {
        "renewals-TOTAL_FORMS": "1",
        "renewals-0-renewed_at": "2026-03-26",
        "renewals-0-expires_at": day,
        "renewals-0-certification": str(row.pk),
    }

    pages = [
        desk.post(f"{LIST}{row.pk}/change/", form_of(row, expires_at=day)).content.decode(),
        desk.post(f"{LIST}{row.pk}/change/", form_of(row, issued_at=day)).content.decode(),
        desk.post(f"{LIST}{row.pk}/change/", form_of(row, **line)).content.decode(),
        do(desk, "renew", row, renewed_at="2026-03-26", expires_at=day),
        do(desk, "renew", row, renewed_at=day, expires_at="2190-01-01"),
        desk.post(
            f"/admin/cron/expirycheckrun/why/{row.pk}/",
            {"snooze": "1", "until": day, "reason": "away"},
        ).content.decode(),
    ]

    for number, page in enumerate(pages):
        assert OUT_OF_YEARS in page, number
    row.refresh_from_db()
    assert (row.issued_at, row.expires_at) == before
    assert not row.renewals.exists()


def test_every_form_of_the_admin_that_has_dates_knows_the_rule() -> None:
    ours = {app.label for app in apps.get_app_configs() if getattr(app, "is_domain", False)}
    admins = [one for one in admin.site._registry.values() if one.opts.app_label in ours]
    inlines = [inline(one.model, admin.site) for one in admins for inline in one.inlines]

    with_dates = [
        one
        for one in (*admins, *inlines)
        if any(isinstance(field, DateField) and field.editable for field in one.opts.fields)
    ]

    assert len(with_dates) > 5
    assert [one for one in with_dates if not issubclass(one.form, DeskForm)] == []


@pytest.mark.parametrize("day", WRONG)
def test_imports_and_the_command_name_the_cell(desk: Client, day: str, tmp_path: Path) -> None:
    page = upload(desk, LIST, f"mentor_id,certification_type,expires_at\nm-1,first_aid,{day}\n")
    BadgeDefinitionFactory.create(id=1)
    table = tmp_path / "badges.csv"
    table.write_text(f"peer_mentor_id,badge_definition_id,awarded_at\nkari,bdg-def-001,{day}\n")

    with pytest.raises(CommandError, match=r"row 2, awarded_at .*: The year has to be"):
        call_command("award_badges", str(table), stdout=StringIO())

    assert OUT_OF_YEARS in page
    assert not Certification.objects.exists()
    assert not EarnedBadge.objects.exists()


@pytest.mark.usefixtures("credentials_on")
@pytest.mark.parametrize("year", [26, 999, 9999])
def test_a_badge_of_such_a_year_from_before_has_its_credential_and_picture(year: int) -> None:
    row = ob3.earned(awarded_at=datetime(year, 11, 1, tzinfo=UTC))
    client = Client()

    token = client.get(f"/badges/{row.public_uuid}/credential.jwt")
    picture = client.get(f"/badges/{row.public_uuid}/badge.png")
    page = client.get(f"/badges/{row.public_uuid}", headers={"accept": "text/html"})

    assert [one.status_code for one in (token, picture, page)] == [200, 200, 200]
    credential = Verifier().verify(token.content.decode())
    assert credential["awardedDate"] == f"{year:04}-11-01T00:00:00Z"


def test_a_row_of_such_a_year_from_before_is_listed_and_can_be_changed_otherwise(
    desk: Client, system_api: APIClient
) -> None:
    row = CertificationFactory.create(
        issued_at=datetime(26, 1, 1, tzinfo=UTC), expires_at=datetime(9999, 12, 31, tzinfo=UTC)
    )

    changed = desk.post(f"{LIST}{row.pk}/change/", form_of_old(row, status="suspended"))
    read = system_api.get(f"{RECORDS}/{row.mentor_id}")

    assert changed.status_code == 302, changed.content
    assert read.json()["issued_at"] == "0026-01-01T00:00:00Z"
    row.refresh_from_db()
    assert (row.status, row.issued_at.year, row.expires_at.year) == ("suspended", 26, 9999)


def form_of_old(row: Certification, **changes: str) -> dict[str, str]:
    """The form as it stands; `strftime` leaves the zeros of an early year out."""
    return form_of(row, **{"issued_at": row.issued_at.date().isoformat(), **changes})
