"""The identity provider's keys: rotated, withdrawn, weak, and away while requests go on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pytest_django import Settings
from rest_framework.test import APIClient

from config.access.oidc import download
from config.access.oidc import keys as oidc_keys
from tests.config import identity_provider
from tests.config.identity_provider import (
    EC_KEY,
    OTHER_KEY,
    ask,
    ec_jwk,
    garbage,
    rsa_jwk,
    status,
    token,
)
from tests.threads import all_at_once
from tests.webhooks.receiver import Receiver, after, answer, cut, drip, flood, hang

pytestmark = pytest.mark.django_db


class Clock:
    """The clock by which keys grow old."""

    ahead = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(oidc_keys, "monotonic", clock)
    return clock


@pytest.fixture
def provider(settings: Settings) -> Iterator[Receiver]:
    with identity_provider.provider_of_tokens(settings) as provider:
        yield provider


def test_a_key_that_was_withdrawn_is_refused_after_five_minutes(
    provider: Receiver, clock: Clock
) -> None:
    before = status(token())
    provider.always = identity_provider.keys(ec_jwk())
    clock.ahead = 300

    assert (before, status(token())) == (200, 401)
    assert status(token(EC_KEY, "ES256", "ec")) == 200


def test_a_set_in_use_is_renewed_before_it_is_too_old(provider: Receiver, clock: Clock) -> None:
    status(token())
    provider.always = after(0.5, identity_provider.keys(ec_jwk()))
    clock.ahead = 200

    begin = time.monotonic()
    meanwhile = status(token())
    took = time.monotonic() - begin
    provider.wait_for(2)

    assert (meanwhile, took < 0.4) == (200, True)
    until = time.monotonic() + 10
    while status(token()) != 401:
        assert time.monotonic() < until
    assert len(provider.requests) == 2


def test_a_key_that_came_under_an_old_id_replaces_it(provider: Receiver, clock: Clock) -> None:
    status(token())
    provider.always = identity_provider.keys(rsa_jwk(OTHER_KEY))
    clock.ahead = 301

    assert status(token(OTHER_KEY)) == 200
    assert status(token()) == 401


def test_a_new_key_is_asked_for_at_once_and_unknown_ones_once_in_thirty_seconds(
    provider: Receiver, clock: Clock
) -> None:
    status(token())
    clock.ahead = 31
    provider.always = identity_provider.keys(rsa_jwk(), rsa_jwk(OTHER_KEY, "new"))

    rotated = status(token(OTHER_KEY, kid="new"))
    unknown = {status(garbage(number)) for number in range(40)}

    assert (rotated, unknown) == (200, {401})
    assert len(provider.requests) == 2


@pytest.mark.parametrize(
    "misbehaviour",
    [
        answer(500),
        answer(404),
        answer(302, Location="/keys"),
        answer(200, b"<html>Back soon</html>"),
        answer(200, b"[]"),
        answer(200, b'{"keys": {}}'),
        answer(200, b"\xff"),
        answer(200, b"[" * 100_000),
        cut,
        flood,
    ],
)
def test_a_provider_that_answers_no_keys_is_a_503(provider: Receiver, misbehaviour: Any) -> None:
    provider.always = misbehaviour

    response = ask(token())

    assert (response.status_code, response["Retry-After"]) == (503, "3")
    assert response.json()["detail"] == "The identity provider's keys can't be read now."


def test_a_failed_refresh_is_remembered_for_thirty_seconds(
    provider: Receiver, clock: Clock
) -> None:
    provider.always = answer(500)
    away = {status(token()) for _ in range(5)}
    asked = len(provider.requests)
    provider.always = identity_provider.keys()

    clock.ahead = 25
    still = status(token())
    clock.ahead = 31

    assert (away, asked, still) == ({503}, 1, 503)
    assert status(token()) == 200


def test_keys_that_were_read_serve_while_the_provider_is_away_and_not_for_ever(
    provider: Receiver, clock: Clock
) -> None:
    status(token())
    provider.always = answer(503)

    clock.ahead = 290
    within = status(token(sub="ola"))
    clock.ahead = 301

    assert (within, status(token())) == (200, 503)


def test_a_provider_that_hangs_holds_nobody_up_for_long(provider: Receiver, api: APIClient) -> None:
    provider.always = hang
    begin = time.monotonic()

    first = status(garbage())
    first_took = time.monotonic() - begin
    others = {status(garbage(number)) for number in range(24)}
    all_took = time.monotonic() - begin

    assert (first, others) == (503, {503})
    assert first_took < oidc_keys.WAIT_S + 0.5
    assert all_took - first_took < 1
    assert len(provider.requests) == 1
    assert api.get("/livez").status_code == 200


def test_while_the_provider_hangs_known_keys_answer_and_unknown_ones_are_401(
    provider: Receiver, clock: Clock
) -> None:
    status(token())
    provider.always = hang
    clock.ahead = 200

    begin = time.monotonic()
    known = [status(token()) for _ in range(5)]
    took = time.monotonic() - begin

    assert (known, took < 1) == ([200] * 5, True)
    assert status(garbage()) == 401


def test_many_who_come_at_once_make_one_question(provider: Receiver) -> None:
    provider.always = after(0.3, identity_provider.keys())
    name = oidc_keys.KeyName("rsa", "RS256")

    found = all_at_once(lambda number: oidc_keys.key_set(provider.url).find(name))

    assert None not in found
    assert len(provider.requests) == 1


def test_an_answer_without_end_is_given_up(
    provider: Receiver, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "TIMEOUT_S", 1.0)
    provider.always = drip
    first = status(token())
    refresh = oidc_keys.key_set(provider.url)._latest
    assert refresh is not None

    assert refresh.over.wait(timeout=10)
    provider.always = identity_provider.keys()
    clock.ahead = 35

    assert (first, status(token())) == (503, 200)


WEAK = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 (meant)
P384 = ec.generate_private_key(ec.SECP384R1())


@pytest.mark.parametrize(
    ("member", "key"),
    [
        (rsa_jwk(WEAK, "k"), WEAK),
        (rsa_jwk(OTHER_KEY, "k", use="enc"), OTHER_KEY),
        (rsa_jwk(OTHER_KEY, "k", alg="RSA-OAEP"), OTHER_KEY),
        (rsa_jwk(OTHER_KEY, "k", alg=["RS256"]), OTHER_KEY),
        ({**rsa_jwk(OTHER_KEY, "k"), "n": 5}, OTHER_KEY),
        ({**rsa_jwk(OTHER_KEY, "k"), "kty": ["RSA"]}, OTHER_KEY),
        ({**rsa_jwk(OTHER_KEY), "kid": 7}, OTHER_KEY),
        ({"kty": "oct", "k": "c2VjcmV0", "kid": "k"}, OTHER_KEY),
        ("no object", OTHER_KEY),
    ],
)
def test_a_key_that_is_no_use_is_passed_over_and_the_others_serve(
    provider: Receiver, member: Any, key: Any
) -> None:
    provider.always = identity_provider.keys(member, rsa_jwk())

    assert status(token(key, kid="k")) == 401
    assert status(token()) == 200


def test_a_curve_that_is_not_of_the_algorithm_is_refused(provider: Receiver) -> None:
    provider.always = identity_provider.keys(ec_jwk(P384, "k"), ec_jwk(P384, "k", alg="ES256"))

    assert status(token(P384, "ES384", "k")) == 401


def test_metrics_say_that_nobody_can_tell(provider: Receiver, settings: Settings) -> None:
    settings.METRICS = "token"
    provider.always = answer(500)

    assert ask(token(), "/metrics").status_code == 503
    assert ask(garbage(), "/metrics").status_code == 503
