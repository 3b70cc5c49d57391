"""Fixtures that every test may use. None hides data: rows are made by factories, in tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import hypothesis
import pytest
from rest_framework.test import APIClient

from config.accounts import issue_token

# The same examples in every run: a red test is red because of a change.
hypothesis.settings.register_profile("steady", derandomize=True, deadline=None)
hypothesis.settings.load_profile("steady")

#: The moment at which the contracts' examples play.
EXAMPLE_NOW = datetime(2026, 3, 26, 10, 0, tzinfo=UTC)


@pytest.fixture
def api() -> APIClient:
    """A client without a token."""
    return APIClient()


@pytest.fixture
def system_api(db: None) -> APIClient:
    """A client with a token of role `system`."""
    client = APIClient()
    token = issue_token(account="system-client", roles=["system"], valid_for=timedelta(days=36500))
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client
