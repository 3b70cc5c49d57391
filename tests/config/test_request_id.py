from __future__ import annotations

import logging
import uuid

import pytest
from rest_framework.test import APIClient

PATH = "/livez"


@pytest.mark.parametrize("given", ["abc-123", "a" * 128, "7f:01/x=y+z._"])
def test_a_clients_id_is_kept(api: APIClient, given: str) -> None:
    assert api.get(PATH, HTTP_X_REQUEST_ID=given)["X-Request-ID"] == given


@pytest.mark.parametrize("given", [None, "", "a b", "a" * 129, "<script>", "å", "a\nb"])
def test_where_there_is_no_good_one_an_id_is_made(api: APIClient, given: str | None) -> None:
    headers = {} if given is None else {"HTTP_X_REQUEST_ID": given}

    answered = api.get(PATH, **headers)["X-Request-ID"]  # type: ignore[arg-type]

    assert uuid.UUID(answered).version == 4


def test_the_id_is_on_the_log_line_and_in_the_problem(
    api: APIClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        body = api.get("/nothing", HTTP_X_REQUEST_ID="find-me").json()

    assert body["request_id"] == "find-me"
    assert any("find-me" in str(record.msg) for record in caplog.records)
