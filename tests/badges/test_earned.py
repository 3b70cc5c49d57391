"""Awarding, finding and revoking badges."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from badges.models import EarnedBadge
from certifications.models import Mentor
from certifications.services import erase_mentor
from tests.factories import (
    BadgeDefinitionFactory,
    EarnedBadgeFactory,
    MentorFactory,
    OrganisationFactory,
)

BASE = "/api/v1/earned-badges"
pytestmark = pytest.mark.django_db


def award(api: APIClient, **changes: Any) -> Any:
    body = {"badge_definition_id": "bdg-def-001", "peer_mentor_id": "pm-kari-001", **changes}
    return api.post(BASE, {key: value for key, value in body.items() if value is not ...})


def faults(answer: Any) -> dict[str, str]:
    assert answer.status_code == 400, answer.content
    return {fault["pointer"]: fault["code"] for fault in answer.json()["errors"]}


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["data"]]


# Roles


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("get", BASE, {"system"}),
        ("post", BASE, {"system"}),
        ("get", f"{BASE}/exists?peer_mentor_id=m&badge_definition_id=bdg-def-001", {"system"}),
        ("get", f"{BASE}/by-organisation?organisation_id=o", {"system", "admin"}),
        ("post", f"{BASE}/earned-001/revoke", {"admin"}),
        ("get", f"{BASE}/earned-001/credential", {"system", "admin"}),
        ("get", "/api/v1/badge-definitions", {"admin", "system"}),
        ("post", "/api/v1/badge-definitions", {"admin"}),
        ("get", "/api/v1/badge-definitions/bdg-def-001", {"admin", "system"}),
        ("put", "/api/v1/badge-definitions/bdg-def-001", {"admin"}),
        ("delete", "/api/v1/badge-definitions/bdg-def-001", {"admin"}),
    ],
)
def test_each_operation_is_for_its_roles(
    api: APIClient,
    system_api: APIClient,
    admin_api: APIClient,
    method: str,
    path: str,
    allowed: set[str],
) -> None:
    refused = {
        role: getattr(client, method)(path).status_code in (401, 403)
        for role, client in (("system", system_api), ("admin", admin_api), ("nobody", api))
    }

    assert {role for role, is_refused in refused.items() if not is_refused} == allowed


# Awarding


def test_what_is_left_out_has_its_default(system_api: APIClient) -> None:
    BadgeDefinitionFactory.create(id=1)
    before = timezone.now().replace(microsecond=0)

    made = award(system_api).json()

    assert made["awarded_by"] == "system"
    assert made["revoked_at"] is None
    assert before <= datetime.fromisoformat(made["awarded_at"]) <= timezone.now()
    assert Mentor.objects.get().id == "pm-kari-001"


def test_the_same_again_is_the_badge_that_stands(system_api: APIClient) -> None:
    definition = BadgeDefinitionFactory.create(id=1)

    first = award(system_api, awarded_at="2026-01-22T14:35:00Z")
    again = award(system_api, awarded_at="2026-02-02T00:00:00Z", awarded_by="someone")
    definition.active = False
    definition.save()
    inactive = award(system_api)

    assert (first.status_code, again.status_code, inactive.status_code) == (201, 200, 200)
    assert first.json() == again.json() == inactive.json()
    assert EarnedBadge.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"badge_definition_id": "bdg-def-002"}, {"#/badge_definition_id": "does_not_exist"}),
        ({"badge_definition_id": "earned-001"}, {"#/badge_definition_id": "does_not_exist"}),
        ({"badge_definition_id": "1"}, {"#/badge_definition_id": "does_not_exist"}),
        ({"badge_definition_id": "bdg-def-009"}, {"#/badge_definition_id": "inactive"}),
        ({"peer_mentor_id": "a b"}, {"#/peer_mentor_id": "invalid"}),
        ({"peer_mentor_id": ...}, {"#/peer_mentor_id": "required"}),
        ({"awarded_by": "x" * 65}, {"#/awarded_by": "max_length"}),
        ({"awarded_at": "yesterday"}, {"#/awarded_at": "invalid"}),
        ({"revoked": True}, {"#/revoked": "unknown"}),
    ],
)
def test_faults_are_named_and_nothing_is_awarded(
    system_api: APIClient, changes: dict[str, Any], expected: dict[str, str]
) -> None:
    BadgeDefinitionFactory.create(id=1)
    BadgeDefinitionFactory.create(id=9, active=False)

    assert faults(award(system_api, **changes)) == expected
    assert not EarnedBadge.objects.exists()
    assert not Mentor.objects.exists()


def test_another_systems_clock_may_go_five_minutes_ahead(system_api: APIClient) -> None:
    BadgeDefinitionFactory.create(id=1)
    now = timezone.now()

    too_late = award(system_api, awarded_at=(now + timedelta(minutes=6)).isoformat())
    just = award(system_api, awarded_at=(now + timedelta(minutes=4)).isoformat())

    assert faults(too_late) == {"#/awarded_at": "in_the_future"}
    assert just.status_code == 201


def test_the_database_holds_one_standing_badge() -> None:
    earned = EarnedBadgeFactory.create()

    with pytest.raises(IntegrityError), transaction.atomic():
        EarnedBadgeFactory.create(definition=earned.definition, mentor=earned.mentor)
    with pytest.raises(IntegrityError), transaction.atomic():
        EarnedBadge.objects.update(revoked_at=timezone.now(), reason="")


# Finding


def test_filters(system_api: APIClient) -> None:
    first = EarnedBadgeFactory.create(awarded_at=datetime(2026, 1, 1, tzinfo=UTC))
    second = EarnedBadgeFactory.create(awarded_at=datetime(2026, 2, 1, tzinfo=UTC))
    EarnedBadge.objects.filter(pk=second.pk).update(revoked_at=timezone.now(), reason="r")

    def found(query: str) -> list[str]:
        return ids(system_api.get(f"{BASE}?{query}"))

    assert found("") == [first.public_id, second.public_id]
    assert found(f"peer_mentor_id={second.mentor_id}") == [second.public_id]
    assert found(f"badge_definition_id={first.definition.public_id}") == [first.public_id]
    assert found("badge_definition_id=nonsense") == []
    assert found("revoked=true") == [second.public_id]
    assert found("revoked=false") == [first.public_id]
    assert found("awarded_after=2026-01-01T00:00:01Z") == [second.public_id]
    assert found("awarded_before=2026-02-01") == [first.public_id]
    assert faults(system_api.get(f"{BASE}?revoked=maybe&colour=red")) == {
        "?revoked": "invalid",
        "?colour": "unknown",
    }


def test_an_organisations_badges_are_those_of_its_mentors_now(admin_api: APIClient) -> None:
    old, new = OrganisationFactory.create_batch(2)
    mentor = MentorFactory.create(organisation=old)
    late = EarnedBadgeFactory.create(mentor=mentor, awarded_at=datetime(2026, 2, 1, tzinfo=UTC))
    early = EarnedBadgeFactory.create(mentor=mentor, awarded_at=datetime(2026, 1, 1, tzinfo=UTC))

    def badges_of(organisation_id: str) -> list[str]:
        return ids(admin_api.get(f"{BASE}/by-organisation?organisation_id={organisation_id}"))

    before = badges_of(old.id)
    mentor.organisation = new
    mentor.save()

    assert before == [early.public_id, late.public_id]
    assert badges_of(old.id) == []
    assert badges_of(new.id) == before
    missing = admin_api.get(f"{BASE}/by-organisation")
    assert faults(missing) == {"?organisation_id": "required"}
    assert faults(admin_api.get(f"{BASE}/by-organisation?organisation_id=o&revoked=true")) == {
        "?revoked": "unknown"
    }


@pytest.mark.parametrize("badges", [1, 60])
@pytest.mark.parametrize("path", ["", "/by-organisation?organisation_id=o"])
def test_a_list_costs_two_queries_with_the_token(
    system_api: APIClient, badges: int, path: str
) -> None:
    organisation = OrganisationFactory.create(id="o")
    EarnedBadgeFactory.create_batch(badges, mentor__organisation=organisation)

    system_api.get(f"{BASE}/exists")  # the token's first use of the day is written down

    with CaptureQueriesContext(connection) as queries:
        system_api.get(f"{BASE}{path}")

    assert len(queries) == 2, queries.captured_queries


def test_exists(system_api: APIClient) -> None:
    earned = EarnedBadgeFactory.create()
    url = f"{BASE}/exists?peer_mentor_id={earned.mentor_id}&badge_definition_id="
    nothing = {"exists": False, "earned_badge_id": None}

    there = system_api.get(url + earned.definition.public_id).json()
    other = system_api.get(f"{url}bdg-def-999").json()
    nonsense = system_api.get(f"{url}x").json()
    EarnedBadge.objects.update(revoked_at=timezone.now(), reason="r")
    revoked = system_api.get(url + earned.definition.public_id).json()

    assert there == {"exists": True, "earned_badge_id": earned.public_id}
    assert other == nonsense == revoked == nothing
    assert faults(system_api.get(f"{BASE}/exists")) == {
        "?peer_mentor_id": "required",
        "?badge_definition_id": "required",
    }


# Revoking


def test_revoking_is_once_and_for_all(admin_api: APIClient, system_api: APIClient) -> None:
    earned = EarnedBadgeFactory.create()
    url = f"{BASE}/{earned.public_id}/revoke"

    first = admin_api.post(url, {"reason": "By mistake."})
    again = admin_api.post(url, {"reason": "Another reason."})
    listed = system_api.get(f"{BASE}?revoked=true").json()["data"]

    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    assert first.json()["reason"] == "By mistake."
    assert first.json()["revoked_by"] == "badge-admin"
    assert listed[0]["revoked_at"] == first.json()["revoked_at"]
    lines = EarnedBadge.history.order_by("history_id")
    assert [line.history_type for line in lines] == ["+", "~"]
    assert str(lines[1].history_user) == "badge-admin"


def test_revoking_needs_a_reason_and_a_badge(admin_api: APIClient) -> None:
    earned = EarnedBadgeFactory.create()

    assert faults(admin_api.post(f"{BASE}/{earned.public_id}/revoke", {})) == {
        "#/reason": "required"
    }
    assert admin_api.post(f"{BASE}/earned-999/revoke", {"reason": "r"}).status_code == 404
    assert admin_api.post(f"{BASE}/bdg-def-001/revoke", {"reason": "r"}).status_code == 404
    earned.refresh_from_db()
    assert not earned.is_revoked


def test_a_revoked_badge_may_be_earned_again(admin_api: APIClient, system_api: APIClient) -> None:
    earned = EarnedBadgeFactory.create(definition__id=1, mentor__id="pm-kari-001")
    admin_api.post(f"{BASE}/{earned.public_id}/revoke", {"reason": "r"})

    again = award(system_api)

    assert again.status_code == 201
    assert again.json()["id"] != earned.public_id


def test_erasing_a_mentor_takes_badges_and_their_history() -> None:
    earned = EarnedBadgeFactory.create()

    erase_mentor(mentor_id=earned.mentor_id, force=True)

    assert not EarnedBadge.objects.exists()
    assert not EarnedBadge.history.exists()
