"""A client that a generator makes from the schema: what the document says is what one can call."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

from tests.e2e.conftest import NewStack
from tests.e2e.stack import Stack

pytestmark = pytest.mark.parametrize("backend", ["embedded"], indirect=True)
PACKAGE = "certkeep_client_of_the_test"
PERSON = "123e4567-e89b-12d3-a456-426655440000"
TENANT = "00000000-0000-0000-0000-000000000001"


class Call:
    """Calls an operation by its module, with a JSON body; returns what came, after its status."""

    def __init__(self, client: Any) -> None:
        self.client = client
        #: The headers of the last answer.
        self.headers: dict[str, str] = {}

    def __call__(
        self,
        status: int,
        operation: str,
        *args: Any,
        model: str = "",
        body: dict[str, Any] | None = None,
        **parameters: Any,
    ) -> Any:
        if body is not None:
            module = importlib.import_module(f"{PACKAGE}.models")
            parameters["body"] = getattr(module, model).from_dict(body)
        found = importlib.import_module(f"{PACKAGE}.api.{operation}")
        response = found.sync_detailed(*args, client=self.client, **parameters)
        assert response.status_code == status, response.content
        self.headers = response.headers
        return response.parsed


@pytest.fixture
def stack(new_stack: NewStack) -> Stack:
    """A server with a tenant."""
    stack = new_stack()
    stack.shell(
        "from certificates.models import Tenant; "
        f"Tenant.objects.create(tenant_id='{TENANT}', name='Tenant')"
    )
    stack.start_web()
    return stack


@pytest.fixture
def call(stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Call]:
    _generate(stack, tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    token = stack.manage("create_token", "client", "--role", "system", "--role", "admin").stdout
    client = importlib.import_module(f"{PACKAGE}.client").AuthenticatedClient(
        base_url=stack.url, token=token.split()[-1], raise_on_unexpected_status=True
    )

    with client:
        yield Call(client)
    for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
        del sys.modules[name]


def _generate(stack: Stack, folder: Path) -> None:
    schema, config = folder / "schema.yaml", folder / "config.yaml"
    config.write_text("post_hooks: []\n", encoding="utf-8")
    written = stack.manage("spectacular", "--file", str(schema))
    assert written.returncode == 0, written.stderr
    generator = Path(sys.executable).parent / "openapi-python-client"
    options = ["--meta", "none", "--output-path", str(folder / PACKAGE), "--fail-on-warning"]
    made = subprocess.run(
        [generator, "generate", "--path", schema, "--config", config, *options],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr


def test_one_round_through_every_contract(call: Call) -> None:
    _records(call)
    _certifications(call)
    _cron(call)
    _certificates(call)
    _badges(call)


def test_a_list_is_walked_by_cursor(call: Call) -> None:
    of = "certification_records.api_v1_certification_records"
    for number in range(5):
        body = {"mentor_id": f"m{number}", "cert_type": "cpr", "expires_at": "2099-03-01"}
        call(201, f"{of}_create", model="RecordInputRequest", body=body)

    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        part = call(
            200, f"{of}_list", cursor=cursor, limit=2, mentor_id=[f"m{n}" for n in range(4)]
        )
        found += [row.mentor_id for row in part.data]
        cursor = _next_cursor(call.headers["link"])

    assert found == ["m0", "m1", "m2", "m3"]


def _next_cursor(link: str) -> str | None:
    """The cursor that a Link header names as next."""
    found = re.search(r'<([^>]*)>; rel="next"', link)
    return parse_qs(urlsplit(found[1]).query)["cursor"][0] if found else None


def _records(call: Call) -> None:
    of = "certification_records.api_v1_certification_records"
    record = {
        "mentor_id": "mentor-42",
        "cert_type": "peer_mentor_level_2",
        "status": "active",
        "issued_at": "2026-03-01T00:00:00Z",
        "expires_at": "2099-03-01T00:00:00Z",
    }
    renewal = {"renewed_at": "2026-03-26T00:00:00Z", "expires_at": "2099-03-26T00:00:00Z"}

    made = call(
        201, f"{of}_create", model="RecordInputRequest", body=record, idempotency_key="made-1"
    )
    appended = call(
        201, f"{of}_renewals_create", "mentor-42", model="RenewalInputRequest", body=renewal
    )
    read = call(200, f"{of}_retrieve", "mentor-42")
    listed = call(200, f"{of}_list", cert_type=["peer_mentor_level_2"], limit=5)
    expiring = call(200, f"{of}_expiring_list", within_days=3650)
    body = {name: record[name] for name in ("cert_type", "status", "expires_at")}
    call(200, f"{of}_update", "mentor-42", model="RecordUpdateInputRequest", body=body)
    deleted = call(200, f"{of}_destroy", "mentor-42")

    assert (made.upserted, appended.total_renewals) == (True, 1)
    (entry,) = read.renewal_history
    moments = [datetime.fromisoformat(moment) for moment in renewal.values()]
    assert [entry.renewed_at, entry.expires_at] == moments
    assert (listed.pagination.total, listed.data[0].mentor_id) == (1, "mentor-42")
    assert expiring.data == []
    assert (deleted.deleted, deleted.mentor_id) == (True, "mentor-42")
    assert call(404, f"{of}_retrieve", "mentor-42").title == "Not found"


def _certifications(call: Call) -> None:
    of = "certifications.api_v1_certifications"
    body = {"certification_type": "first_aid", "expiry_date": "2099-04-15T00:00:00Z"}

    model = "CertificationInputRequest"
    call(201, f"{of}_create", model=model, body={"mentor_id": "sarah", **body})
    later = body | {"expiry_date": "2099-05-15T00:00:00Z"}
    call(200, f"{of}_update", "sarah", model="CertificationUpdateInputRequest", body=later)
    read = call(200, f"{of}_retrieve", "sarah")
    listed = call(200, f"{of}_list", within_days=30)
    call(200, f"{of}_reminder_plan_retrieve", "sarah")
    call(200, f"{of}_destroy", "sarah")

    assert (read.status.value, read.expiry_date.year) == ("active", 2099)
    assert listed.data == []


def _cron(call: Call) -> None:
    of = "certification_cron.api_v1_certification_cron"
    body = {"name": "nightly_expiry_check", "cron_expression": "0 2 * * *", "enabled": True}

    made = call(201, f"{of}_create", model="JobInputRequest", body=body)
    change = {"cron_expression": "0 3 * * *", "enabled": True}
    call(200, f"{of}_update", made.id, model="JobUpdateInputRequest", body=change)
    read = call(200, f"{of}_retrieve", made.id)
    model, dry = "ExecuteInputRequest", {"dry_run": True}
    run = call(202, f"{of}_execute_create", made.id, model=model, body=dry)
    runs = call(200, f"{of}_runs_list", made.id)
    call(200, f"{of}_destroy", made.id)

    assert read.cron_expression == "0 3 * * *"
    assert runs.data[0].run_id == run.run_id
    assert call(200, f"{of}_list").data == []


def _certificates(call: Call) -> None:
    of = "certificate.certificate"
    body = {
        "date_release": "2023-01-01",
        "name": "Certificate of Safety",
        "action_type": "TRAINING",
        "resource_id": PERSON,
        "tenant_id": TENANT,
        "validity_unit": "YEAR",
        "validity": 90,
    }

    made = call(201, f"{of}_create", model="CertificateInputRequest", body=body)
    change = {"name": "Updated Certificate", "validity": 91}
    of_one = str(made.certificate_id)
    call(200, f"{of}_update", of_one, model="CertificateUpdateInputRequest", body=change)
    read = call(200, f"{of}_view", of_one)
    search = {"filter": {"resource_id": PERSON}, "per-page": 20, "page": 1, "sort": "name"}
    found = call(200, f"{of}_index", model="CertificateIndexInputRequest", body=search)
    call(200, f"{of}_destroy", of_one)

    assert (read.name, read.validity, str(read.date_expire)) == (*change.values(), "2114-01-01")
    assert [one.resource_id for one in found] == [UUID(PERSON)]
    assert call(404, f"{of}_view", of_one).status == 404


def _badges(call: Call) -> None:
    of = "earned_badges.api_v1_earned_badges"
    text = {"name": "First steps", "description": "Ten talks.", "criteria": "Have ten talks."}
    definition = call(
        201,
        "badge_definitions.api_v1_badge_definitions_create",
        model="DefinitionInputRequest",
        body=text,
    )
    award = {
        "badge_definition_id": definition.id,
        "peer_mentor_id": "pm-kari-001",
        "awarded_at": "2026-03-26T16:00:12Z",
        "awarded_by": "system",
    }

    earned = call(201, f"{of}_create", model="AwardInputRequest", body=award)
    of_mentor = {"peer_mentor_id": "pm-kari-001", "badge_definition_id": definition.id}
    exists = call(200, f"{of}_exists_retrieve", **of_mentor)
    listed = call(200, f"{of}_list", **of_mentor)
    of_none = call(200, f"{of}_by_organisation_list", organisation_id="none")

    assert (exists.exists, exists.earned_badge_id) == (True, earned.id)
    assert ([one.id for one in listed.data], of_none.data) == ([earned.id], [])
