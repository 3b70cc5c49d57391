"""The filters of lists say what a plain look at each row says, or refuse the value by name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient
from time_machine import TimeMachineFixture

from tests.conftest import EXAMPLE_NOW
from tests.factories import (
    BadgeDefinitionFactory,
    CertificationFactory,
    CertificationTypeFactory,
    EarnedBadgeFactory,
    MentorFactory,
    OrganisationFactory,
)

Row = dict[str, Any]
Question = dict[str, str]
Keeps = Callable[[Row, str], bool]
#: Days around now at which something expires, some at its very moment.
DAYS = (-400, -30, -1, 0, 1, 29, 30, 31, 90, 400)
REVOKED = {"revoked_at": EXAMPLE_NOW, "revoked_by": "boss", "reason": "Left"}
STATUSES = ("active", "suspended", "revoked", "active", "expired")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(EXAMPLE_NOW, tick=False)


def moment(text: str) -> datetime:
    """What a text of `MOMENTS` means: UTC where it has no offset, midnight where no time."""
    read = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def after(key: str) -> Keeps:
    return lambda row, text: moment(row[key]) >= moment(text)


def before(key: str) -> Keeps:
    return lambda row, text: moment(row[key]) < moment(text)


def equal(key: str) -> Keeps:
    return lambda row, text: str(row[key]) == text


def expires_within(row: Row, text: str) -> bool:
    left = moment(row["expiry_date"]) - EXAMPLE_NOW
    # Whoever expires at this moment is shown as expired, and is active still where it is stored.
    is_active = row["status"] in ("active", "expiring_soon") or not left
    return is_active and timedelta() <= left <= timedelta(days=int(text))


OFFSETS = st.sampled_from([UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-11.5))])
NEAR = st.sampled_from([EXAMPLE_NOW + timedelta(days=days) for days in DAYS])
FAR = st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1)).map(
    lambda naive: naive.replace(microsecond=0, tzinfo=UTC)
)
MOMENTS = st.builds(
    lambda when, offset, short: (
        f"{when:%Y-%m-%d}" if short else when.astimezone(offset).isoformat()
    ),
    NEAR | FAR,
    OFFSETS,
    st.booleans(),
).filter(lambda text: len(text.split("-")[0]) == 4)
ANYTHING = st.text(max_size=20) | st.sampled_from(
    ["0", "-1", "9" * 25, "\x00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "NaN"]
)


def words(*known: str) -> st.SearchStrategy[str]:
    return st.sampled_from([*known, "unknown"])


def questions(sound: dict[str, st.SearchStrategy[str]]) -> st.SearchStrategy[Question]:
    return st.fixed_dictionaries({}, optional=sound)


def ask(api: APIClient, path: str, question: Question) -> Any:
    return api.get(path, {"limit": "100", **question})


def rows_of(answer: Any) -> list[Row]:
    assert answer.status_code == 200, answer.content
    rows: list[Row] = answer.json()["data"]
    assert answer.json()["pagination"]["total"] == len(rows)
    return rows


def assert_filters(
    api: APIClient, path: str, sound: dict[str, st.SearchStrategy[str]], keeps: dict[str, Keeps]
) -> None:
    """Each question is answered by the rows that a look at all of them finds."""
    everything = rows_of(ask(api, path, {}))
    assert len(everything) > 5

    @settings(max_examples=60)
    @given(question=questions(sound))
    def check(question: Question) -> None:
        found = rows_of(ask(api, path, question))

        wanted = [
            row
            for row in everything
            if all(keeps[name](row, value) for name, value in question.items())
        ]
        assert sorted(found, key=repr) == sorted(wanted, key=repr)

    @settings(max_examples=60)
    @given(name=st.sampled_from([*sound, "ordering", "page", "limit", "cursor"]), value=ANYTHING)
    def check_anything(name: str, value: str) -> None:
        answer = ask(api, path, {name: value})
        assert answer.status_code in (200, 400)
        assert answer.status_code == 200 or f"?{name}" in answer.content.decode()

    check()
    check_anything()


def make_certifications() -> None:
    for kind, soon in (("first_aid", 30), ("peer_mentor_level_1", 90)):
        CertificationTypeFactory.create(code=kind, expiring_soon_days=soon)
        for number, days in enumerate(DAYS):
            CertificationFactory.create(
                mentor=MentorFactory.create(id=f"{kind[0]}-m{number}"),
                certification_type=CertificationTypeFactory.create(code=kind),
                status=STATUSES[number % len(STATUSES)],
                expires_at=EXAMPLE_NOW + timedelta(days=days),
            )


def test_records(system_api: APIClient) -> None:
    make_certifications()

    assert_filters(
        system_api,
        "/api/v1/certification-records",
        {
            "mentor_id": words("f-m1", "p-m3"),
            "cert_type": words("first_aid", "peer_mentor_level_1"),
            "status": st.sampled_from(["active", "expired", "suspended", "revoked"]),
            "expires_after": MOMENTS,
            "expires_before": MOMENTS,
        },
        {
            "mentor_id": equal("mentor_id"),
            "cert_type": equal("cert_type"),
            "status": equal("status"),
            "expires_after": after("expires_at"),
            "expires_before": before("expires_at"),
        },
    )


def test_certifications(system_api: APIClient) -> None:
    make_certifications()

    assert_filters(
        system_api,
        "/api/v1/certifications",
        {
            "mentor_id": words("f-m1", "p-m3"),
            "certification_type": words("first_aid", "peer_mentor_level_1"),
            "status": st.sampled_from(
                ["active", "expiring_soon", "expired", "suspended", "revoked"]
            ),
            "within_days": st.integers(0, 3650).map(str) | st.sampled_from(["0", "30", "31"]),
            "expires_after": MOMENTS,
            "expires_before": MOMENTS,
        },
        {
            "mentor_id": equal("mentor_id"),
            "certification_type": equal("certification_type"),
            "status": equal("status"),
            "within_days": expires_within,
            "expires_after": after("expiry_date"),
            "expires_before": before("expiry_date"),
        },
    )


def test_mentors(system_api: APIClient) -> None:
    for number in range(8):
        MentorFactory.create(
            organisation=OrganisationFactory.create() if number % 3 else None,
            language=("en", "nb")[number % 2],
        )
    MentorFactory.create(organisation=OrganisationFactory.create(id="home"))

    assert_filters(
        system_api,
        "/api/v1/mentors",
        {"organisation_id": words("home"), "language": words("en", "nb")},
        {"organisation_id": equal("organisation_id"), "language": equal("language")},
    )


def test_earned_badges(system_api: APIClient) -> None:
    definitions = BadgeDefinitionFactory.create_batch(2)
    for number, days in enumerate(DAYS):
        EarnedBadgeFactory.create(
            mentor=MentorFactory.create(id=f"m{number}"),
            definition=definitions[number % 2],
            awarded_at=EXAMPLE_NOW + timedelta(days=days),
            **(REVOKED if number % 3 == 0 else {}),
        )
    first, second = (definition.public_id for definition in definitions)

    assert_filters(
        system_api,
        "/api/v1/earned-badges",
        {
            "peer_mentor_id": words("m0", "m1"),
            "badge_definition_id": words(first, second, "bdg-def-999"),
            "revoked": st.sampled_from(["true", "false"]),
            "awarded_after": MOMENTS,
            "awarded_before": MOMENTS,
        },
        {
            "peer_mentor_id": equal("peer_mentor_id"),
            "badge_definition_id": equal("badge_definition_id"),
            "revoked": lambda row, text: (row["revoked_at"] is not None) == (text == "true"),
            "awarded_after": after("awarded_at"),
            "awarded_before": before("awarded_at"),
        },
    )
