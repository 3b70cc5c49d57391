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


@pytest.mark.parametrize("given", ["find-me", "not good", None])
def test_answer_problem_and_log_line_carry_one_id(
    api: APIClient,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    given: str | None,
) -> None:
    headers = {} if given is None else {"HTTP_X_REQUEST_ID": given}

    with caplog.at_level(logging.INFO):
        response = api.get("/nothing", **headers)  # type: ignore[arg-type]

    # By itself as JSON, by the standard library for the console.
    lines = capfd.readouterr().err.splitlines() + [str(record.msg) for record in caplog.records]
    (finished,) = [line for line in lines if "request_finished" in line]
    answered = response["X-Request-ID"]
    assert answered in finished
    assert response.json()["request_id"] == answered
    assert (answered == "find-me") == (given == "find-me")


def test_each_request_gets_an_id_of_its_own(api: APIClient) -> None:
    ids = {api.get(PATH)["X-Request-ID"] for _ in range(5)}

    assert len(ids) == 5
