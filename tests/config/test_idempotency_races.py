"""The same key at the same moment, with real threads on PostgreSQL."""

from __future__ import annotations

import threading
import time
from collections import Counter

import pytest
from django.db import connection, transaction
from rest_framework.test import APIClient

from certifications.models import Certification, Renewal
from certifications.services.mentors import lock_mentor
from config.api import idempotency
from tests.factories import CertificationFactory
from tests.threads import THREADS, all_at_once

pytestmark = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]
EXPIRY = "/api/v1/certifications"
BODY = {"mentor_id": "m-1", "certification_type": "first_aid", "expiry_date": "2099-09-30"}


def test_all_get_the_answer_of_the_one_that_did_it() -> None:
    answers = all_at_once(lambda _: APIClient().post(EXPIRY, BODY, HTTP_IDEMPOTENCY_KEY="k"))

    assert Counter(answer.status_code for answer in answers) == {201: THREADS}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotent-Replayed" in answer for answer in answers) == THREADS - 1
    assert Certification.objects.count() == 1


def test_whoever_waits_too_long_is_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "WAIT_SECONDS", 1)
    held = CertificationFactory.create()
    path = f"/api/v1/certification-records/{held.mentor_id}/renewals"
    body = {"renewed_at": "2026-03-26", "expires_at": "2099-03-26"}
    answers = []

    def send() -> None:
        answers.append(APIClient().post(path, body, HTTP_IDEMPOTENCY_KEY="k"))
        connection.close()

    with transaction.atomic():
        # The first waits for the mentor while it holds the key.
        lock_mentor(held.mentor_id)
        first = threading.Thread(target=send)
        first.start()
        _wait_for_a_lock()
        second = threading.Thread(target=send)
        second.start()
        second.join(30)
        in_use = answers[0]
    first.join(30)

    assert (in_use.status_code, in_use["Retry-After"]) == (409, "1")
    assert answers[1].status_code == 201
    assert Renewal.objects.count() == 1


def _wait_for_a_lock() -> None:
    """Until somebody waits for a row that this connection has locked."""
    for _ in range(500):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks "
                "WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError("Nobody waits.")
