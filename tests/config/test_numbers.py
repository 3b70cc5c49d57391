"""Numbers that a stranger writes: as long as they like, wherever one is read."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from config.numbers import whole_number
from cron.services.jobs import create_job
from tests.badges.ob3 import credentials_on
from tests.factories import CertificationFactory

__all__ = ["credentials_on"]

HUGE = ["9" * 20, "9" * 30, "9" * 4301, "1" + "0" * 4300]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("007", 7),
        ("9" * 18, 10**18 - 1),
        ("9" * 19, None),
        ("9" * 5000, None),
        ("", None),
        ("-1", None),
        ("+1", None),
        (" 1", None),
        ("1_000", None),
        ("٣", None),
        ("²", None),
    ],
)
def test_a_number_is_a_few_digits_and_nothing_else(text: str, number: int | None) -> None:
    assert whole_number(text) == number


@pytest.mark.django_db
@pytest.mark.parametrize("digits", HUGE)
def test_a_cron_expression_of_many_digits_is_none(
    desk: Client, system_api: APIClient, digits: str
) -> None:
    for expression in (
        digits,
        f"{digits} * * * *",
        f"*/{digits} * * * *",
        f"0-{digits} * * * *",
        f"* * {digits} * *",
    ):
        told = desk.get("/admin/cron/expirycheckjob/describe/", {"cron_expression": expression})
        refused = system_api.post(
            "/api/v1/certification-cron", {"name": "job", "cron_expression": expression}
        )

        assert told.status_code == 200, expression[:20]
        assert told.json()["times"] == []
        assert told.json()["description"]
        assert refused.status_code == 400, expression[:20]
        assert refused.json()["errors"][0]["pointer"] == "#/cron_expression"


@pytest.mark.django_db
@pytest.mark.usefixtures("credentials_on")
@pytest.mark.parametrize("digits", HUGE)
def test_no_number_in_a_path_or_query_of_an_api_breaks_it(
    system_api: APIClient, digits: str
) -> None:
    paths = [
        f"/api/v1/certification-cron/cron-{digits}",
        f"/api/v1/certification-cron/cron-001/runs/run-{digits}",
        f"/api/v1/badge-definitions/bdg-def-{digits}",
        f"/api/v1/earned-badges/earned-{digits}/credential",
        f"/api/v1/certification-records?page={digits}",
        f"/api/v1/certification-records?limit={digits}",
        f"/api/v1/certification-records/expiring?within_days={digits}",
        f"/api/v1/certifications?within_days={digits}",
        f"/api/v1/mentors?page={digits}",
        f"/v2/webhook-event/index?after={digits}",
        f"/v2/webhook-event/index?limit={digits}",
        f"/badges/status/{digits}",
        f"/badges/achievements/bdg-def-{digits}",
    ]
    for path in paths:
        answer = system_api.get(path)
        assert answer.status_code in (200, 400, 403, 404), (path[:50], answer.status_code)

    for body in (f'{{"page":{digits}}}', f'{{"per-page":{digits}}}', f'{{"page":"{digits}"}}'):
        answer = system_api.post(
            "/v2/certificate/index", body, content_type="application/json", format=None
        )
        assert answer.status_code in (200, 400), body[:30]


@pytest.mark.django_db
@pytest.mark.parametrize("digits", HUGE)
def test_no_number_in_a_header_breaks_an_answer(api: APIClient, digits: str) -> None:
    for header in ("range", "if-range", "accept", "age", "max-forwards", "dnt"):
        for value in (digits, f"bytes=0-{digits}", f"*/*;q={digits}"):
            answer = api.get("/api/v1/certification-records", headers={header: value})
            assert answer.status_code in (200, 406), (header, value[:20])


@pytest.mark.django_db
@pytest.mark.parametrize("digits", HUGE)
def test_no_number_in_a_page_of_the_admin_breaks_it(desk: Client, digits: str) -> None:
    CertificationFactory.create()
    create_job(name="nightly", cron_expression="0 2 * * *", now=timezone.now())
    paths = [
        f"/admin/certifications/certification/?window={digits}",
        "/admin/certifications/certification/?window=9999-12-31",
        f"/admin/certifications/certification/?p={digits}",
        f"/admin/certifications/certification/?o={digits}",
        f"/admin/cron/expirycheckrun/forecast/?page={digits}",
        f"/admin/cron/expirycheckrun/forecast/certifications.certification/1/{digits}/",
        f"/admin/cron/expirycheckrun/forecast/certifications.certification/1/-{digits}/",
        f"/admin/cron/expirycheckrun/forecast/certifications.certification/{digits}/7/",
        f"/admin/cron/expirycheckrun/why/{digits}/",
        f"/admin/cron/expirycheckrun/{digits}/progress/",
        f"/admin/cron/expirycheckjob/{digits}/change/",
        f"/admin/cron/expirycheckjob/{digits}/history/",
        f"/admin/cron/expirycheckjob/1/history/{digits}/",
    ]
    for model_admin in admin.site._registry.values():
        opts = model_admin.opts
        if model_admin.date_hierarchy:
            listed = f"/admin/{opts.app_label}/{opts.model_name}/?{model_admin.date_hierarchy}"
            paths += [
                f"{listed}__year=9999",
                f"{listed}__year={digits}",
                f"{listed}__year=2026&{listed}__month={digits}",
            ]

    for path in paths:
        answer = desk.get(path)
        assert answer.status_code in (200, 302, 404), (path[:90], answer.status_code)
