"""Accounts of programs and their tokens."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import transaction
from knox.models import AuthToken

from config.api.roles import ROLES
from config.errors import Fault, InvalidError


@transaction.atomic
def issue_token(*, account: str, roles: Collection[str], valid_for: timedelta) -> str:
    """Make a token for the account of that name and return it; it is stored hashed only.

    An unknown account is made, without a password. `roles` are added to those it has. Raises
    `InvalidError` for a role that does not exist, an account that is switched off, or a time that
    is not positive.
    """
    faults = [
        Fault("#/role", "invalid", f"There is no role {r!r}.") for r in roles if r not in ROLES
    ]
    if valid_for <= timedelta(0):
        faults.append(Fault("#/days", "invalid", "A token has to last at least a day."))
    user, _ = get_user_model().objects.get_or_create(username=account, defaults={"password": "!"})
    if not user.is_active:
        faults.append(Fault("#/account", "inactive", f"The account {account!r} is switched off."))
    if faults:
        raise InvalidError(*faults)
    user.groups.add(*Group.objects.filter(name__in=roles))
    _, token = AuthToken.objects.create(user, expiry=valid_for)
    return str(token)
