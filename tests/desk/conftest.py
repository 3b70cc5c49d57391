"""Who works at the desk."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from certifications.models import Organisation
from tests.factories import CoordinatorFactory

PASSWORD = "correct horse battery staple"


def make_account(name: str, *roles: str) -> User:
    """An account that is nobody's staff: its roles are all it has."""
    account = User.objects.create_user(name, f"{name}@example.org", PASSWORD)
    for role in roles:
        account.groups.add(Group.objects.get_or_create(name=role)[0])
    return account


def client_at_desk(account: User) -> Client:
    client = Client()
    client.force_login(account)
    return client


@pytest.fixture
def auditor(db: None) -> Client:
    return client_at_desk(make_account("audrey", "auditor"))


@pytest.fixture
def coordinator_of(db: None) -> Callable[[Organisation], Client]:
    """Makes the coordinator of an organisation, logged in."""

    def make(organisation: Organisation) -> Client:
        account = make_account(f"cora-{organisation.pk}", "coordinator")
        CoordinatorFactory.create(organisation=organisation, account=account)
        return client_at_desk(account)

    return make
