"""Second factors as people have them: a phone that shows codes, and a list of recovery codes."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from django.contrib.auth.models import User
from django.test import Client
from django_otp.oath import hotp
from django_otp.plugins.otp_totp.models import TOTPDevice

from tests.desk.conftest import PASSWORD

LOGIN = "/admin/login/"
SECOND_FACTOR = "/admin/second-factor/"
NOW = datetime(2026, 3, 26, 10, 0, tzinfo=UTC)
#: Seconds for which the phone shows one code (RFC 6238).
STEP = 30


def code_of(device: TOTPDevice, *, at: datetime = NOW, step: int = 0) -> str:
    """What an app with the device's key shows at that moment, or `step` codes later."""
    return f"{hotp(device.bin_key, int(at.timestamp()) // STEP + step):06d}"


def enter(client: Client, code: str, password: str = PASSWORD) -> str:
    """Fill in the page of the second factor; returns what it answers."""
    form = {"code": code, "password": password}
    return client.post(SECOND_FACTOR, form, follow=True).content.decode()


def set_up(client: Client, account: User) -> tuple[TOTPDevice, list[str]]:
    """Set the second factor up on the page, at `NOW`; returns it and the recovery codes."""
    client.get(SECOND_FACTOR)
    device = TOTPDevice.objects.get(user=account)
    page = enter(client, code_of(device))
    codes = re.findall(r"<code>([^<]+)</code>", page)
    assert codes, page
    return device, codes


def log_in(client: Client, name: str, code: str = "", password: str = PASSWORD) -> bool:
    """Whether the login succeeds."""
    body = {"username": name, "password": password, "otp_token": code}
    return client.post(f"{LOGIN}?next=/admin/", body).status_code == 302


def is_in(client: Client) -> bool:
    return client.get("/admin/").status_code == 200
