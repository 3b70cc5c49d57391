"""What Django and its libraries tell of, on its way into the audit log."""

from __future__ import annotations

from typing import Any

from axes.signals import user_locked_out
from django.contrib.auth.models import Group, Permission, User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete, pre_save
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone
from knox.models import AuthToken

from config.audit.recording import TOKEN_NAME_LENGTH, current_request, record, record_by
from config.models import AuditEvent
from config.web.client_address import client_address

#: Of an account's own marks, those that give rights or take them.
_MARKS = ("is_superuser", "is_staff", "is_active")
#: By the table that joins them: what its holder has, and who holds it.
_RELATIONS: dict[Any, tuple[str, str]] = {
    User.groups.through: ("groups", "user_set"),
    User.user_permissions.through: ("user_permissions", "user_set"),
    Group.permissions.through: ("permissions", "group_set"),
}


@receiver(user_logged_in)
def _logged_in(request: HttpRequest | None, user: Any, **_: Any) -> None:
    _record_of(request, AuditEvent.LOGIN, user.get_username())


@receiver(user_logged_out)
def _logged_out(request: HttpRequest | None, user: Any, **_: Any) -> None:
    if user is not None:
        _record_of(request, AuditEvent.LOGOUT, user.get_username())


@receiver(user_login_failed)
def _login_failed(
    credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any
) -> None:
    _record_of(request, AuditEvent.LOGIN_FAILED, str(credentials.get("username") or ""))


@receiver(user_locked_out)
def _locked_out(request: HttpRequest | None, username: str | None = None, **_: Any) -> None:
    _record_of(request, AuditEvent.LOCKED_OUT, username or "")


def _record_of(request: HttpRequest | None, event: AuditEvent, account: str) -> None:
    address = client_address(request) if request is not None else None
    record(event, now=timezone.now(), account=account, address=address)


@receiver(post_save, sender=AuthToken)
def _token_saved(instance: AuthToken, created: bool, **_: Any) -> None:
    if created:
        _record_token(AuditEvent.TOKEN_CREATED, instance)


@receiver(post_delete, sender=AuthToken)
def _token_deleted(instance: AuthToken, **_: Any) -> None:
    _record_token(AuditEvent.TOKEN_REVOKED, instance)


def _record_token(event: AuditEvent, token: AuthToken) -> None:
    subject = f"{token.digest[:TOKEN_NAME_LENGTH]} of {token.user.get_username()}"
    record_by(current_request(), event, now=timezone.now(), subject=subject)


@receiver(m2m_changed, sender=User.groups.through)
@receiver(m2m_changed, sender=User.user_permissions.through)
@receiver(m2m_changed, sender=Group.permissions.through)
def _rights_changed(
    sender: Any,
    instance: Any,
    action: str,
    reverse: bool,
    model: type[Model],
    pk_set: set[int] | None,
    **_: Any,
) -> None:
    """`reverse`: `instance` is the role or permission, and the others are who has it."""
    event = {
        "post_add": AuditEvent.ROLE_GIVEN,
        "post_remove": AuditEvent.ROLE_TAKEN,
        "pre_clear": AuditEvent.ROLE_TAKEN,
    }.get(action)
    if event is None:
        return
    others = getattr(instance, _RELATIONS[sender][reverse]).all()
    if pk_set is not None:
        others = model._default_manager.filter(pk__in=pk_set)
    pairs = [(instance, other) if reverse else (other, instance) for other in others]
    _record_rights(event, pairs)


@receiver(pre_save, sender=Group)
def _role_renamed(instance: Group, **_: Any) -> None:
    """What a role may do follows from its name: under another one it is another role."""
    before = Group.objects.filter(pk=instance.pk).first() if instance.pk else None
    if before is None or before.name == instance.name:
        return
    accounts = list(instance.user_set.all())
    _record_rights(AuditEvent.ROLE_TAKEN, [(before, account) for account in accounts])
    _record_rights(AuditEvent.ROLE_GIVEN, [(instance, account) for account in accounts])


@receiver(pre_delete, sender=Group)
def _role_deleted(instance: Group, **_: Any) -> None:
    accounts = instance.user_set.all()
    _record_rights(AuditEvent.ROLE_TAKEN, [(instance, account) for account in accounts])


@receiver(pre_delete, sender=User)
def _account_deleted(instance: User, **_: Any) -> None:
    _record_rights(AuditEvent.ROLE_TAKEN, [(role, instance) for role in instance.groups.all()])


def _record_rights(event: AuditEvent, pairs: list[tuple[Any, Any]]) -> None:
    """An entry for each role or permission, with who gets or loses it."""
    for subject in sorted(f"{_name_of(right)} of {_name_of(holder)}" for right, holder in pairs):
        record_by(current_request(), event, now=timezone.now(), subject=subject)


def _name_of(row: User | Group | Permission) -> str:
    match row:
        case User():
            return row.get_username()
        case Group():
            return row.name
        case _:
            return f"{row.content_type.app_label}.{row.codename}"


@receiver(pre_save, sender=User)
def _marks_changed(instance: User, update_fields: frozenset[str] | None = None, **_: Any) -> None:
    marks = [mark for mark in _MARKS if update_fields is None or mark in update_fields]
    if not marks:
        return
    before = User.objects.filter(pk=instance.pk).values(*marks).first() if instance.pk else None
    # A new account has the least rights until something gives it more.
    known = before or {mark: mark == "is_active" for mark in marks}
    for mark in marks:
        if bool(getattr(instance, mark)) != known[mark]:
            event = AuditEvent.ROLE_GIVEN if getattr(instance, mark) else AuditEvent.ROLE_TAKEN
            subject = f"{mark} of {instance.get_username()}"
            record_by(current_request(), event, now=timezone.now(), subject=subject)
