"""A body in pieces of no stated length counts like any other: .NET, Java and Node send them so."""

from __future__ import annotations

import http.client
import json
from typing import Any

import pytest

from tests.e2e.conftest import NewStack
from tests.e2e.stack import Stack

RECORDS = "/api/v1/certification-records"
CERTIFICATIONS = "/api/v1/certifications"
LATER = "2199-01-01T00:00:00Z"
PERSON = "123e4567-e89b-12d3-a456-426655440000"
TENANT = "00000000-0000-0000-0000-000000000001"
CERTIFICATE = "11111111-1111-4111-8111-111111111111"
FORM = "multipart/form-data; boundary=line"

pytestmark = pytest.mark.parametrize("backend", ["embedded"], indirect=True)


class Caller:
    """Sends each body in chunks of a few bytes, with a token for everything."""

    def __init__(self, stack: Stack) -> None:
        made = stack.manage("create_token", "pieces", "--role", "system", "--role", "admin")
        self.token = made.stdout.split()[-1]
        self.port = stack.port

    def __call__(
        self, method: str, path: str, body: Any, content_type: str = "application/json"
    ) -> tuple[int, Any]:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        size = max(len(content) // 5, 1)
        pieces = (content[at : at + size] for at in range(0, len(content), size))
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": content_type,
            "Transfer-Encoding": "chunked",
        }
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, pieces, headers, encode_chunked=True)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()


@pytest.fixture
def stack(new_stack: NewStack) -> Stack:
    stack = new_stack()
    stack.shell(
        "from certificates.models import Tenant; "
        f"Tenant.objects.create(tenant_id='{TENANT}', name='Tenant')"
    )
    stack.start_web()
    return stack


@pytest.fixture
def send(stack: Stack) -> Caller:
    return Caller(stack)


def test_a_dry_run_in_pieces_is_a_dry_run(stack: Stack, send: Caller) -> None:
    job = stack.create_job()

    status, run = send("POST", f"/api/v1/certification-cron/{job}/execute", {"dry_run": True})

    assert status == 202
    is_dry = stack.shell(
        "from cron.models import ExpiryCheckRun; print(ExpiryCheckRun.objects.get().dry_run)"
    )
    assert (run["status"], is_dry) == ("running", "True")


def test_every_operation_of_the_v1_apis_reads_pieces(send: Caller) -> None:
    record = {"cert_type": "cpr", "status": "active", "expires_at": LATER}
    renewal = {"renewed_at": "2026-01-01", "expires_at": "2199-02-01"}
    expiry = {"certification_type": "first_aid", "expiry_date": LATER}
    text = {"name": "First", "description": "Ten talks.", "criteria": "Have ten."}
    award = {"badge_definition_id": "bdg-def-001", "peer_mentor_id": "m"}

    answers = [
        send("POST", RECORDS, {"mentor_id": "m", **record}),
        send("PUT", f"{RECORDS}/m", record),
        send("POST", f"{RECORDS}/m/renewals", renewal),
        send("POST", CERTIFICATIONS, {"mentor_id": "n", **expiry}),
        send("PUT", f"{CERTIFICATIONS}/n", expiry),
        send("PUT", "/api/v1/mentors/m", {"name": "Kari", "email": "kari@example.org"}),
        send("POST", "/api/v1/badge-definitions", text),
        send("PUT", "/api/v1/badge-definitions/bdg-def-001", text | {"name": "Second"}),
        send("POST", "/api/v1/earned-badges", award),
        send("POST", "/api/v1/earned-badges/earned-001/revoke", {"reason": "A mistake."}),
    ]

    statuses = [201, 200, 201, 201, 200, 200, 201, 200, 201, 200]
    assert [status for status, _ in answers] == statuses, answers
    assert answers[7][1]["name"] == "Second"
    assert answers[9][1]["reason"] == "A mistake."


def test_every_operation_of_the_v2_apis_reads_pieces(send: Caller) -> None:
    certificate = {
        "certificate_id": CERTIFICATE,
        "date_release": "2023-01-01",
        "name": "Certificate of Safety",
        "action_type": "TRAINING",
        "resource_id": PERSON,
        "tenant_id": TENANT,
    }
    action = {"certificate_id": CERTIFICATE, "action_id": PERSON, "action_name": "Climb"}
    nothing = {"filter": {"name": "zzz-nothing-has-this-name"}}
    form = (
        b'--line\r\nContent-Disposition: form-data; name="certificate_id"\r\n\r\n'
        + CERTIFICATE.encode()
        + b'\r\n--line\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n'
        b"Content-Type: text/plain\r\n\r\nabc\r\n--line--\r\n"
    )

    assert send("POST", "/v2/certificate/create", certificate)[0] == 201
    assert send("POST", "/v2/certificate-action/create", action)[0] == 201
    assert send("POST", "/v2/attachment/create", form, FORM)[0] == 201
    changed = send("PUT", f"/v2/certificate/update/{CERTIFICATE}", {"name": "New"})
    assert (changed[0], changed[1]["name"]) == (200, "New")
    assert send("POST", "/v2/certificate/index", nothing) == (200, [])
    searched = {"filter": {"action_name": "zzz-nothing-has-this-name"}}
    assert send("POST", "/v2/certificate-action/index", searched) == (200, [])
    assert send("POST", "/v2/attachment/index", {"filter": {"name": "zzz"}}) == (200, [])


def test_a_body_in_pieces_over_the_limit_is_a_413(send: Caller) -> None:
    status, problem = send("POST", RECORDS, b" " * (1024 * 1024 + 1))

    assert (status, problem["status"]) == (413, 413)
