"""At most so many requests: by address and by account."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache
from pytest_django import Settings
from rest_framework.test import APIClient

from config.rates import Rate
from tests.conftest import client_of

pytestmark = pytest.mark.django_db
PATH = "/api/v1/certification-records"
NOON = datetime(2026, 3, 26, 12, 0, 20, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _at_noon(time_machine: time_machine.TimeMachineFixture) -> None:
    time_machine.move_to(NOON, tick=False)
    cache.clear()


def test_without_a_rate_nothing_is_counted_or_said(api: APIClient) -> None:
    answer = api.get(PATH)

    assert answer.status_code == 200
    assert "RateLimit" not in answer


def test_past_the_rate_of_an_address_is_a_429_until_the_window_ends(
    api: APIClient, settings: Settings, time_machine: time_machine.TimeMachineFixture
) -> None:
    settings.THROTTLE_ADDRESS = Rate(2, 60)

    answers = [api.get(PATH) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer["RateLimit"] for answer in answers] == [
        '"address";r=1;t=40',
        '"address";r=0;t=40',
        '"address";r=0;t=40',
    ]
    assert answers[0]["RateLimit-Policy"] == '"address";q=2;w=60'
    refused = answers[2]
    assert int(refused["Retry-After"]) in (40, 41)
    assert refused["Content-Type"] == "application/problem+json"
    assert api.get(PATH, REMOTE_ADDR="127.0.0.9").status_code == 200
    time_machine.move_to(NOON + timedelta(seconds=40), tick=False)
    assert api.get(PATH).status_code == 200


def test_wrong_tokens_count_for_their_address(api: APIClient, settings: Settings) -> None:
    settings.THROTTLE_ADDRESS = Rate(2, 60)

    statuses = [api.get(PATH, HTTP_AUTHORIZATION=f"Bearer {n}").status_code for n in range(3)]

    assert statuses == [401, 401, 429]


def test_an_account_has_one_rate_wherever_it_calls_from(settings: Settings) -> None:
    settings.THROTTLE_ACCOUNT = Rate(2, 3600)
    one, other = client_of("one", "system"), client_of("other", "system")

    statuses = [one.get(PATH, REMOTE_ADDR=f"127.0.0.{n}").status_code for n in range(1, 4)]

    assert statuses == [200, 200, 429]
    answer = other.get(PATH)
    assert answer["RateLimit"] == '"account";r=1;t=3580'
    assert APIClient().get(PATH).status_code == 200


def test_both_rates_are_told(settings: Settings) -> None:
    settings.THROTTLE_ADDRESS, settings.THROTTLE_ACCOUNT = Rate(9, 60), Rate(5, 3600)

    answer = client_of("one", "system").get(PATH)

    assert answer["RateLimit"] == '"address";r=8;t=40, "account";r=4;t=3580'


def test_while_the_shared_counter_is_away_nobody_is_held_up(
    api: APIClient, settings: Settings
) -> None:
    settings.THROTTLE_ADDRESS = Rate(1, 60)
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }

    assert [api.get(PATH).status_code for _ in range(3)] == [200, 200, 200]


@pytest.mark.parametrize("text", ["0/s", "5", "5/week", "-1/s", "1.5/s", "many"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no rate"):
        Rate.of(text)


@pytest.mark.parametrize(
    ("text", "rate"), [("", None), ("10/s", Rate(10, 1)), ("600/min", Rate(600, 60))]
)
def test_rates_of_settings(text: str, rate: Rate | None) -> None:
    assert Rate.of(text) == rate


@pytest.mark.parametrize(
    "path",
    ["/api/schema", "/api/docs", "/admin/login/", "/metrics", "/badges/issuer", "/nowhere", PATH],
)
def test_every_page_counts_for_its_address_before_anything_is_done(
    api: APIClient, settings: Settings, path: str
) -> None:
    settings.THROTTLE_ADDRESS = Rate(1, 60)

    assert api.get(path).status_code != 429
    # Whatever else is wrong with the next one.
    answer = api.get(path, HTTP_HOST="evil.example", HTTP_AUTHORIZATION="Bearer x")

    assert answer.status_code == 429
    assert answer["Content-Type"] == "application/problem+json"
    assert int(answer["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/livez"), ("GET", "/readyz"), ("GET", "/static/desk/desk.css"), ("OPTIONS", PATH)],
)
def test_probes_static_files_and_questions_before_a_question_count_for_nothing(
    api: APIClient, settings: Settings, method: str, path: str
) -> None:
    settings.THROTTLE_ADDRESS = Rate(1, 60)

    statuses = {api.generic(method, path).status_code for _ in range(3)}

    assert 429 not in statuses
    assert api.get(PATH).status_code == 200
