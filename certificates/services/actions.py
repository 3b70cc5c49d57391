"""Writes on the actions of certificates. Their events stand in the order of the certificate's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from certificates.contract import action_body, updated_fields
from certificates.errors import ActionExists, EntityNotFound
from certificates.models import Certificate, CertificateAction, TenantScope
from certificates.services.certificates import lock_certificate, record
from config.errors import Fault, InvalidError


@transaction.atomic
def create_action(
    *, scope: TenantScope, values: Mapping[str, Any], now: datetime
) -> CertificateAction:
    """Connect an action with the certificate `certificate_id` of `values`.

    Without a `date_expire` it inherits the certificate's, and without an `action_name` it is called
    what the certificate is called then. Raises `ActionExists`, and
    `InvalidError` for an unknown certificate, another tenant than the certificate's, or a date
    that contradicts `is_date_inherited`.
    """
    try:
        certificate = lock_certificate(values["certificate_id"], scope)
    except EntityNotFound as error:
        raise InvalidError.of_field(
            "certificate_id", error.detail, code="does_not_exist"
        ) from error
    action = CertificateAction(
        certificate=certificate, tenant_id=certificate.tenant_id, created_at=now, updated_at=now
    )
    _set(action, certificate, {"action_name": certificate.name, **values})
    try:
        with transaction.atomic():
            action.save(force_insert=True)
    except IntegrityError as error:
        if CertificateAction.objects.filter(pk=action.pk).exists():
            raise ActionExists(action.pk) from error
        raise
    record(certificate, "CERTIFICATE_ACTION::CREATE", action_body(action), now)
    return action


@transaction.atomic
def update_action(
    *, action_id: UUID, scope: TenantScope, changes: Mapping[str, Any], now: datetime
) -> CertificateAction:
    """Change the given fields. `date_expire` null, or `is_date_inherited`, inherits again.

    Raises `EntityNotFound`, `InvalidError`.
    """
    action, certificate = _locked(action_id, scope)
    before = action_body(action)
    _set(action, certificate, changes)
    changed = updated_fields(before, action_body(action))
    if changed:
        action.updated_at = now
        action.save()
        body = {"entity_id": str(action.pk), "updated_fields": changed}
        record(certificate, "CERTIFICATE_ACTION::UPDATE", body, now)
    return action


@transaction.atomic
def delete_action(*, action_id: UUID, scope: TenantScope, now: datetime) -> None:
    """Take an action from its certificate. Raises `EntityNotFound`."""
    action, certificate = _locked(action_id, scope)
    body = action_body(action)
    action.delete()
    record(certificate, "CERTIFICATE_ACTION::DELETE", body, now)


def _locked(action_id: UUID, scope: TenantScope) -> tuple[CertificateAction, Certificate]:
    """The action as it is now, and its certificate, locked as for any change of either."""
    visible = CertificateAction.objects.visible_to(scope).filter(pk=action_id)
    certificate_id = visible.values_list("certificate_id", flat=True).first()
    if certificate_id is None:
        raise EntityNotFound("certificate action", action_id)
    try:
        certificate = lock_certificate(certificate_id, scope)
        return visible.get(), certificate
    except (EntityNotFound, CertificateAction.DoesNotExist) as error:  # deleted meanwhile
        raise EntityNotFound("certificate action", action_id) from error


def _set(action: CertificateAction, certificate: Certificate, values: Mapping[str, Any]) -> None:
    for field, fixed in (
        ("certificate_id", certificate.pk),
        ("tenant_id", certificate.tenant_id),
    ):
        if values.get(field, fixed) != fixed:
            raise InvalidError(
                Fault(f"#/{field}", "immutable", f"It is {fixed} and can't be another.")
            )
    for field in ("certificate_action_id", "action_id", "action_name", "action_code"):
        if field in values:
            setattr(action, field, values[field])
    _set_expiry(action, certificate, values)


def _set_expiry(
    action: CertificateAction, certificate: Certificate, values: Mapping[str, Any]
) -> None:
    """Own or inherited: what is given decides, and a date that it has already decides nothing."""
    is_inherited = values.get("is_date_inherited")
    given = values.get("date_expire")
    if given is not None and given == action.date_expire and is_inherited is None:
        return
    own = action.date_expire if given is None and not action.is_date_inherited else given
    if "date_expire" in values and given is None:
        own = None
    if is_inherited is False and own is None:
        raise InvalidError.of_field(
            "date_expire", "A date that is not inherited has to be given.", code="required"
        )
    if is_inherited and given is not None and given != certificate.date_expire:
        raise InvalidError.of_field(
            "date_expire",
            "It is not the certificate's, which is_date_inherited says it is.",
            code="contradiction",
        )
    if is_inherited or own is None:
        action.inherit(certificate.date_expire)
    else:
        action.is_date_inherited, action.date_expire = False, own
