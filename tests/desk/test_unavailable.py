"""Pages whose statements the database does not answer in time."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import InterfaceError, OperationalError
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("language", "words"), [("en", "This takes too long"), ("nb", "Dette tar for lang tid")]
)
@pytest.mark.parametrize("error", [OperationalError("canceled"), InterfaceError("closed")])
def test_a_list_that_takes_too_long_says_so(
    desk: Client, monkeypatch: pytest.MonkeyPatch, language: str, words: str, error: Exception
) -> None:
    def too_long(_: object) -> int:
        raise error

    monkeypatch.setattr("config.desk.paginator.capped_count", too_long)
    desk.cookies["django_language"] = language

    answer = desk.get("/admin/certifications/certification/?q=a")

    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert words in answer.content.decode()


def test_what_is_no_page_for_people_is_a_problem(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_long(**_: object) -> None:
        raise OperationalError("canceled")

    monkeypatch.setattr("certifications.feeds.views.account_of_feed", too_long)

    answer: Any = client.get("/calendar/token.ics")

    assert answer.status_code == 503
    assert answer["Content-Type"] == "application/problem+json"


def test_any_other_fault_stays_one(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr("config.desk.paginator.capped_count", broken)
    desk.raise_request_exception = False

    assert desk.get("/admin/certifications/certification/").status_code == 500
