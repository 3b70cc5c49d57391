"""Equal awards and revocations at once, with real threads on PostgreSQL."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import connection
from rest_framework.test import APIClient

from badges.models import EarnedBadge
from tests.factories import BadgeDefinitionFactory, EarnedBadgeFactory
from tests.threads import THREADS, all_at_once

BASE = "/api/v1/earned-badges"
pytestmark = [
    pytest.mark.services,
    # The roles come from a migration; each test has them again.
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]


@pytest.fixture(autouse=True)
def _on_postgresql() -> None:
    assert connection.vendor == "postgresql", "run by make test-services"


def test_of_twenty_equal_awards_one_is_new(system_api: APIClient) -> None:
    body = {
        "badge_definition_id": BadgeDefinitionFactory.create().public_id,
        "peer_mentor_id": "pm-kari-001",
    }

    answers = all_at_once(lambda number: system_api.post(BASE, body))

    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: THREADS - 1}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert EarnedBadge.objects.count() == 1


def test_of_twenty_revocations_one_counts(admin_api: APIClient) -> None:
    earned = EarnedBadgeFactory.create()
    url = f"{BASE}/{earned.public_id}/revoke"

    answers = all_at_once(lambda number: admin_api.post(url, {"reason": f"reason {number}"}))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["reason"] for answer in answers}) == 1
    assert EarnedBadge.history.filter(history_type="~").count() == 1
