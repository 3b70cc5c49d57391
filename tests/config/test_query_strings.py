"""No parameter looks as if it had filtered: an empty or repeated one filters, or is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from certificates.models import Tenant
from tests.config.test_problems import assert_problem
from tests.factories import (
    BadgeDefinitionFactory,
    CertificationFactory,
    CertificationTypeFactory,
    EarnedBadgeFactory,
    MentorFactory,
    OrganisationFactory,
    RenewalFactory,
    TenantFactory,
)
from tests.tenants import member_api

pytestmark = pytest.mark.django_db

RECORDS = "/api/v1/certification-records"
CERTIFICATIONS = "/api/v1/certifications"
BADGES = "/api/v1/earned-badges"
#: Parameters that take one value, by where they are.
SINGLE = {
    RECORDS: ("expires_after", "expires_before", "ordering", "page", "limit", "cursor"),
    f"{RECORDS}/expiring": ("within_days", "ordering", "page", "limit", "cursor"),
    f"{RECORDS}/m1": ("cert_type",),
    CERTIFICATIONS: ("within_days", "expires_after", "expires_before", "ordering", "cursor"),
    f"{CERTIFICATIONS}/m1": ("certification_type",),
    f"{CERTIFICATIONS}/m1/reminder-plan": ("certification_type",),
    BADGES: ("awarded_after", "awarded_before", "page", "limit", "cursor"),
    f"{BADGES}/by-organisation": ("organisation_id", "page"),
    f"{BADGES}/exists": ("peer_mentor_id", "badge_definition_id"),
    "/api/v1/certification-cron": ("page", "limit", "cursor"),
}
#: Filters that take several.
SEVERAL = {
    RECORDS: ("mentor_id", "cert_type", "status"),
    f"{RECORDS}/expiring": ("mentor_id", "cert_type"),
    CERTIFICATIONS: ("mentor_id", "certification_type", "status"),
    BADGES: ("peer_mentor_id", "badge_definition_id", "revoked"),
    "/api/v1/mentors": ("organisation_id", "language"),
}
EACH = [(path, name) for path, names in SINGLE.items() for name in names]
ANY_OF = [(path, name) for path, names in SEVERAL.items() for name in names]


def needed(path: str, name: str) -> list[str]:
    """What the operation can't do without, beside the parameter of that name."""
    others = {"organisation_id": "o", "peer_mentor_id": "m", "badge_definition_id": "b"}
    taken = SINGLE.get(path, ())
    return [f"{one}={value}" for one, value in others.items() if one in taken and one != name]


def fault_of(api: APIClient, path: str, query: str) -> tuple[str, str]:
    problem: Any = assert_problem(api.get(f"{path}?{query}"), 400)
    (fault,) = problem["errors"]
    return fault["pointer"], fault["code"]


def mentors_of(api: APIClient, path: str, query: str) -> list[str]:
    body = api.get(f"{path}?{query}").json()
    assert body["pagination"]["total"] == len(body["data"]), body
    return sorted(row["mentor_id"] for row in body["data"])


@pytest.mark.parametrize("value", ["", "%20", "%09+"])
@pytest.mark.parametrize(("path", "name"), [*EACH, *ANY_OF])
def test_an_empty_parameter_is_refused_by_name(
    system_api: APIClient, path: str, name: str, value: str
) -> None:
    if name == "cursor":
        pytest.skip("an empty cursor is the beginning")
    found = fault_of(system_api, path, "&".join([f"{name}={value}", *needed(path, name)]))

    assert found == (f"?{name}", "blank")


@pytest.mark.parametrize(("path", "name"), EACH)
def test_a_parameter_of_one_value_is_refused_where_it_is_repeated(
    system_api: APIClient, path: str, name: str
) -> None:
    value = "2026-01-01" if "_after" in name or "_before" in name else "1"
    value = {"ordering": "mentor_id", "cursor": ""}.get(name, value)
    found = fault_of(system_api, path, "&".join([f"{name}={value}"] * 2 + needed(path, name)))

    assert found == (f"?{name}", "repeated")


def test_an_empty_value_beside_others_is_refused(api: APIClient) -> None:
    assert fault_of(api, RECORDS, "mentor_id=m1&mentor_id=") == ("?mentor_id", "blank")


def test_writing_and_the_v2_apis_refuse_the_same(api: APIClient, tenant_api: APIClient) -> None:
    id = uuid4()
    asked = [
        (api.delete(f"{RECORDS}/m?cert_type="), "?cert_type"),
        (api.put(f"{RECORDS}/m?cert_type=a&cert_type=b", {}), "?cert_type"),
        (api.delete(f"{CERTIFICATIONS}/m?certification_type="), "?certification_type"),
        (tenant_api.get(f"/v2/certificate/view?id={id}&id={uuid4()}"), "?id"),
        (tenant_api.get("/v2/certificate/view?id="), "?id"),
        (tenant_api.delete(f"/v2/certificate/delete/{id}?force=true&force=false"), "?force"),
        (tenant_api.delete(f"/v2/certificate/delete/{id}?force="), "?force"),
        (tenant_api.post("/v2/certificate/index?page=1&page=2", {}), "?page"),
        (tenant_api.get("/v2/webhook-event/index?after="), "?after"),
    ]

    for answer, pointer in asked:
        problem: Any = assert_problem(answer, 400)
        assert [fault["pointer"] for fault in problem["errors"]] == [pointer]


@pytest.fixture
def tenant() -> Tenant:
    return TenantFactory.create()


@pytest.fixture
def tenant_api(tenant: Tenant) -> APIClient:
    return member_api(tenant)


def make_certifications() -> None:
    for number, (code, status) in enumerate(
        [("a", "active"), ("b", "expired"), ("c", "suspended"), ("a", "revoked"), ("b", "active")]
    ):
        RenewalFactory.create(
            certification=CertificationFactory.create(
                mentor=MentorFactory.create(id=f"m{number}"),
                certification_type=CertificationTypeFactory.create(code=code),
                status=status,
                expires_at=datetime(2199, 1, 1, tzinfo=UTC),
            )
        )


@pytest.mark.parametrize(
    ("path", "query", "found"),
    [
        (RECORDS, "mentor_id=m1&mentor_id=m2", ["m1", "m2"]),
        (RECORDS, "mentor_id=m1&mentor_id=m1", ["m1"]),
        (RECORDS, "mentor_id=m4&mentor_id=m0&mentor_id=m2&mentor_id=x", ["m0", "m2", "m4"]),
        (RECORDS, "status=active&status=expired", ["m0", "m1", "m4"]),
        (RECORDS, "cert_type=a&cert_type=b&status=active", ["m0", "m4"]),
        (RECORDS, "cert_type=a&cert_type=b&status=active&status=revoked", ["m0", "m3", "m4"]),
        (RECORDS, "status=active&status=expired&ordering=-updated_at", ["m0", "m1", "m4"]),
        (RECORDS, "status=active&status=expired&cursor=", ["m0", "m1", "m4"]),
        (f"{RECORDS}/expiring", "within_days=3650&mentor_id=m0&mentor_id=m1", []),
        (CERTIFICATIONS, "status=active&status=expired", ["m0", "m1", "m4"]),
        (CERTIFICATIONS, "status=suspended&status=revoked&status=expiring_soon", ["m2", "m3"]),
        (CERTIFICATIONS, "certification_type=a&certification_type=c", ["m0", "m2", "m3"]),
    ],
)
def test_a_repeated_filter_finds_the_rows_of_any_of_its_values(
    api: APIClient, path: str, query: str, found: list[str]
) -> None:
    make_certifications()

    assert mentors_of(api, path, query) == found


def test_a_repeated_filter_is_checked_value_by_value(api: APIClient) -> None:
    assert fault_of(api, RECORDS, "status=active&status=lost") == ("?status", "invalid")


def test_hundreds_of_values_cost_one_query_like_one(
    api: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_certifications()
    many = "&".join(f"mentor_id=m{number}" for number in range(700))

    with django_assert_num_queries(1):
        found = mentors_of(api, RECORDS, many)

    assert found == ["m0", "m1", "m2", "m3", "m4"]


def test_a_link_keeps_all_values_of_a_filter(api: APIClient) -> None:
    make_certifications()

    link = api.get(f"{RECORDS}?status=active&status=expired&limit=1")["Link"]

    assert "status=active&status=expired&limit=1&page=2>" in link


def test_mentors_and_badges_take_several_values_as_well(system_api: APIClient) -> None:
    homes = OrganisationFactory.create_batch(3)
    mentors = [MentorFactory.create(organisation=home) for home in homes]
    definitions = BadgeDefinitionFactory.create_batch(3)
    earned = [
        EarnedBadgeFactory.create(mentor=mentor, definition=definition)
        for mentor, definition in zip(mentors, definitions, strict=True)
    ]

    def ids(path: str, query: str, key: str) -> set[str]:
        return {row[key] for row in system_api.get(f"{path}?{query}").json()["data"]}

    of_two = f"organisation_id={homes[0].pk}&organisation_id={homes[2].pk}"
    assert ids("/api/v1/mentors", of_two, "mentor_id") == {mentors[0].pk, mentors[2].pk}
    of_two = f"peer_mentor_id={mentors[0].pk}&peer_mentor_id={mentors[1].pk}"
    assert ids(BADGES, of_two, "id") == {earned[0].public_id, earned[1].public_id}
    names = [definition.public_id for definition in definitions]
    of_two = f"badge_definition_id={names[1]}&badge_definition_id={names[2]}"
    assert ids(BADGES, of_two, "id") == {earned[1].public_id, earned[2].public_id}
    assert len(ids(BADGES, "revoked=true&revoked=false", "id")) == 3
