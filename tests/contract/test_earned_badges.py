"""Contract 5: every example of it, through HTTP."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine
from rest_framework.test import APIClient

from badges.api import examples
from tests.contract.compare import assert_same
from tests.factories import (
    BadgeDefinitionFactory,
    EarnedBadgeFactory,
    MentorFactory,
    OrganisationFactory,
)

BASE = "/api/v1/earned-badges"

pytestmark = pytest.mark.django_db


def test_list(system_api: APIClient) -> None:
    EarnedBadgeFactory.create(id=1, definition__id=1, mentor__id="pm-kari-001")

    answer = system_api.get(f"{BASE}?peer_mentor_id=pm-kari-001")

    assert answer.status_code == 200
    assert_same(answer.json(), examples.EARNED_LIST)


def test_by_organisation(system_api: APIClient) -> None:
    organisation = OrganisationFactory.create(id="likeperson-oslo")
    definition = BadgeDefinitionFactory.create(id=1)
    for number, mentor_id, awarded_at in (
        (1, "pm-kari-001", datetime(2026, 1, 22, 14, 35, tzinfo=UTC)),
        (3, "pm-lars-002", datetime(2026, 1, 28, 9, 10, tzinfo=UTC)),
    ):
        mentor = MentorFactory.create(id=mentor_id, organisation=organisation)
        EarnedBadgeFactory.create(
            id=number, definition=definition, mentor=mentor, awarded_at=awarded_at
        )
    later = datetime(2026, 2, 1, tzinfo=UTC)
    for number in range(1001, 1088):
        EarnedBadgeFactory.create(
            id=number,
            definition=definition,
            mentor__organisation=organisation,
            awarded_at=later,
        )

    answer = system_api.get(f"{BASE}/by-organisation?organisation_id=likeperson-oslo")

    assert answer.status_code == 200
    body = answer.json()
    assert len(body["data"]) == 50
    assert_same({**body, "data": body["data"][:2]}, examples.BY_ORGANISATION)


def test_award(system_api: APIClient) -> None:
    BadgeDefinitionFactory.create(id=4)

    with time_machine.travel(datetime(2026, 3, 26, 16, 0, 12, tzinfo=UTC), tick=False):
        answer = system_api.post(BASE, examples.AWARD_REQUEST)

    assert answer.status_code == 201
    made = answer.json()
    assert_same({**made, "id": "earned-017"}, examples.AWARDED)
    assert made["id"].startswith("earned-")


def test_exists(system_api: APIClient) -> None:
    EarnedBadgeFactory.create(id=1, definition__id=1, mentor__id="pm-kari-001")

    answer = system_api.get(
        f"{BASE}/exists?peer_mentor_id=pm-kari-001&badge_definition_id=bdg-def-001"
    )

    assert answer.status_code == 200
    assert_same(answer.json(), examples.EXISTS)
