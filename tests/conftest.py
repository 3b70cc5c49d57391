"""Fixtures that every test may use. None hides data: rows are made by factories, in tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import hypothesis
import pytest
from django.contrib.auth.models import User
from django.test import Client
from rest_framework.test import APIClient

from config.accounts import issue_token

# The same examples in every run: a red test is red because of a change.
hypothesis.settings.register_profile("steady", derandomize=True, deadline=None)
hypothesis.settings.load_profile("steady")

#: The moment at which the contracts' examples play.
EXAMPLE_NOW = datetime(2026, 3, 26, 10, 0, tzinfo=UTC)


def client_of(account: str, *roles: str) -> APIClient:
    """A client with a token of that account, which is made if need be."""
    client = APIClient()
    token = issue_token(account=account, roles=roles, valid_for=timedelta(days=36500))
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


@pytest.fixture
def api() -> APIClient:
    """A client without a token."""
    return APIClient()


@pytest.fixture
def system_api(db: None) -> APIClient:
    """A client with a token of role `system`."""
    return client_of("system-client", "system")


@pytest.fixture
def desk(db: None) -> Client:
    """A browser in which the superuser `boss` is logged in to the admin."""
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    return client
