"""Email addresses have no characters that can't be seen, by whichever door they come."""

from __future__ import annotations

from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from rest_framework.test import APIClient

from certificates.models import TenantContact
from certifications.models import Coordinator, Mentor
from tests.factories import MentorFactory, OrganisationFactory, TenantFactory
from tests.transfer.test_desk import MENTORS, upload

pytestmark = pytest.mark.django_db

#: A control in quotes, one that a backslash makes a part of the name, DEL, and a domain with a
#: mark of zero width; each with what the message calls the character.
BAD = {
    '"a\fb"@example.org': "U+000C",
    '"a\\\tb"@example.org': "U+0009",
    '"a\x7fb"@example.org': "U+007F",
    "kari@exam\u200bple.org": "U+200B",
}
#: What is unusual and seen stays an address.
GOOD = ['"kari.nordmann"@example.org', "kari+work@blåbær.example.org"]

each_bad = pytest.mark.parametrize("address", BAD, ids=BAD.values())


def messages_of(page: bytes) -> str:
    return page.decode().replace("&#x27;", "'")


@each_bad
def test_the_api_of_mentors_names_the_key_and_the_character(
    system_api: APIClient, address: str
) -> None:
    body = {"name": "Kari", "email": address, "language": "nb"}

    answer = system_api.put("/api/v1/mentors/kari", body)

    assert answer.status_code == 400
    (fault,) = answer.json()["errors"]
    assert fault["pointer"] == "#/email"
    assert BAD[address] in fault["detail"]
    assert not Mentor.objects.exists()


@pytest.mark.parametrize("address", GOOD)
def test_whatever_is_seen_is_taken(system_api: APIClient, address: str) -> None:
    body = {"name": "Kari", "email": address, "language": "nb"}

    assert system_api.put("/api/v1/mentors/kari", body).status_code == 201


@each_bad
def test_a_column_of_an_import_names_it(desk: Client, address: str) -> None:
    quoted = address.replace('"', '""')

    page = upload(desk, MENTORS, f'mentor_id,name,email\nkari,Kari,"{quoted}"\n')

    assert BAD[address] in page
    assert not Mentor.objects.exists()


@each_bad
def test_forms_of_mentors_coordinators_and_accounts_name_it(desk: Client, address: str) -> None:
    mentor, organisation = MentorFactory.create(email=""), OrganisationFactory.create()
    account = User.objects.create_user("cora")
    pages = {
        f"/admin/certifications/mentor/{mentor.pk}/change/": {
            "name": "Kari",
            "language": "nb",
            "certifications-TOTAL_FORMS": "0",
            "certifications-INITIAL_FORMS": "0",
        },
        f"/admin/certifications/organisation/{organisation.pk}/change/": {
            "name": "Fjord",
            "coordinators-TOTAL_FORMS": "1",
            "coordinators-INITIAL_FORMS": "0",
            "coordinators-0-language": "nb",
            "coordinators-0-email": address,
        },
        f"/admin/auth/user/{account.pk}/change/": {
            "username": "cora",
            "date_joined_0": "2026-01-01",
            "date_joined_1": "00:00",
        },
    }

    for path, fields in pages.items():
        answer = desk.post(path, {**fields, "email": address})
        assert answer.status_code == 200, path
        assert f"can't be seen ({BAD[address]})" in messages_of(answer.content), path

    assert not Coordinator.objects.exists()
    assert Mentor.objects.get().email == ""
    assert User.objects.get(username="cora").email == ""


@each_bad
def test_a_tenants_contact_is_not_made(desk: Client, address: str) -> None:
    tenant = TenantFactory.create()
    fields = {"name": "A", "language": "en", "reminder_stages": "[7]", "expired_notice_days": "90"}
    for inline in ("members", "contacts"):
        fields |= {f"{inline}-TOTAL_FORMS": "0", f"{inline}-INITIAL_FORMS": "0"}
    contact = {"contacts-TOTAL_FORMS": "1", "contacts-0-name": "B", "contacts-0-email": address}

    answer = desk.post(f"/admin/certificates/tenant/{tenant.pk}/change/", {**fields, **contact})

    assert f"can't be seen ({BAD[address]})" in messages_of(answer.content)
    assert not TenantContact.objects.exists()


def test_nor_does_the_command_make_such_a_superuser() -> None:
    with pytest.raises(CommandError, match=r"U\+000C"):
        call_command(
            "createsuperuser",
            interactive=False,
            username="boss",
            email='"a\fb"@example.org',
            stdout=StringIO(),
        )

    assert not User.objects.exists()
