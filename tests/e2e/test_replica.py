"""A replica for lists."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import NewStack

pytestmark = pytest.mark.parametrize("backend", ["services"], indirect=True)

RECORDS = "/api/v1/certification-records"


def record(mentor_id: str) -> dict[str, str]:
    dates = {"issued_at": "2026-03-01T00:00:00Z", "expires_at": "2099-03-01T00:00:00Z"}
    return {"mentor_id": mentor_id, "cert_type": "peer_mentor", "status": "active", **dates}


@pytest.mark.services
def test_lists_come_from_the_replica_and_all_else_from_the_primary(
    new_stack: NewStack,
) -> None:
    # Two databases that replicate nothing: what an answer holds tells where it was read.
    replica = new_stack()
    replica.start_web()
    assert replica.api("POST", RECORDS, record("m-replica")).status == 201
    url = replica.environment["DATABASE_URL"]
    stack = new_stack(DATABASE_REPLICA_URL=url)
    stack.start_web()

    written = stack.api("POST", RECORDS, record("m-primary"))

    assert written.status == 201
    assert stack.get(f"{RECORDS}/m-primary").status == 200
    assert stack.get(f"{RECORDS}/m-replica").status == 404
    for query in ("", "?status=active", "?cursor=", "/expiring?within_days=3650"):
        listed = stack.get(f"{RECORDS}{query}").body
        expected = [] if "expiring" in query else ["m-replica"]
        assert [row["mentor_id"] for row in listed["data"]] == expected
        assert listed["pagination"]["total"] == len(expected)
    derived = stack.get("/api/v1/certifications?status=active").body
    assert [row["mentor_id"] for row in derived["data"]] == ["m-replica"]


@pytest.mark.services
def test_the_primary_alone_is_migrated(new_stack: NewStack) -> None:
    replica = new_stack()
    stack = new_stack(DATABASE_REPLICA_URL=replica.environment["DATABASE_URL"])

    migrated = stack.manage("migrate", "--database", "replica", "certifications", "zero")

    assert migrated.returncode == 0, migrated.stderr
    table = "from certifications.models import Certification as C; print(C.objects.count())"
    assert replica.shell(table) == "0"
