from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from certificates.models import Tenant
from tests.factories import TenantFactory
from tests.tenants import member_api


@pytest.fixture
def tenant(db: None) -> Tenant:
    return TenantFactory.create()


@pytest.fixture
def tenant_api(tenant: Tenant) -> APIClient:
    """A client of an account that belongs to the tenant."""
    return member_api(tenant)
