"""Bodies of no stated length under another WSGI server than ours, which hands over what comes."""

from __future__ import annotations

import io
from typing import Any

import orjson
import pytest
from rest_framework.test import APIClient

from certifications.models import Certification
from tests.config.test_problems import assert_problem
from tests.factories import TenantFactory
from tests.tenants import member_api

PATH = "/api/v1/certification-records"
RECORD = {"mentor_id": "m", "cert_type": "t", "expires_at": "2099-01-01"}
LIMIT = 1024 * 1024

pytestmark = pytest.mark.django_db


def send(
    api: APIClient,
    method: str,
    path: str,
    body: bytes | io.BytesIO,
    *,
    kind: str = "application/json",
    ends: bool = True,
) -> Any:
    """Send the body as PEP 3333 has it of one in chunks; `ends`: the server tells where it does."""
    environ: dict[str, Any] = {
        "CONTENT_LENGTH": "",
        "HTTP_TRANSFER_ENCODING": "chunked",
        "wsgi.input": io.BytesIO(body) if isinstance(body, bytes) else body,
        "wsgi.input_terminated": ends,
    }
    return api.generic(method, path, content_type=kind, **environ)


def test_a_body_in_chunks_is_read(api: APIClient) -> None:
    answer = send(api, "POST", PATH, orjson.dumps(RECORD))

    assert answer.status_code == 201
    assert Certification.objects.get().mentor_id == "m"


def test_a_filter_in_chunks_filters() -> None:
    api = member_api(TenantFactory.create())

    answer = send(api, "POST", "/v2/certificate/index", b'{"filter": {"nothing": 1}}')

    assert_problem(answer, 400)


def test_a_form_in_chunks_is_read() -> None:
    form = b'--x\r\nContent-Disposition: form-data; name="certificate_id"\r\n\r\nno-id\r\n--x--\r\n'
    api = member_api(TenantFactory.create())
    kind = "multipart/form-data; boundary=x"

    answer = send(api, "POST", "/v2/attachment/create", form, kind=kind)

    problem = assert_problem(answer, 400)
    assert "Must be a valid UUID" in str(problem["detail"])


def test_an_upload_in_chunks_of_a_stranger_is_not_read(api: APIClient) -> None:
    source = io.BytesIO(b"x" * 1000)

    answer = send(api, "POST", "/v2/attachment/create", source)

    assert_problem(answer, 401)
    assert source.tell() == 0


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_chunks_over_the_limit_are_a_413_and_not_read_on(api: APIClient, method: str) -> None:
    source = io.BytesIO(b" " * (3 * LIMIT))

    answer = send(api, method, f"{PATH}/m", source)

    assert_problem(answer, 413)
    assert source.tell() < LIMIT + 100_000


def test_chunks_that_nobody_ends_are_a_411(api: APIClient) -> None:
    assert_problem(send(api, "POST", PATH, orjson.dumps(RECORD), ends=False), 411)
