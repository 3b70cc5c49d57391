"""Moments and days from the first to the last that there is: kept as given, or refused by name.

What somebody enters lies between 1900 and 2200; what is stored may be of any year.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from datetime import timezone as offset_zone
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from certificates.api.examples import CREATE_REQUEST
from certificates.models import Certificate
from certifications.models import Certification, Renewal
from cron.services.jobs import create_job
from tests.certificates.test_validity import outcome
from tests.factories import CertificationFactory, TenantFactory

RECORDS = "/api/v1/certification-records"
CERTIFICATIONS = "/admin/certifications/certification/"
OFFSETS = st.integers(-14 * 60, 14 * 60).map(
    lambda minutes: offset_zone(timedelta(minutes=minutes))
)
#: Where calendars turn: ends of months and years, leap days, the first and the last day.
TURNS = st.sampled_from(
    [
        *(
            datetime(2024, 2, 29),
            datetime(2023, 2, 28),
            datetime(2100, 2, 28),
            datetime(1900, 3, 1),
        ),
        *(datetime(2026, 1, 31, 23, 59, 59), datetime(2026, 12, 31, 23, 59, 59)),
        *(datetime.min, datetime(1, 1, 1, 0, 0, 1), datetime(9999, 12, 31, 23, 59, 59)),
        *(datetime(1899, 12, 31, 23, 59, 59), datetime(1900, 1, 1)),
        *(datetime(2200, 12, 31, 23, 59, 59), datetime(2201, 1, 1), datetime(26, 11, 1)),
    ]
)
#: Most are such as may be entered, lest nothing but refusals be tried.
USUAL = st.datetimes(datetime(1899, 1, 1), datetime(2202, 1, 1))
MOMENTS = (USUAL | st.datetimes() | TURNS).flatmap(
    lambda naive: OFFSETS.map(lambda offset: naive.replace(microsecond=0, tzinfo=offset))
)
ENDS = [
    (datetime(1, 1, 1, tzinfo=UTC), datetime(1, 1, 2, tzinfo=UTC)),
    (datetime(2020, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
]
DAYS = USUAL.map(lambda naive: naive.date()) | st.dates() | TURNS.map(lambda naive: naive.date())

pytestmark = pytest.mark.django_db


def in_utc(moment: datetime) -> datetime | None:
    """None for what nobody may enter."""
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        return None
    return moment if 1900 <= moment.year <= 2200 else None


def written(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def post(api: APIClient, path: str, body: dict[str, Any]) -> Any:
    return api.post(path, body)


@settings(max_examples=60)
@given(issued=MOMENTS, expires=MOMENTS)
def check_record(api: APIClient, issued: datetime, expires: datetime) -> None:
    body = {"cert_type": "first_aid", "mentor_id": "m"}
    with transaction.atomic():
        answer = post(
            api, RECORDS, body | {"issued_at": written(issued), "expires_at": written(expires)}
        )
        start, end = in_utc(issued), in_utc(expires)
        if start is None or end is None or end <= start:
            assert answer.status_code == 400
            assert not Certification.objects.exists()
        else:
            assert answer.status_code == 201, answer.content
            read = api.get(f"{RECORDS}/m").json()
            assert (read["issued_at"], read["expires_at"]) == (written(start), written(end))
            assert api.get("/api/v1/certifications").status_code == 200
        transaction.set_rollback(True)


def test_a_record_keeps_its_moments_or_is_refused(system_api: APIClient) -> None:
    check_record(system_api)


@settings(max_examples=60)
@given(renewed=MOMENTS, expires=MOMENTS)
def check_renewal(api: APIClient, renewed: datetime, expires: datetime) -> None:
    with transaction.atomic():
        held = CertificationFactory.create(mentor__id="m")
        answer = post(
            api,
            f"{RECORDS}/m/renewals",
            {"renewed_at": written(renewed), "expires_at": written(expires)},
        )
        start, end = in_utc(renewed), in_utc(expires)
        before = (held.issued_at, held.expires_at)
        held.refresh_from_db()
        latest = datetime.now(UTC) + timedelta(days=1)
        if start is None or end is None or end <= start or start > latest:
            assert answer.status_code == 400
            assert not Renewal.objects.exists()
            assert (held.issued_at, held.expires_at) == before
        else:
            assert answer.status_code == 201, answer.content
            entry = Renewal.objects.get()
            assert (entry.renewed_at, entry.expires_at) == (start, end)
            assert (held.issued_at, held.expires_at) in (before, (start, end))
        transaction.set_rollback(True)


def test_a_renewal_keeps_its_moments_or_is_refused(system_api: APIClient) -> None:
    check_renewal(system_api)


@settings(max_examples=60)
@given(
    release=DAYS,
    unit=st.sampled_from(["YEAR", "MONTH", "DAY"]),
    validity=st.integers(-1, 20) | st.sampled_from([12, 365, 366, 9_999, 10_000, 10**9, 10**20]),
)
def check_certificate(api: APIClient, release: date, unit: str, validity: int) -> None:
    tenant = TenantFactory.create()
    body = CREATE_REQUEST | {"tenant_id": str(tenant.pk), "date_release": release.isoformat()}
    with transaction.atomic():
        answer = post(
            api, "/v2/certificate/create", body | {"validity_unit": unit, "validity": validity}
        )
        expected = outcome(release, unit, validity) if 1 <= validity <= 10_000 else None
        is_right = release.year >= 1900 and expected is not None and expected.year <= 2200
        if answer.status_code == 201:
            made = Certificate.objects.get(pk=answer.json()["certificate_id"])
            assert is_right
            assert made.date_expire == expected
        else:
            assert answer.status_code == 400, answer.content
            assert not is_right or validity > 1000
            pointers = {fault["pointer"] for fault in answer.json()["errors"]}
            assert pointers <= {"#/validity", "#/date_release"}
            assert not Certificate.objects.exists()
        transaction.set_rollback(True)


def test_a_certificate_expires_when_the_calendar_says_or_is_refused(system_api: APIClient) -> None:
    check_certificate(system_api)


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "Pacific/Honolulu"])
@pytest.mark.parametrize(("issued", "expires"), ENDS)
def test_pages_show_the_first_and_the_last_moment_in_every_zone(
    desk: Client, zone: str, issued: datetime, expires: datetime
) -> None:
    certification = CertificationFactory.create(issued_at=issued, expires_at=expires)
    Renewal.objects.create(certification=certification, renewed_at=issued, expires_at=expires)
    create_job(name="nightly", cron_expression="0 2 * * *", now=timezone.now())
    desk.cookies["timezone"] = zone

    for path in (
        "/admin/",
        CERTIFICATIONS,
        f"{CERTIFICATIONS}{certification.pk}/change/",
        f"{CERTIFICATIONS}{certification.pk}/history/",
        f"/admin/certifications/mentor/{certification.mentor_id}/change/",
        f"/admin/cron/expirycheckrun/why/{certification.pk}/",
        "/admin/cron/expirycheckrun/forecast/",
        "/admin/certifications/renewal/",
    ):
        assert desk.get(path).status_code == 200, path


@pytest.mark.parametrize(("issued", "expires"), ENDS)
def test_the_check_and_its_plan_know_the_first_and_the_last_moment(
    system_api: APIClient, issued: datetime, expires: datetime
) -> None:
    certification = CertificationFactory.create(issued_at=issued, expires_at=expires)
    create_job(name="nightly", cron_expression="0 2 * * *", now=timezone.now())

    call_command("check_expiry", dry_run=True)
    call_command("check_expiry")
    plan = system_api.get(f"/api/v1/certifications/{certification.mentor_id}/reminder-plan")

    assert plan.status_code == 200
    certification.refresh_from_db()
    assert certification.status == ("expired" if expires.year == 1 else "active")
