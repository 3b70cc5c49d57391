"""Writes on attachments: the file and its row appear together or not at all."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import PurePath, PureWindowsPath
from uuid import UUID, uuid4

import puremagic
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from certificates.errors import EntityNotFound
from certificates.models import Attachment, Certificate, TenantScope
from certificates.models.attachment import attachment_storage
from certificates.services.certificates import lock_certificate
from certificates.services.files import announce_file, give_up_files, keep_file, remove_files
from config.errors import InvalidError

#: Bytes at the beginning of a file that show what it is.
HEAD_BYTES = 8192
_ZIP = b"PK\x03\x04"
UNKNOWN = "application/octet-stream"


def attach_file(
    *,
    certificate_id: UUID,
    scope: TenantScope,
    upload: UploadedFile[bytes],
    name: str,
    now: datetime,
) -> Attachment:
    """Store a file with the certificate. Call it outside of a transaction.

    `InvalidError` for an unknown certificate, an empty file, or a name that is none.
    """
    certificate = Certificate.objects.visible_to(scope).filter(pk=certificate_id).first()
    if certificate is None:
        raise _no_certificate(certificate_id)
    if not upload.size:
        raise InvalidError.of_field("file", "The file is empty.", code="empty")
    attachment = Attachment(
        attachment_id=uuid4(),
        certificate=certificate,
        tenant_id=certificate.tenant_id,
        name=_plain_name(name),
        size=upload.size,
        created_at=now,
    )
    attachment.sha256, attachment.media_type = _read(upload, attachment.name)
    stored_as = f"{attachment.tenant_id}/{attachment.pk}"
    announce_file(stored_as, now=now)
    try:
        attachment.file.name = attachment_storage().save(stored_as, upload)
        _commit(attachment, scope)
    except BaseException:
        # Whatever it was, a worker's time-out included: no file stays without its row.
        remove_files([stored_as])
        raise
    return attachment


@transaction.atomic
def _commit(attachment: Attachment, scope: TenantScope) -> None:
    try:
        lock_certificate(attachment.certificate_id, scope)
    except EntityNotFound as error:  # deleted while the file was on its way
        raise _no_certificate(attachment.certificate_id) from error
    attachment.save(force_insert=True)
    keep_file(str(attachment.file.name))


@transaction.atomic
def delete_attachment(*, attachment_id: UUID, scope: TenantScope, now: datetime) -> None:
    """Delete the row, and after the commit the file. Raises `EntityNotFound`."""
    rows = Attachment.objects.visible_to(scope).select_for_update()
    attachment = rows.filter(pk=attachment_id).first()
    if attachment is None:
        raise EntityNotFound("attachment", attachment_id)
    give_up_files([str(attachment.file.name)], now=now)
    attachment.delete()


def media_type_of(head: bytes, name: str) -> str:
    """What the first bytes of a file show it to be; its name only tells kinds of ZIP apart."""
    hint = None
    if head.startswith(_ZIP):
        hint = name if PurePath(name).suffix else "unnamed.zip"
    try:
        found = puremagic.from_string(head, mime=True, filename=hint)
    except (puremagic.PureError, ValueError):
        found = ""
    return found or ("text/plain" if _is_text(head) else UNKNOWN)


def _is_text(head: bytes) -> bool:
    # The head may end within a character.
    text = head.decode("utf-8", errors="replace").rstrip("\ufffd")
    return "\ufffd" not in text and all(char.isprintable() or char in "\t\r\n\f" for char in text)


def _read(upload: UploadedFile[bytes], name: str) -> tuple[str, str]:
    """SHA-256 and media type, read in chunks."""
    digest = hashlib.sha256()
    head = b""
    for chunk in upload.chunks():
        digest.update(chunk)
        if len(head) < HEAD_BYTES:
            head += chunk[: HEAD_BYTES - len(head)]
    upload.seek(0)
    return digest.hexdigest(), media_type_of(head, name)


def _plain_name(name: str) -> str:
    """The name without folders and characters that don't print; `InvalidError` if none is left."""
    last = PureWindowsPath(PurePath(name).name).name
    plain = "".join(char for char in last if char.isprintable()).strip()
    if not plain.strip("."):
        raise InvalidError.of_field("name", "Give the file a name.", code="required")
    if len(plain) > 255:
        raise InvalidError.of_field("name", "A name has at most 255 characters.", code="max_length")
    return plain


def _no_certificate(certificate_id: UUID) -> InvalidError:
    return InvalidError.of_field(
        "certificate_id", f"There is no certificate {certificate_id}.", code="does_not_exist"
    )
