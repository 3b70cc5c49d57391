"""What a table names that nobody knows: it is shown, and registered only where that is ticked."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from certifications.models import Certification, CertificationType, Mentor, Organisation
from tests.factories import CertificationTypeFactory, MentorFactory, OrganisationFactory
from tests.transfer.test_desk import CERTIFICATIONS, MENTORS, RENEWALS, apply, body, upload

HEADING = "mentor_id,certification_type,expires_at\n"

pytestmark = pytest.mark.django_db


def new_names(page: str) -> list[tuple[str, ...]]:
    """The lines of the preview: row, kind, name, the closest known one."""
    table = page.partition('id="new-names"')[2].partition("</table>")[0]
    return [
        tuple(re.findall(r"<td>(.*?)</td>", line))
        for line in re.findall(r"<tr><td>.*?</tr>", table)
    ]


def test_typing_errors_are_shown_beside_what_was_maybe_meant(desk: Client) -> None:
    MentorFactory.create(id="mentor-016")
    CertificationTypeFactory.create(code="first_aid_level_2")

    page = upload(
        desk,
        CERTIFICATIONS,
        f"{HEADING}mentor-0016,first_aid_level_2,2030-01-01\n"
        "mentor-016,first_aid_level2,2030-01-01\n"
        "mentor-0016,something else,2030-01-01\n",
    )

    assert new_names(page) == [
        ("2", "mentor", "mentor-0016", "mentor-016"),
        ("3", "certification type", "first_aid_level2", "first_aid_level_2"),
        ("4", "certification type", "something else", "-"),
    ]
    assert 'name="register"' in page


@pytest.mark.parametrize("typed", ["mentor-061", "mentor-16", "mentor_016", "Mentor-016"])
def test_every_slip_of_one_character_leads_to_the_mentor(desk: Client, typed: str) -> None:
    MentorFactory.create(id="mentor-016")
    CertificationTypeFactory.create(code="t")

    page = upload(desk, CERTIFICATIONS, f"{HEADING}{typed},t,2030-01-01\n")

    assert new_names(page) == [("2", "mentor", typed, "mentor-016")]


def test_without_the_tick_nothing_is_written(desk: Client) -> None:
    page = upload(desk, CERTIFICATIONS, f"{HEADING}m-1,t,2030-01-01\n")
    action = re.search(r'action="([^"]+/apply/)"', page)
    assert action

    refused = desk.post(action[1], {}, follow=True).content.decode()

    assert "Tick that what nobody knows yet is to be registered." in refused
    assert not Certification.objects.exists()
    assert not Mentor.objects.exists()
    assert not CertificationType.objects.exists()


def test_with_the_tick_all_is_registered(desk: Client) -> None:
    page = apply(desk, upload(desk, CERTIFICATIONS, f"{HEADING}m-1,t,2030-01-01\n"))

    assert "What was registered" in page
    assert Certification.objects.get().certification_type_id == "t"


def test_what_was_known_when_it_was_looked_at_is_not_registered_unasked(desk: Client) -> None:
    kind = CertificationTypeFactory.create(code="t")
    MentorFactory.create(id="m-1")
    page = upload(desk, CERTIFICATIONS, f"{HEADING}m-1,t,2030-01-01\n")
    assert 'name="register"' not in page
    kind.delete()

    page = apply(desk, page)

    assert "The file is imported." not in page
    assert new_names(page) == [("2", "certification type", "t", "-")]
    assert not Certification.objects.exists()
    assert not CertificationType.objects.exists()


@pytest.mark.parametrize(
    "written", ["First aid, level 2", "FIRST AID, LEVEL 2", "first aid,  level 2"]
)
@pytest.mark.parametrize("listed", [CERTIFICATIONS, RENEWALS])
def test_a_type_is_found_by_its_name(desk: Client, written: str, listed: str) -> None:
    CertificationTypeFactory.create(code="first_aid_level_2", name="First aid, level 2")
    MentorFactory.create(id="m-1")
    certified = f'{HEADING}m-1,"{written}",2030-01-01\n'
    apply(desk, upload(desk, CERTIFICATIONS, certified))

    if listed == RENEWALS:
        renewed = f'{HEADING.strip()},renewed_at\nm-1,"{written}",2031-01-01,2020-01-01\n'
        assert "faults" in upload(desk, RENEWALS, renewed)
        assert "You have no certification" not in upload(desk, RENEWALS, renewed)

    assert Certification.objects.get().certification_type_id == "first_aid_level_2"
    assert CertificationType.objects.count() == 1


def test_a_code_comes_before_a_name_and_a_name_of_two_types_is_a_fault(desk: Client) -> None:
    CertificationTypeFactory.create(code="A", name="B")
    CertificationTypeFactory.create(code="B", name="Same")
    CertificationTypeFactory.create(code="C", name="same")
    MentorFactory.create(id="m-1")
    apply(desk, upload(desk, CERTIFICATIONS, f"{HEADING}m-1,B,2030-01-01\n"))

    page = upload(desk, CERTIFICATIONS, f"{HEADING}m-1,SAME,2030-01-01\n")

    assert Certification.objects.get().certification_type_id == "B"
    assert "Several types are called so. Write the code: B, C." in page


def test_a_new_organisation_is_shown_and_new_mentors_of_their_own_table_are_not(
    desk: Client,
) -> None:
    OrganisationFactory.create(id="likeperson-oslo")

    page = upload(
        desk,
        MENTORS,
        "mentor_id,organisation_id\nm-1,likeperson-osl\nm-2,likeperson-oslo\nm-3,likeperson-osl\n",
    )

    assert new_names(page) == [("2", "organisation", "likeperson-osl", "likeperson-oslo")]
    apply(desk, page)
    assert Organisation.objects.filter(id="likeperson-osl").exists()


def test_of_very_many_the_first_are_shown_and_all_are_counted(desk: Client) -> None:
    CertificationTypeFactory.create(code="t")
    rows = "".join(f"m-{number},t,2030-01-01\n" for number in range(6_000))

    page = upload(desk, CERTIFICATIONS, HEADING + rows)

    assert len(new_names(page)) == 100
    assert "These are the first of 6000." in page
    assert body(desk.get(CERTIFICATIONS))
