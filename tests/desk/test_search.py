"""Searching for people in the admin, as their names are written."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from django.test import Client

from tests.factories import CertificationFactory, EarnedBadgeFactory, MentorFactory, RenewalFactory

LISTS = ["certifications/certification", "certifications/mentor", "certifications/renewal"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def _people() -> None:
    for mentor_id, name in [
        ("m-1", "Åse Myhre"),
        ("m-2", "Kari Ødegård"),
        ("m-3", "KARI 100% ÆRLIG"),
        ("m-4", "Lars_Berg Straße"),
    ]:
        mentor = MentorFactory.create(id=mentor_id, name=name, email=f"{mentor_id}@example.org")
        renewal = RenewalFactory.create(certification=CertificationFactory.create(mentor=mentor))
        EarnedBadgeFactory.create(mentor=renewal.certification.mentor)


@pytest.mark.usefixtures("_people")
@pytest.mark.parametrize("listed", [*LISTS, "badges/earnedbadge"])
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("åse", {"m-1"}),
        ("ÅSE", {"m-1"}),
        ("myhre ås", {"m-1"}),
        ("ødegård", {"m-2"}),
        ("Ødegård Kari", {"m-2"}),
        ("kari", {"m-2", "m-3"}),
        ("ærlig kari", {"m-3"}),
        ("100%", {"m-3"}),
        ("%", {"m-3"}),
        ("s_b", {"m-4"}),
        ("kari lars", set()),
    ],
)
def test_names_are_found_whatever_their_case_and_order(
    desk: Client, listed: str, text: str, found: set[str]
) -> None:
    page = desk.get(f"/admin/{listed}/", {"q": text})

    rows = page.context["cl"].result_list
    assert {_mentor(row) for row in rows} == found


def _mentor(row: Any) -> str:
    holder = getattr(row, "certification", row)
    return str(getattr(holder, "mentor", holder).pk)


@pytest.mark.usefixtures("_people")
def test_marks_that_stand_apart_from_their_letters_are_the_same(desk: Client) -> None:
    text = unicodedata.normalize("NFD", "Åse ødegård").split()

    pages = [desk.get(f"/admin/{listed}/", {"q": word}) for word in text for listed in LISTS]

    assert [len(page.context["cl"].result_list) for page in pages] == [1] * 6
