"""The calendar of expirations that each account may subscribe to."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from certifications.models import CalendarFeed, Organisation
from tests.desk.conftest import client_at_desk, make_account
from tests.factories import CertificationFactory, MentorFactory, OrganisationFactory

PAGE = "/admin/certifications/certification/calendar/"

pytestmark = pytest.mark.django_db


def make_address(client: Client) -> str:
    """Have a new address made; returns its path, as the page shows it once."""
    page = client.post(PAGE, {"make": ""}).content.decode()
    shown = re.search(r"/calendar/[\w-]{43}\.ics", page)
    assert shown, page
    return shown[0]


def events(address: str) -> dict[str, date]:
    """What a calendar that knows nothing but the address shows: the day of each event."""
    answer = Client().get(address)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar"
    calendar = Calendar.from_ical(answer.content)
    return {str(event["SUMMARY"]): event.start for event in calendar.events}


def test_the_calendar_shows_what_expires_for_the_mentors_of_a_coordinator(
    coordinator_of: Callable[[Organisation], Client],
) -> None:
    now = timezone.now()
    home, elsewhere = OrganisationFactory.create_batch(2)
    ours = MentorFactory.create(id="ours", name="Ours", organisation=home)
    CertificationFactory.create(mentor=ours, expires_at=now + timedelta(days=20))
    for other in (
        {"mentor__organisation": elsewhere, "expires_at": now + timedelta(days=20)},
        {"mentor__organisation": home, "expires_at": now + timedelta(days=500)},
        {
            "mentor__organisation": home,
            "expires_at": now + timedelta(days=20),
            "status": "suspended",
        },
    ):
        CertificationFactory.create(**other)

    shown = events(make_address(coordinator_of(home)))

    day = (now + timedelta(days=20)).date()
    assert shown == {"peer_mentor_level_1 of Ours (ours) expires": day}


def test_a_new_address_ends_the_old_one_and_only_hashes_are_kept(desk: Client) -> None:
    first = make_address(desk)
    second = make_address(desk)

    assert Client().get(first).status_code == 404
    assert Client().get(second).status_code == 200
    assert CalendarFeed.objects.get().token_hash not in second
    assert second not in desk.get(PAGE).content.decode()


def test_a_revoked_address_shows_nothing(desk: Client) -> None:
    address = make_address(desk)

    desk.post(PAGE, {"revoke": ""})

    assert Client().get(address).status_code == 404
    assert "You have no address yet." in desk.get(PAGE).content.decode()


def test_who_may_no_longer_come_in_has_no_calendar() -> None:
    account = make_account("leaver", "coordinator")
    address = make_address(client_at_desk(account))
    account.is_active = False
    account.save()

    assert Client().get(address).status_code == 404


def test_a_guessed_address_is_not_found() -> None:
    assert Client().get("/calendar/guess.ics").status_code == 404


def test_the_page_says_when_a_calendar_last_read_it(desk: Client) -> None:
    address = make_address(desk)
    before = desk.get(PAGE).content.decode()
    Client().get(address)

    after = desk.get(PAGE).content.decode()

    assert "No calendar has read it yet." in before
    assert "A calendar read it last on" in after


def test_a_renewal_moves_the_same_event(desk: Client) -> None:
    certification = CertificationFactory.create(expires_at=timezone.now() + timedelta(days=9))
    address = make_address(desk)
    uid = Calendar.from_ical(Client().get(address).content).events[0]["UID"]
    certification.expires_at += timedelta(days=90)
    certification.save()

    moved = Calendar.from_ical(Client().get(address).content).events

    assert [event["UID"] for event in moved] == [uid]
    assert moved[0].start == certification.expires_at.date()
