"""From where a request came, whoever claims what."""

from __future__ import annotations

from typing import Any

import pytest
from axes.models import AccessAttempt
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from config.models import AuditEntry
from config.rates import Rate
from tests.conftest import client_of

pytestmark = pytest.mark.django_db

LOGIN = "/admin/login/"
PATH = "/api/v1/certification-records"
#: What proxies write in `X-Forwarded-For`, and who that is.
FORWARDED = [
    ("8.8.8.8", "8.8.8.8"),
    ("8.8.8.8:5000", "8.8.8.8"),
    ("1.1.1.1, 8.8.8.8:443", "8.8.8.8"),
    ("  8.8.8.8  ", "8.8.8.8"),
    ("[2001:db8::1]:443", "2001:db8::1"),
    ("[2001:db8::1]", "2001:db8::1"),
    ("2001:0DB8:0:0::0001", "2001:db8::1"),
    ("fe80::1%eth0", "fe80::1"),
    ("::ffff:8.8.8.8", "8.8.8.8"),
    # What is no address is the proxy's own.
    ("unknown", "203.0.113.7"),
    ("_hidden", "203.0.113.7"),
    ("", "203.0.113.7"),
    (", ", "203.0.113.7"),
    ("x" * 300, "203.0.113.7"),
    ("1.2.3.4.5", "203.0.113.7"),
    ("8.8.8.8, <b>", "203.0.113.7"),
    ("٨.٨.٨.٨", "203.0.113.7"),
    ("2130706433", "203.0.113.7"),
]


@pytest.mark.parametrize(("forwarded", "client"), FORWARDED)
def test_whatever_a_proxy_writes_a_failed_login_is_of_one_address(
    settings: Settings, forwarded: str, client: str
) -> None:
    settings.BEHIND_TLS_PROXY = True
    browser = Client(REMOTE_ADDR="203.0.113.7", HTTP_X_FORWARDED_FOR=forwarded)

    answer = browser.post(LOGIN, {"username": "nobody", "password": "wrong"})

    assert answer.status_code == 200
    assert AuditEntry.objects.get().address == client
    expected = client if "." in client else client.partition("::")[0] + "::"
    assert AccessAttempt.objects.get().ip_address == expected


@pytest.mark.parametrize(("forwarded", "client"), FORWARDED)
def test_and_so_is_a_request_with_a_token(settings: Settings, forwarded: str, client: str) -> None:
    api = client_of("machine", "system")
    settings.BEHIND_TLS_PROXY = True
    settings.THROTTLE_ADDRESS = Rate(1, 86400)
    cache.clear()
    headers: Any = {"REMOTE_ADDR": "203.0.113.7", "HTTP_X_FORWARDED_FOR": forwarded}

    statuses = [api.get(PATH, **headers).status_code for _ in range(2)]

    assert statuses == [200, 429]
    assert AuditEntry.objects.get(event="token_used").address == client


def test_without_a_proxy_its_word_counts_for_nothing() -> None:
    browser = Client(REMOTE_ADDR="203.0.113.7", HTTP_X_FORWARDED_FOR="8.8.8.8")

    browser.post(LOGIN, {"username": "nobody", "password": "wrong"})  # pragma: allowlist secret

    assert AuditEntry.objects.get().address == "203.0.113.7"


@pytest.mark.parametrize(
    ("first", "second", "statuses"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", [200, 429]),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", [200, 200]),
        ("198.51.100.1", "198.51.100.2", [200, 200]),
    ],
)
def test_a_subscribers_addresses_of_ipv6_are_one_caller(
    api: APIClient, settings: Settings, first: str, second: str, statuses: list[int]
) -> None:
    settings.THROTTLE_ADDRESS = Rate(1, 86400)
    cache.clear()

    assert [api.get(PATH, REMOTE_ADDR=each).status_code for each in (first, second)] == statuses
