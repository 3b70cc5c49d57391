"""Who may call what, with which token."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.utils import timezone
from knox.models import AuthToken
from pytest_django import Settings
from rest_framework.test import APIClient

from certifications.models import Certification, Mentor
from tests.factories import (
    CertificationFactory,
    CoordinatorFactory,
    MentorFactory,
    OrganisationFactory,
)

pytestmark = pytest.mark.django_db

PUBLIC = [
    "/api/v1/certification-records",
    "/api/v1/certifications",
    "/api/v1/certification-cron",
]
MENTORS = "/api/v1/mentors"


def create_token(*arguments: str) -> str:
    out = StringIO()
    call_command("create_token", *arguments, stdout=out)
    return out.getvalue().strip()


def with_token(token: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


@pytest.mark.parametrize("path", PUBLIC)
@pytest.mark.parametrize(
    ("choice", "read", "write"),
    [("open", 200, 400), ("read-only", 200, 401), ("closed", 401, 401)],
)
def test_the_setting_says_who_may_call_without_a_token(
    api: APIClient, settings: Settings, path: str, choice: str, read: int, write: int
) -> None:
    settings.PUBLIC_API = choice

    # An empty body is refused only once the caller was let in.
    assert api.get(path).status_code == read
    assert api.post(path, {}).status_code == write


@pytest.mark.parametrize("choice", ["read-only", "closed"])
@pytest.mark.parametrize(
    ("role", "read", "write", "write_jobs"),
    [
        ("system", 200, 400, 400),
        ("admin", 200, 400, 400),
        ("auditor", 200, 403, 403),
        ("coordinator", 200, 400, 403),
        ("", 403, 403, 403),
    ],
)
def test_what_is_not_open_asks_for_a_role(
    settings: Settings, choice: str, role: str, read: int, write: int, write_jobs: int
) -> None:
    settings.PUBLIC_API = choice
    client = with_token(create_token("client", *(["--role", role] if role else [])))

    for path in PUBLIC:
        is_jobs = path.endswith("cron")
        assert client.get(path).status_code == (200 if choice == "read-only" else read)
        assert client.post(path, {}).status_code == (write_jobs if is_jobs else write)


def test_a_coordinator_reads_and_writes_what_is_hers(settings: Settings) -> None:
    settings.PUBLIC_API = "closed"
    hers, other = (CertificationFactory.create(mentor=mentor) for mentor in two_mentors())
    client = with_token(create_token("cora", "--role", "coordinator"))
    account = get_user_model().objects.get(username="cora")
    CoordinatorFactory.create(organisation=hers.mentor.organisation, account=account)
    # Twice in one organisation, and every row is still there once.
    CoordinatorFactory.create(organisation=hers.mentor.organisation, account=account)

    lists = [
        client.get(path).json()
        for path in (*PUBLIC[:2], f"{PUBLIC[0]}/expiring?within_days=3650", f"{PUBLIC[1]}?page=1")
    ]

    for answer in lists:
        assert [row["mentor_id"] for row in answer["data"]] == [hers.mentor_id]
        assert answer["pagination"]["total"] == 1
    for mentor_id, status in ((hers.mentor_id, 200), (other.mentor_id, 404)):
        assert client.get(f"{PUBLIC[0]}/{mentor_id}").status_code == status
        assert client.get(f"{PUBLIC[1]}?mentor_id={other.mentor_id}").json()["data"] == []
        assert client.delete(f"{PUBLIC[0]}/{mentor_id}").status_code == status
    assert Certification.objects.filter(pk=other.pk).exists()


@pytest.mark.parametrize("mentor_id", ["other", "unknown"])
def test_a_coordinator_registers_nobody_elses_mentor(settings: Settings, mentor_id: str) -> None:
    settings.PUBLIC_API = "closed"
    MentorFactory.create(id="other", organisation=OrganisationFactory.create())
    client = with_token(create_token("cora", "--role", "coordinator"))
    body = {"mentor_id": mentor_id, "cert_type": "cpr", "expires_at": "2199-01-01"}

    answer = client.post(PUBLIC[0], body)

    assert answer.status_code == 403
    assert answer.json()["detail"] == f"No mentor {mentor_id} belongs to an organisation of yours."
    assert not Certification.objects.exists()
    assert not Mentor.objects.filter(id="unknown").exists()


def two_mentors() -> list[Mentor]:
    return [MentorFactory.create(organisation=OrganisationFactory.create()) for _ in range(2)]


@pytest.mark.parametrize(
    ("arguments", "status"),
    [(["c"], 403), (["c", "--role", "system"], 200), (["c", "--role", "admin"], 200)],
)
def test_mentors_need_a_role(arguments: list[str], status: int) -> None:
    assert with_token(create_token(*arguments)).get(MENTORS).status_code == status


def test_mentors_are_not_for_those_without_a_token(api: APIClient) -> None:
    response = api.get(MENTORS)

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("path", PUBLIC)
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_read_only_lets_nobody_change_or_delete_without_a_token(
    api: APIClient, settings: Settings, path: str, method: str
) -> None:
    settings.PUBLIC_API = "read-only"

    response = api.generic(method, f"{path}/anything", "{}", content_type="application/json")

    assert response.status_code == 401


def test_a_superusers_token_carries_every_role() -> None:
    get_user_model().objects.create_superuser("root")

    assert with_token(create_token("root")).get(MENTORS).status_code == 200


def test_a_session_of_the_admin_is_no_token(api: APIClient) -> None:
    api.force_login(get_user_model().objects.create_superuser("root"))

    assert api.get(MENTORS).status_code == 401


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Basic eDp5", "Token {token}", "{token}"])
def test_a_token_counts_only_as_a_bearer(api: APIClient, header: str) -> None:
    given = header.format(token=create_token("client", "--role", "system"))

    response = api.get(MENTORS, HTTP_AUTHORIZATION=given)

    assert response.status_code == 401


def test_a_token_is_stored_hashed_only() -> None:
    token = create_token("client")

    row = AuthToken.objects.get()
    assert all(token not in str(value) for value in vars(row).values())
    assert not get_user_model().objects.get().has_usable_password()


def test_a_token_expires() -> None:
    client = with_token(create_token("client", "--role", "system", "--days", "3"))

    with time_machine.travel(timezone.now() + timedelta(days=3, seconds=5)):
        response = client.get(MENTORS)

    assert response.status_code == 401
    assert AuthToken.objects.exists()


def test_a_revoked_token_is_worth_nothing() -> None:
    client = with_token(create_token("client", "--role", "system"))
    AuthToken.objects.all().delete()

    assert client.get(MENTORS).status_code == 401


def test_an_account_that_is_switched_off_is_kept_out() -> None:
    client = with_token(create_token("client", "--role", "system"))
    get_user_model().objects.update(is_active=False)

    assert client.get(MENTORS).status_code == 401


@pytest.mark.parametrize("token", ["x", "a b", "å" * 40, "0" * 64, "a.b.c", "%00"])
def test_what_is_no_token_is_a_401_even_where_none_is_needed(token: str) -> None:
    client = with_token(token)

    assert client.get(MENTORS).status_code == 401
    assert client.get(PUBLIC[0]).status_code == 401


@pytest.mark.parametrize(
    "arguments", [["c", "--role", "king"], ["c", "--days", "0"], ["c", "--days", "99999999999"]]
)
def test_create_token_refuses_what_makes_no_sense(arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        create_token(*arguments)

    assert not AuthToken.objects.exists()
    assert not get_user_model().objects.exists()
