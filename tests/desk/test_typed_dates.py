"""Dates as people type them in the admin: what can be read in two ways is refused."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.utils.translation import override

from certificates.models import Certificate
from tests.desk.test_json_fields import save_with
from tests.factories import CertificateFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("language", "typed"),
    [
        ("en", "2028-04-03"),
        ("en", "3 Apr 2028"),
        ("en", "03 April 2028"),
        ("nb", "2028-04-03"),
        ("nb", "03.04.2028"),
        ("nb", "3.4.2028"),
    ],
)
def test_a_day_that_can_be_read_in_one_way_is_taken(
    desk: Client, language: str, typed: str
) -> None:
    desk.cookies["django_language"] = language
    certificate = CertificateFactory.create()

    save_with(desk, certificate, date_expire=typed)

    assert Certificate.objects.get().date_expire == date(2028, 4, 3)


@pytest.mark.parametrize(
    ("language", "typed"),
    [
        ("en", "03/04/2028"),
        ("en", "13/04/2028"),
        ("en", "03/04/28"),
        ("en", "Apr 3, 2028"),
        ("en", "03.04.2028"),
        ("nb", "03/04/2028"),
        ("nb", "03.04.28"),
    ],
)
def test_a_day_that_can_be_read_in_two_ways_is_not_guessed(
    desk: Client, language: str, typed: str
) -> None:
    desk.cookies["django_language"] = language
    certificate = CertificateFactory.create(date_expire=date(2027, 1, 1))

    answer = save_with(desk, certificate, date_expire=typed)

    assert "date_expire" in answer.context["adminform"].form.errors
    assert Certificate.objects.get().date_expire == date(2027, 1, 1)


@pytest.mark.parametrize("language", ["en", "nb"])
def test_what_a_page_shows_can_be_sent_back(desk: Client, language: str) -> None:
    desk.cookies["django_language"] = language
    certificate = CertificateFactory.create(date_expire=date(2028, 4, 3))

    with override(language):
        answer = save_with(desk, certificate, date_expire=date(2028, 4, 3).isoformat())

    assert answer.status_code == 302
    assert Certificate.objects.get().date_expire == date(2028, 4, 3)
