from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from tests.conftest import client_of


@pytest.fixture
def admin_api(db: None) -> APIClient:
    """A client with a token of role `admin`."""
    return client_of("badge-admin", "admin")
