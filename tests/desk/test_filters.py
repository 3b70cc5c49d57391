"""Filters of a list survive one another, and exports and actions keep to what is listed."""

from __future__ import annotations

import csv
import io
import re
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from certifications.models import Certification, CertificationStatus
from tests.factories import CertificationFactory, MentorFactory, OrganisationFactory

LIST = "/admin/certifications/certification/"

pytestmark = pytest.mark.django_db


def submitted(page: str, **chosen: str) -> dict[str, list[str]]:
    """What the form of the filters sends, with these fields filled in."""
    form = re.search(r'<form id="filter-form".*?</form>', page, re.DOTALL)
    assert form
    outside = re.findall(r'<input type="hidden" form="filter-form"[^>]*>', page)
    inside = re.findall(r'<input type="hidden"[^>]*>', form[0])
    sent: dict[str, list[str]] = {name: [value] for name, value in chosen.items()}
    for tag in [*outside, *inside]:
        found = re.search(r'name="([^"]*)"\s+value="([^"]*)"', tag)
        assert found, tag
        sent.setdefault(found[1], []).append(found[2])
    return sent


@pytest.mark.parametrize(
    "query",
    ["window=30", "window=2026-12-07", "contact=none", "status__exact=active", "q=kari&window=7"],
)
def test_a_link_survives_another_filter_that_is_submitted(desk: Client, query: str) -> None:
    organisation = OrganisationFactory.create()
    page = desk.get(f"{LIST}?{query}").content.decode()

    sent = submitted(page, mentor__organisation__id__exact=organisation.pk)

    for name, value in parse_qsl(query):
        assert sent[name] == [value]


def admins_with_a_form() -> list[Any]:
    admins = admin.site._registry.values()
    return [each for each in admins if getattr(each, "list_filter_submit", False)]


@pytest.mark.parametrize("rows", admins_with_a_form(), ids=str)
def test_so_does_every_link_of_every_list(desk: Client, rows: Any) -> None:
    address = reverse(f"admin:{rows.opts.app_label}_{rows.opts.model_name}_changelist")
    page = desk.get(address).content.decode()
    form = re.search(r'<form id="filter-form".*?</form>', page, re.DOTALL)
    assert form
    links = [link for link in re.findall(r'<a href="\?([^"]+)"', form[0]) if link]
    assert links or not rows.has_filters

    for link in links:
        query = parse_qsl(link.replace("&amp;", "&"))
        again = desk.get(f"{address}?{urlencode(query)}").content.decode()
        sent = submitted(again)
        assert {name: sent.get(name) for name, _ in query} == {
            name: [value] for name, value in query
        }


def exported(desk: Client, page: str) -> list[str]:
    """The mentors in the file to which the page leads."""
    link = re.search(r'href="([^"]*export-csv[^"]*)"', page)
    assert link
    answer: Any = desk.get(link[1].replace("&amp;", "&"))
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return [row["mentor_id"] for row in csv.DictReader(io.StringIO(text))]


@pytest.mark.parametrize(
    ("query", "mentors"),
    [
        ("", ["a", "b", "c"]),
        ("q=kwame", ["b"]),
        ("status__exact=suspended", ["c"]),
        ("contact=none", ["a"]),
        ("status__exact=active&q=example", ["b"]),
    ],
)
def test_the_export_has_the_rows_that_the_page_shows(
    desk: Client, query: str, mentors: list[str]
) -> None:
    CertificationFactory.create(mentor=MentorFactory.create(id="a", name="Åse", email=""))
    CertificationFactory.create(
        mentor=MentorFactory.create(id="b", name="Kwame", email="k@example.org")
    )
    CertificationFactory.create(
        mentor=MentorFactory.create(id="c", name="Lars", email="l@example.org"),
        status=CertificationStatus.SUSPENDED,
    )

    page = desk.get(f"{LIST}?{query}").content.decode()

    assert exported(desk, page) == mentors


def select_all(desk: Client, action: str, **more: str) -> str:
    first = Certification.objects.order_by("expires_at", "pk")[0]
    chosen = {"action": action, "select_across": "1", "_selected_action": str(first.pk)}
    answer = desk.post(LIST, {**chosen, **more})
    assert answer.status_code == 200, answer.content[:500]
    return answer.content.decode()


def answered(desk: Client, page: str, **answers: str) -> Any:
    """Post the form of the page as a browser does."""
    form = re.search(r'<form id="(?:ask|delete)".*?</form>', page, re.DOTALL)
    assert form
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[0])
    fields: dict[str, list[str]] = {}
    for name, value in hidden:
        fields.setdefault(name, []).append(value.replace("&quot;", '"'))
    return desk.post(LIST, {**fields, **answers}, follow=True)


def many(count: int) -> None:
    CertificationFactory.create_batch(3)
    pattern = Certification.objects.get(pk=Certification.objects.order_by("pk")[0].pk)
    mentors = MentorFactory.build_batch(count)
    type(mentors[0]).objects.bulk_create(mentors)
    rows = [
        Certification(
            mentor=mentor,
            certification_type=pattern.certification_type,
            issued_at=pattern.issued_at,
            expires_at=pattern.expires_at,
            created_at=pattern.created_at,
        )
        for mentor in mentors
    ]
    Certification.objects.bulk_create(rows)


@pytest.mark.parametrize(
    ("action", "answers", "outcome"),
    [
        ("suspend", {"reason": "A pause"}, {"status": "suspended"}),
        ("revoke", {"reason": "A mistake"}, {"status": "revoked"}),
        (
            "renew",
            {"renewed_at": "2026-11-01", "expires_at": "2031-11-01"},
            {"expires_at__year": 2031},
        ),
    ],
)
def test_an_action_on_more_rows_than_a_form_has_fields_works(
    desk: Client, action: str, answers: dict[str, str], outcome: dict[str, Any]
) -> None:
    many(1_500)

    page = select_all(desk, action)
    answered(desk, page, **answers)

    assert "1503 rows:" in page
    assert page.count("<li>") < 200
    assert Certification.objects.filter(**outcome).count() == 1_503


def test_deleting_more_rows_than_a_form_has_fields_works(desk: Client) -> None:
    many(1_500)

    page = select_all(desk, "delete_selected")
    answered(desk, page)

    assert "and 1403 more" in page
    assert not Certification.objects.exists()


@pytest.mark.parametrize(
    ("field", "rows"),
    [
        ("selected_rows", "nothing"),
        ("selected_rows", "{}"),
        ("selected_rows", "[1]"),
        ("selected_rows", '["x"]'),
        ("_selected_action", "x"),
        ("_selected_action", "\0"),
    ],
)
def test_rows_that_were_made_up_change_nothing(desk: Client, field: str, rows: str) -> None:
    CertificationFactory.create()

    answer = desk.post(LIST, {"action": "revoke", "asked": "1", "reason": "r", field: rows})

    assert answer.status_code == 400
    assert not Certification.objects.filter(status="revoked").exists()


def test_a_type_in_use_names_the_first_that_use_it(desk: Client) -> None:
    many(150)
    kind = Certification.objects.latest("pk").certification_type_id

    page = desk.get(f"/admin/certifications/certificationtype/{kind}/delete/").content.decode()

    assert "and 53 more" in page
