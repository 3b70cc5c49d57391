"""Which passwords people may choose, at the page of the own account and where admins set them."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from tests.desk.conftest import PASSWORD, client_at_desk

pytestmark = pytest.mark.django_db

GOOD = "seven wet ferries at dawn"


@pytest.fixture
def kari() -> User:
    return User.objects.create_user(
        "kari.fjord",
        "kn-oslo@example.org",
        PASSWORD,
        first_name="Kari Anne",
        last_name="Nordmann",
        is_staff=True,
    )


def change(account: User, password: str, **headers: str) -> str:
    """Change the own password; returns the page, empty where it was changed."""
    form = {"old_password": PASSWORD, "new_password1": password, "new_password2": password}
    answer = client_at_desk(account).post("/admin/password_change/", form, headers=headers)
    return "" if answer.status_code == 302 else answer.content.decode()


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("elevenchars", "at least 12 characters"),
        ("830512749021", "entirely numeric"),
        ("telechargement", "too common"),
        ("my certkeep login", "“Certkeep” in it"),
        ("CertKeep-2026-spring", "“Certkeep” in it"),
        ("c.e.r.t.k.e.e.p for me", "“Certkeep” in it"),
        ("ｃｅｒｔｋｅｅｐ wide letters", "“Certkeep” in it"),
        ("two fjords: kari.fjord!", "“kari.fjord” in it"),
        ("fjord-in-the-morning", "“fjord” in it"),
        ("old NORDMANN house", "“Nordmann” in it"),
        ("the knoslo ferry", "“kn-oslo” in it"),
    ],
)
def test_a_guessers_first_tries_are_refused(kari: User, password: str, reason: str) -> None:
    page = change(kari, password)

    assert reason in page
    kari.refresh_from_db()
    assert kari.check_password(PASSWORD)


@pytest.mark.parametrize("password", [GOOD, "anne of the green hill", "kariokefest forever"])
def test_others_are_taken(kari: User, password: str) -> None:
    if password.startswith("kari"):
        kari.first_name = "Bo"  # too short to be looked for
        kari.username = "b.o"
        kari.save()
    elif password.startswith("anne"):
        kari.first_name = "Kari"
        kari.save()

    assert change(kari, password) == ""
    kari.refresh_from_db()
    assert kari.check_password(password)


def test_reasons_are_told_in_norwegian(kari: User) -> None:
    page = change(kari, "my certkeep login", **{"Accept-Language": "nb"})

    assert "Passordet inneholder «Certkeep»." in page


def test_admins_are_held_to_the_same_for_new_and_old_accounts(desk: Client, kari: User) -> None:
    def form(password: str) -> dict[str, str]:
        return {
            "password1": password,
            "password2": password,
            "usable_password": "true",  # pragma: allowlist secret
        }

    for password in ("nordmann nordmann", "elevenchars"):
        desk.post(f"/admin/auth/user/{kari.pk}/password/", form(password))
        kari.refresh_from_db()
        assert kari.check_password(PASSWORD)
        desk.post("/admin/auth/user/add/", {"username": "newcomer", **form("newcomer " * 2)})
        assert not User.objects.filter(username="newcomer").exists()

    desk.post("/admin/auth/user/add/", {"username": "newcomer", **form(GOOD)})
    assert User.objects.get(username="newcomer").check_password(GOOD)


def test_so_is_the_command_that_asks_for_a_password(kari: User) -> None:
    with (
        patch("getpass.getpass", side_effect=["kari.fjord 2026", "kari.fjord 2026", GOOD, GOOD]),
        patch("builtins.print"),
    ):
        call_command("changepassword", "kari.fjord", verbosity=0)

    kari.refresh_from_db()
    assert kari.check_password(GOOD)
