"""Writes on certificates: each with its history and its event, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from certificates.contract import action_body, certificate_body, updated_fields
from certificates.errors import CertificateExists, ConnectedEntities, EntityNotFound
from certificates.models import Attachment, Certificate, CertificateAction, Tenant, TenantScope
from certificates.services.files import give_up_files
from certificates.webhooks.services.outbox import NewEvent, record_event, record_events
from config.dates import LATEST_YEAR, is_in_years
from config.errors import Fault, InvalidError

#: What decides which certificate replaces which.
_IDENTITY = {"resource_id", "action_type", "name", "date_release"}


@transaction.atomic
def create_certificate(*, tenant: Tenant, values: Mapping[str, Any], now: datetime) -> Certificate:
    """Record a certificate and the event CERTIFICATE::CREATE.

    `values` are fields of `Certificate`; a `date_expire` among them is fixed, else it follows from
    release and validity. Raises `CertificateExists`, and `InvalidError` for dates or a validity
    that don't fit together.
    """
    certificate = Certificate(tenant=tenant, created_at=now, updated_at=now)
    _set(certificate, values)
    _settle(certificate)
    try:
        with transaction.atomic():
            certificate.save(force_insert=True)
    except IntegrityError as error:
        if Certificate.objects.filter(pk=certificate.pk).exists():
            raise CertificateExists(certificate.pk) from error
        raise
    record(certificate, "CERTIFICATE::CREATE", certificate_body(certificate), now)
    _mark_replaced(certificate)
    return certificate


@transaction.atomic
def update_certificate(
    *, certificate_id: UUID, scope: TenantScope, changes: Mapping[str, Any], now: datetime
) -> Certificate:
    """Change the given fields; records CERTIFICATE::UPDATE if anything of it is new.

    Actions that inherit the date of expiry follow it, each with an event of its own. A
    `date_expire` that is what the certificate has already fixes nothing, so that what was read can
    be sent back; None makes it follow release and validity again. Raises `EntityNotFound`,
    `InvalidError`.
    """
    certificate = lock_certificate(certificate_id, scope)
    original = copy(certificate)
    before = certificate_body(certificate)
    _refuse_moving(certificate, changes)
    _set(certificate, changes)
    _settle(certificate)
    changed = updated_fields(before, certificate_body(certificate))
    if not changed and original.is_date_expire_fixed == certificate.is_date_expire_fixed:
        return certificate
    certificate.updated_at = now
    certificate.save()
    if changed:
        record(
            certificate,
            "CERTIFICATE::UPDATE",
            {"entity_id": str(certificate.pk), "updated_fields": changed},
            now,
        )
    if "date_expire" in changed:
        _hand_on_expiry(certificate, now)
    if not _IDENTITY.isdisjoint(changed):
        _mark_replaced(original, certificate)
    return certificate


@transaction.atomic
def delete_certificate(
    *, certificate_id: UUID, scope: TenantScope, force: bool, now: datetime
) -> None:
    """Delete a certificate, with `force` all that is connected with it; an event for each.

    Files are deleted from the storage after the commit. Raises `EntityNotFound`;
    `ConnectedEntities` without `force`.
    """
    certificate = lock_certificate(certificate_id, scope)
    actions = list(certificate.actions.order_by("created_at", "pk"))
    attachments = list(certificate.attachments.order_by("created_at", "pk"))
    if (actions or attachments) and not force:
        raise ConnectedEntities(_connected(actions, attachments))
    events = [
        *(
            NewEvent("CERTIFICATE_ACTION::DELETE", certificate_id, action_body(action))
            for action in actions
        ),
        NewEvent("CERTIFICATE::DELETE", certificate_id, certificate_body(certificate)),
    ]
    give_up_files([str(attachment.file.name) for attachment in attachments], now=now)
    certificate.delete()
    record_events(tenant=certificate.tenant, events=events, now=now)
    _mark_replaced(certificate)


def draft_with(certificate: Certificate, values: Mapping[str, Any]) -> Certificate:
    """A copy as `values` would make it; `InvalidError` where they can't. Nothing is written."""
    draft = copy(certificate)
    _set(draft, values)
    _settle(draft)
    return draft


def lock_certificate(certificate_id: UUID, scope: TenantScope) -> Certificate:
    """The certificate's row, locked: the order of its events is that of its changes."""
    rows = Certificate.objects.visible_to(scope).select_related("tenant")
    certificate = rows.select_for_update(of=("self",)).filter(pk=certificate_id).first()
    if certificate is None:
        raise EntityNotFound("certificate", certificate_id)
    return certificate


def record(certificate: Certificate, event: str, body: dict[str, Any], now: datetime) -> None:
    """Record an event about a certificate whose row is locked, or about what belongs to it."""
    record_event(
        tenant=certificate.tenant,
        event_type=event,
        certificate_id=certificate.pk,
        body=body,
        now=now,
    )


def _set(certificate: Certificate, values: Mapping[str, Any]) -> None:
    for field, value in values.items():
        if field == "date_expire":
            if value is None or value != certificate.date_expire:
                certificate.is_date_expire_fixed = value is not None
                certificate.date_expire = value
        else:
            setattr(certificate, field, value)


def _settle(certificate: Certificate) -> None:
    """Let the date of expiry follow unless it is fixed, and check what belongs together."""
    if (certificate.validity is None) != (certificate.validity_unit is None):
        missing = "validity" if certificate.validity is None else "validity_unit"
        raise InvalidError.of_field(
            missing, "Give validity and validity_unit, or neither.", code="both_or_neither"
        )
    if not certificate.is_date_expire_fixed:
        certificate.date_expire = _date_by_validity(certificate)
    if certificate.date_expire and certificate.date_expire < certificate.date_release:
        raise InvalidError.of_field(
            "date_expire",
            f"It must not be before date_release, {certificate.date_release}.",
            code="before_release",
        )


def _date_by_validity(certificate: Certificate) -> date | None:
    """The date that follows from release and validity, of a year that a person may enter.

    One that follows from what is stored already stays as it is.
    """
    too_late = InvalidError.of_field(
        "validity",
        f"The date of expiry would lie after the year {LATEST_YEAR}.",
        code="out_of_range",
    )
    try:
        day = certificate.date_by_validity
    except OverflowError as error:
        raise too_late from error
    if day is not None and day != certificate.date_expire and not is_in_years(day):
        raise too_late
    return day


def _mark_replaced(*certificates: Certificate) -> None:
    """Set right what the certificates replace, or replaced before.

    Call it after the event was recorded: from then on no other change of the tenant is under way,
    and of two that are made at once the second sees the first.
    """
    for certificate in certificates:
        Certificate.objects.attesting_the_same(certificate).mark_replaced()


def _refuse_moving(certificate: Certificate, changes: Mapping[str, Any]) -> None:
    tenant_id = changes.get("tenant_id", certificate.tenant_id)
    if tenant_id != certificate.tenant_id:
        raise InvalidError(
            Fault("#/tenant_id", "immutable", "A certificate stays with its tenant.")
        )


def _hand_on_expiry(certificate: Certificate, now: datetime) -> None:
    """Give the new date of expiry to the actions that inherit it."""
    for action in certificate.actions.filter(is_date_inherited=True).order_by("created_at", "pk"):
        before = action_body(action)
        action.date_expire = certificate.date_expire
        action.updated_at = now
        action.save()
        body = {
            "entity_id": str(action.pk),
            "updated_fields": updated_fields(before, action_body(action)),
        }
        record(certificate, "CERTIFICATE_ACTION::UPDATE", body, now)


def _connected(
    actions: list[CertificateAction], attachments: list[Attachment]
) -> list[dict[str, str]]:
    """What a refused deletion would take along."""
    return [
        *(
            {"type": "CERTIFICATE_ACTION", "id": str(action.pk), "name": action.action_name}
            for action in actions
        ),
        *({"type": "ATTACHMENT", "id": str(file.pk), "name": file.name} for file in attachments),
    ]
