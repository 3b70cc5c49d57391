"""An identity provider that hangs, asked by the real web server."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.config.identity_provider import AUDIENCE, ISSUER, garbage
from tests.e2e.conftest import NewStack
from tests.webhooks.receiver import hang, receiving


@pytest.mark.parametrize("backend", ["embedded"], indirect=True, scope="session")
def test_garbage_does_not_stop_the_site_while_the_provider_hangs(new_stack: NewStack) -> None:
    with receiving(always=hang) as provider:
        stack = new_stack(
            OIDC_JWKS_URL=provider.url, OIDC_ISSUER=ISSUER, OIDC_AUDIENCE=AUDIENCE, WEB_THREADS="4"
        )
        stack.start_web()

        def send(number: int) -> int:
            bearer = {"Authorization": f"Bearer {garbage(number)}"}
            return stack.api("GET", "/api/v1/mentors", headers=bearer).status

        begin = time.monotonic()
        with ThreadPoolExecutor(25) as pool:
            tokens = [pool.submit(send, number) for number in range(24)]
            alive = pool.submit(stack.get, "/livez")
            assert alive.result().status == 200
            alive_after = time.monotonic() - begin
            assert [answer.result() for answer in tokens] == [503] * 24
        all_after = time.monotonic() - begin

    assert alive_after < 5
    assert all_after < 8
    assert len(provider.requests) == 1
