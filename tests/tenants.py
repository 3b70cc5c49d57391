"""Clients of the /v2 APIs: accounts that belong to tenants."""

from __future__ import annotations

from uuid import uuid4

from django.contrib.auth.models import User
from rest_framework.test import APIClient

from certificates.models import Tenant, TenantMember
from tests.conftest import client_of


def member_api(*tenants: Tenant) -> APIClient:
    """A client with a token of a new account that belongs to `tenants`."""
    name = f"member-{uuid4().hex[:8]}"
    client = client_of(name)
    account = User.objects.get(username=name)
    for tenant in tenants:
        TenantMember.objects.create(tenant=tenant, account=account)
    return client
