"""`Idempotency-Key`: sent again, a request gets the answer of the first and does nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from rest_framework.test import APIClient

from certificates.models import Attachment
from certifications.models import Certification, Renewal
from config.models import IdempotentAnswer
from cron.models import ExpiryCheckRun
from cron.services.jobs import create_job
from tests.conftest import client_of
from tests.factories import (
    BadgeDefinitionFactory,
    CertificateFactory,
    CertificationFactory,
    TenantFactory,
)

pytestmark = pytest.mark.django_db
EXPIRY = "/api/v1/certifications"
BODY = {
    "mentor_id": "m-1",
    "certification_type": "first_aid",
    "expiry_date": "2099-09-30T00:00:00Z",
}


def keyed(api: APIClient, path: str, body: Any, key: str = "key-1", **more: Any) -> Any:
    return api.post(path, body, HTTP_IDEMPOTENCY_KEY=key, **more)


def test_sent_again_it_gets_the_first_answer(api: APIClient) -> None:
    first = keyed(api, EXPIRY, BODY)

    again = keyed(api, EXPIRY, BODY)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert "Idempotent-Replayed" not in first
    assert again["Idempotent-Replayed"] == "true"
    assert Certification.objects.count() == 1


def test_without_a_key_or_with_another_it_is_another_request(api: APIClient) -> None:
    keyed(api, EXPIRY, BODY)

    assert api.post(EXPIRY, BODY).status_code == 409
    assert keyed(api, EXPIRY, BODY, key="key-2").status_code == 409


def test_the_same_json_may_be_written_otherwise(api: APIClient) -> None:
    keyed(api, EXPIRY, BODY)
    turned = dict(reversed(BODY.items()))

    assert keyed(api, EXPIRY, turned)["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (EXPIRY, BODY | {"mentor_id": "m-2"}),
        (EXPIRY, BODY | {"expiry_date": "2098-09-30T00:00:00Z"}),
        ("/api/v1/certification-records", {**BODY, "x": 1}),
    ],
)
def test_the_key_of_another_request_is_refused(
    api: APIClient, path: str, body: dict[str, Any]
) -> None:
    keyed(api, EXPIRY, BODY)

    refused = keyed(api, path, body)

    assert refused.status_code == 422
    assert refused.json()["type"] == "/problems/idempotency-key-reused"
    assert Certification.objects.count() == 1


def test_what_failed_may_be_sent_again_with_its_key(api: APIClient) -> None:
    assert keyed(api, EXPIRY, BODY | {"expiry_date": "2000-01-01"}).status_code == 400
    assert not IdempotentAnswer.objects.exists()

    assert keyed(api, EXPIRY, BODY).status_code == 201


def test_callers_have_keys_of_their_own(api: APIClient) -> None:
    keyed(api, EXPIRY, BODY)

    of_another = keyed(client_of("other", "system"), EXPIRY, BODY)

    assert of_another.status_code == 409
    assert keyed(api, EXPIRY, BODY, REMOTE_ADDR="127.0.0.2").status_code == 409


def test_a_key_counts_for_24_hours(
    api: APIClient, time_machine: time_machine.TimeMachineFixture
) -> None:
    begin = timezone.now()
    time_machine.move_to(begin, tick=False)
    keyed(api, EXPIRY, BODY)

    time_machine.move_to(begin + timedelta(hours=23, minutes=59), tick=False)
    assert keyed(api, EXPIRY, BODY).status_code == 201
    time_machine.move_to(begin + timedelta(hours=24), tick=False)
    assert keyed(api, EXPIRY, BODY).status_code == 409


@pytest.mark.parametrize("key", ["", "a b", "å", "k" * 256])
def test_what_is_no_key_is_named(api: APIClient, key: str) -> None:
    refused = keyed(api, EXPIRY, BODY, key=key)

    assert refused.status_code == 400
    assert [fault["pointer"] for fault in refused.json()["errors"]] == ["Idempotency-Key"]
    assert not Certification.objects.exists()


def test_a_request_that_may_not_be_made_gets_no_stored_answer(api: APIClient) -> None:
    definition = BadgeDefinitionFactory.create()
    path = "/api/v1/earned-badges"
    body = {
        "badge_definition_id": definition.public_id,
        "peer_mentor_id": "m-1",
        "awarded_by": "system",
    }
    made = keyed(client_of("badges", "system"), path, body)

    assert made.status_code == 201, made.content
    assert keyed(api, path, body).status_code == 401


def test_of_every_app(api: APIClient) -> None:
    held = CertificationFactory.create()
    tenant = TenantFactory.create()
    everything = client_of("everything", "system", "admin")
    bodies: dict[str, dict[str, Any]] = {
        "/api/v1/certification-records": {
            "mentor_id": "m-7",
            "cert_type": "a",
            "expires_at": "2099-01-01",
        },
        f"/api/v1/certification-records/{held.mentor_id}/renewals": {
            "renewed_at": "2026-03-26",
            "expires_at": "2099-03-26",
        },
        "/api/v1/certification-cron": {"name": "nightly", "cron_expression": "0 2 * * *"},
        "/api/v1/badge-definitions": {"name": "N", "description": "D", "criteria": "C"},
        "/v2/certificate/create": {
            "date_release": "2026-01-01",
            "name": "N",
            "action_type": "TRAINING",
            "resource_id": "123e4567-e89b-12d3-a456-426655440000",
            "tenant_id": str(tenant.pk),
        },
    }
    for path, body in bodies.items():
        first, again = (
            keyed(everything, path, body, key=path),
            keyed(everything, path, body, key=path),
        )

        assert first.status_code == 201, (path, first.content)
        assert (again.status_code, again.content) == (201, first.content)
    assert Renewal.objects.count() == 1


def test_a_file_is_attached_once(api: APIClient) -> None:
    certificate = CertificateFactory.create()
    system = client_of("files", "system")

    def attach(content: bytes) -> Any:
        file = SimpleUploadedFile("a.txt", content, content_type="text/plain")
        body = {"certificate_id": str(certificate.pk), "file": file}
        return keyed(system, "/v2/attachment/create", body, format="multipart")

    first, again, other = attach(b"one"), attach(b"one"), attach(b"two")

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert again.content == first.content
    assert Attachment.objects.count() == 1


def test_a_search_heeds_no_key(api: APIClient) -> None:
    system = client_of("search", "system")
    assert keyed(system, "/v2/certificate/index", {}).json() == []
    CertificateFactory.create()

    assert len(keyed(system, "/v2/certificate/index", {}).json()) == 1


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_check_is_executed_once(api: APIClient) -> None:
    job = create_job(name="nightly", cron_expression="0 2 * * *", enabled=True, now=timezone.now())
    path = f"/api/v1/certification-cron/{job.public_id}/execute"

    first = keyed(api, path, {"dry_run": False})
    again = keyed(api, path, {"dry_run": False})

    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json() == first.json()
    assert ExpiryCheckRun.objects.count() == 1


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_key_of_a_check_that_is_being_started_is_in_use_until_it_counts_as_abandoned(
    api: APIClient, monkeypatch: pytest.MonkeyPatch, time_machine: time_machine.TimeMachineFixture
) -> None:
    begin = timezone.now()
    time_machine.move_to(begin, tick=False)
    job = create_job(name="nightly", cron_expression="0 2 * * *", enabled=True, now=begin)
    path = f"/api/v1/certification-cron/{job.public_id}/execute"
    keyed(api, path, {"dry_run": True})
    # As a crash in the middle leaves it.
    IdempotentAnswer.objects.update(status=None, body="")
    ExpiryCheckRun.objects.all().delete()

    in_use = keyed(api, path, {"dry_run": True})
    time_machine.move_to(begin + timedelta(minutes=1), tick=False)
    later = keyed(api, path, {"dry_run": True})

    assert (in_use.status_code, in_use["Retry-After"]) == (409, "1")
    assert in_use.json()["type"] == "/problems/idempotency-key-in-use"
    assert later.status_code == 202
