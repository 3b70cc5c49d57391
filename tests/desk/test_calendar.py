"""The calendar of expirations that each account may subscribe to."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone
from icalendar import Calendar
from pytest_django import Settings

from certifications.models import CalendarFeed, Certification, Organisation
from tests.desk.conftest import PASSWORD, client_at_desk, make_account
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
    assert answer["Cache-Control"] == "no-store"
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


def test_a_calendar_never_grows_when_its_owner_loses_a_role() -> None:
    CertificationFactory.create(expires_at=timezone.now() + timedelta(days=9))
    account = make_account("staffer", "coordinator")
    account.is_staff = True
    account.save()
    address = make_address(client_at_desk(account))
    before = Client().get(address).content

    account.groups.clear()
    without_role = Client().get(address)
    account.user_permissions.add(Permission.objects.get(codename="view_certification"))
    with_permission = Client().get(address)

    assert b"VEVENT" not in before
    assert without_role.status_code == 404
    assert b"VEVENT" not in with_permission.content
    assert not Certification.objects.visible_to(account).exists()


def test_a_permission_shows_all_organisations_to_an_account_without_a_role() -> None:
    CertificationFactory.create(expires_at=timezone.now() + timedelta(days=9))
    account = make_account("staffer")
    account.is_staff = True
    account.save()
    names = ["view_certification", "view_all_organisations"]
    account.user_permissions.set(Permission.objects.filter(codename__in=names))

    address = make_address(client_at_desk(account))

    assert b"VEVENT" in Client().get(address).content


@pytest.mark.parametrize("door", ["own page", "administrator", "command"])
def test_another_password_ends_the_address(desk: Client, door: str) -> None:
    account = make_account("cora", "coordinator")
    browser = client_at_desk(account)
    address = make_address(browser)
    new = "another long horse battery 9"

    match door:
        case "own page":
            form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
            browser.post("/admin/password_change/", form)
        case "administrator":
            form = {f"password{number}": new for number in (1, 2)}
            form["usable_password"] = "true"  # pragma: allowlist secret
            desk.post(f"/admin/auth/user/{account.pk}/password/", form)
        case _:
            account.set_unusable_password()
            account.save()

    account.refresh_from_db()
    assert not account.check_password(PASSWORD)
    assert Client().get(address).status_code == 404


def test_a_password_that_is_hashed_anew_at_login_ends_nothing(settings: Settings) -> None:
    weaker = "django.contrib.auth.hashers.PBKDF2PasswordHasher"
    settings.PASSWORD_HASHERS = [*settings.PASSWORD_HASHERS, weaker]
    account = make_account("cora", "coordinator")
    password = make_password(PASSWORD, hasher="pbkdf2_sha256")
    User.objects.filter(pk=account.pk).update(password=password)
    address = make_address(client_at_desk(User.objects.get(pk=account.pk)))

    form = {"username": "cora", "password": PASSWORD}
    assert Client().post("/admin/login/", form).status_code == 302

    account.refresh_from_db()
    assert account.password.startswith("md5$")
    assert Client().get(address).status_code == 200


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
