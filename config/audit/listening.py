"""What Django and its libraries tell of, on its way into the audit log."""

from __future__ import annotations

from typing import Any

from axes.signals import user_locked_out
from django.contrib.auth.models import Group, User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone
from knox.models import AuthToken

from config.audit.address import client_address
from config.audit.recording import TOKEN_NAME_LENGTH, current_request, record, record_by
from config.models import AuditEvent

#: Of an account's own marks, those that give rights or take them.
_MARKS = ("is_superuser", "is_staff", "is_active")


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
def _roles_changed(
    instance: Any, action: str, reverse: bool, pk_set: set[int] | None, **_: Any
) -> None:
    """`reverse`: accounts were added to a group, or taken from it."""
    event = {
        "post_add": AuditEvent.ROLE_GIVEN,
        "post_remove": AuditEvent.ROLE_TAKEN,
        "pre_clear": AuditEvent.ROLE_TAKEN,
    }.get(action)
    if event is None:
        return
    if pk_set is None:
        pk_set = set(
            (instance.user_set if reverse else instance.groups).values_list("pk", flat=True)
        )
    if reverse:
        accounts = User.objects.filter(pk__in=pk_set)
        subjects = [f"{instance.name} of {account.get_username()}" for account in accounts]
    else:
        groups = Group.objects.filter(pk__in=pk_set)
        subjects = [f"{group.name} of {instance.get_username()}" for group in groups]
    for subject in sorted(subjects):
        record_by(current_request(), event, now=timezone.now(), subject=subject)


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
