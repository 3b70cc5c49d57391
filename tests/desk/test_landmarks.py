"""What readers of a screen and of another language find on the pages."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from time_machine import TimeMachineFixture

from config.models import AuditEntry, AuditEvent
from tests.factories import (
    CertificationFactory,
    CoordinatorFactory,
    EarnedBadgeFactory,
    MentorFactory,
    OrganisationFactory,
)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor == "postgresql", reason="the same on every database"),
]


def page_of(client: Client, path: str, language: str = "en") -> str:
    answer: Any = client.get(path, headers={"Accept-Language": language})
    assert answer.status_code in (200, 404), path
    return unescape(answer.content.decode())


def skips(page: str) -> bool:
    """Whether the first link of the body leads to the main landmark."""
    body = page[page.index("<body") :]
    first = re.search(r"<a\b[^>]*href=\"([^\"]*)\"", body)
    main = re.search(r"<main\b[^>]*\bid=\"([^\"]*)\"", body)
    return bool(first and main and first[1] == f"#{main[1]}") and body.count("<main") == 1


@pytest.mark.parametrize(
    "path",
    [
        "/admin/",
        "/admin/certifications/certification/",
        "/admin/certifications/mentor/add/",
        "/admin/certifications/certification/calendar/",
        "/admin/certifications/certification/import-rows/",
        "/admin/second-factor/",
        "/admin/password_change/",
        "/admin/cron/expirycheckrun/forecast/",
    ],
)
def test_the_first_link_of_a_page_skips_to_its_main_landmark(desk: Client, path: str) -> None:
    assert skips(page_of(desk, path))


def test_so_it_is_on_pages_for_whoever_is_not_in(client: Client) -> None:
    mentor = MentorFactory.create(public_badges=True)
    badge = EarnedBadgeFactory.create(mentor=mentor)

    for path in (
        "/admin/login/",
        f"/badges/{badge.public_uuid}",
        "/badges/00000000-0000-4000-8000-000000000000",
    ):
        assert skips(page_of(client, path)), path


def test_fields_below_a_column_s_heading_say_their_name(desk: Client) -> None:
    organisation = OrganisationFactory.create()
    CoordinatorFactory.create(organisation=organisation)

    page = page_of(desk, f"/admin/certifications/organisation/{organisation.pk}/change/")

    for prefix in ("coordinators-0", "coordinators-__prefix__"):
        for name, label in (("name", "Name"), ("email", "Email"), ("language", "Language")):
            field = re.search(rf"<(?:input|select)[^>]*name=\"{prefix}-{name}\"[^>]*>", page)
            assert field
            assert f'aria-label="{label}"' in field[0]


def test_links_of_a_mentor_s_certifications_need_no_mouse(desk: Client) -> None:
    certification = CertificationFactory.create()

    page = page_of(desk, f"/admin/certifications/mentor/{certification.mentor_id}/change/")

    start = page.rindex("<span", 0, page.index(f"/certification/{certification.pk}/change/"))
    assert "hidden" not in page[start : page.index(">", start)]


@pytest.mark.parametrize(("language", "day"), [("en", "4 May"), ("nb", "4. mai")])
def test_the_days_below_a_chart_are_written_as_the_language_does(
    desk: Client, time_machine: TimeMachineFixture, language: str, day: str
) -> None:
    time_machine.move_to(datetime(2026, 5, 6, 10, 0, tzinfo=UTC), tick=False)
    CertificationFactory.create(expires_at=datetime(2026, 5, 20, tzinfo=UTC))

    page = page_of(desk, "/admin/", language)

    assert f">{day}</text>" in page


def test_in_norwegian_a_mentor_is_a_likeperson_in_menu_columns_and_names(desk: Client) -> None:
    certification = CertificationFactory.create(
        mentor=MentorFactory.create(id="kari"), certification_type__code="first_aid"
    )

    lists = page_of(desk, "/admin/certifications/certification/", "nb")
    one = page_of(desk, f"/admin/certifications/certification/{certification.pk}/change/", "nb")

    assert "Likepersoner" in lists
    assert "Mentorer" not in lists
    assert "first_aid for kari" in one
    assert "first_aid of kari" not in one


@pytest.mark.parametrize("language", ["en", "nb"])
def test_whoever_is_entered_reads_the_language_of_whoever_enters(
    desk: Client, language: str
) -> None:
    page = page_of(desk, "/admin/certifications/mentor/add/", language)

    assert re.search(rf'<option value="{language}" selected', page)


@pytest.mark.parametrize(("count", "said"), [(1, "1 entry"), (2, "2 entries")])
def test_entries_of_the_audit_log_are_counted_as_entries(
    desk: Client, count: int, said: str
) -> None:
    AuditEntry.objects.all().delete()
    for number in range(count):
        AuditEntry.objects.create(
            at=timezone.now(), event=AuditEvent.SESSIONS_ENDED, subject=f"{number}"
        )

    page = page_of(desk, "/admin/config/auditentry/")

    assert re.search(rf"\s{said}\s", page)
    assert "audit log" not in page[page.index(said) :]
