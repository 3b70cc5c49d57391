"""What each role may do in the admin, and whose rows it sees.

Rights follow from roles in code, beside the permissions that Django's tables may add: they can't
fall behind a new model, and a group can't lose them by a slip in a form.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, Group, PermissionsMixin

from config.api.roles import ADMIN, AUDITOR, DESK_ROLES, SEES_ALL

Account = AbstractBaseUser | AnonymousUser

#: The permission by which all organisations' rows exist for an account without such a role.
VIEW_ALL = "certifications.view_all_organisations"

_ROLES_READ = "_certkeep_desk_roles"
_granted: dict[str, set[str]] = defaultdict(set)


def grant(role: str, *permissions: str) -> None:
    """Give a role permissions (`app_label.codename`); an app does so in `AppConfig.ready`."""
    _granted[role].update(permissions)


def roles_of_account(account: Account) -> frozenset[str]:
    """The names of the account's groups, read once for the life of the object."""
    if not account.is_authenticated or not account.is_active:
        return frozenset()
    roles: frozenset[str] | None = getattr(account, _ROLES_READ, None)
    if roles is None:
        roles = frozenset(Group.objects.filter(user=account.pk).values_list("name", flat=True))
        setattr(account, _ROLES_READ, roles)
    return roles


def is_limited(account: Account) -> bool:
    """Whether only rows of the account's own organisations exist for it.

    It is so unless a role or a permission says otherwise: whoever lost the role that showed all
    rows is shown none of them.
    """
    if getattr(account, "is_superuser", False):
        return not account.is_active
    if roles_of_account(account) & SEES_ALL:
        return False
    return not (isinstance(account, PermissionsMixin) and account.has_perm(VIEW_ALL))


def may_enter(account: Account) -> bool:
    """Whether the account may enter the admin: by its role, or as Django's staff."""
    if not account.is_active:
        return False
    is_staff = bool(getattr(account, "is_staff", False))
    return is_staff or bool(roles_of_account(account) & DESK_ROLES)


class RoleBackend(BaseBackend):
    """Answers Django's questions about permissions by the account's roles."""

    def has_perm(self, user_obj: Account, perm: str, obj: Any = None) -> bool:
        roles = roles_of_account(user_obj)
        if ADMIN in roles:
            return True
        if AUDITOR in roles and perm.partition(".")[2].startswith("view_"):
            return True
        return any(perm in _granted[role] for role in roles if role in _granted)

    def has_module_perms(self, user_obj: Account, app_label: str) -> bool:
        """Whether the account has any permission in the app (see `User.has_module_perms`)."""
        roles = roles_of_account(user_obj)
        return bool(roles & {ADMIN, AUDITOR}) or any(
            permission.startswith(f"{app_label}.")
            for role in roles
            for permission in _granted.get(role, ())
        )
