"""Attachments: up, down, gone; never more than allowed, never left behind."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from certificates.downloads import ACTIVE_TYPES
from certificates.models import Attachment, Certificate, UnreferencedFile
from certificates.services.attachments import media_type_of
from certificates.services.files import remove_unreferenced_files
from certificates.tasks import remove_unreferenced_files as task
from tests.factories import CertificateFactory
from tests.tenants import member_api

BASE = "/v2/attachment"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """Where the files lie."""
    storages = {**settings.STORAGES}
    storages["attachments"] = {**storages["attachments"], "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = storages
    field: Any = Attachment._meta.get_field("file")
    before = field.storage
    field.storage = FileSystemStorage(location=tmp_path)
    yield tmp_path
    field.storage = before


@pytest.fixture
def certificate() -> Certificate:
    return CertificateFactory.create()


@pytest.fixture
def tenant_api(certificate: Certificate) -> APIClient:
    return member_api(certificate.tenant)


def upload(
    api: APIClient, certificate_id: object, content: bytes, name: str = "diploma.png"
) -> Any:
    form = {
        "certificate_id": str(certificate_id),
        "name": name,
        # What the client says of the content counts for nothing.
        "file": SimpleUploadedFile("upload", content, content_type="text/html"),
    }
    return api.post(f"{BASE}/create", form, format="multipart")


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_file_comes_back_as_it_was_sent(
    tenant_api: APIClient, certificate: Certificate, folder: Path
) -> None:
    content = PNG + bytes(range(256)) * 20_000

    made = upload(tenant_api, certificate.pk, content)
    id_ = made.json()["attachment_id"]
    back: Any = tenant_api.get(f"{BASE}/download/{id_}")

    assert made.status_code == 201, made.content
    assert made.json() == tenant_api.get(f"{BASE}/view?id={id_}").json()
    assert list(made.json()) == [
        "attachment_id",
        "certificate_id",
        "name",
        "type",
        "size",
        "sha256",
        "tenant_id",
        "created_at",
    ]
    assert made.json()["type"] == "image/png"
    assert made.json()["size"] == len(content)
    assert made.json()["sha256"] == hashlib.sha256(content).hexdigest()
    assert b"".join(back.streaming_content) == content
    assert back["Content-Type"] == "image/png"
    assert back["Content-Length"] == str(len(content))
    assert back["Content-Disposition"] == 'attachment; filename="diploma.png"'
    assert back["X-Content-Type-Options"] == "nosniff"
    assert len(files_in(folder)) == 1
    assert not UnreferencedFile.objects.exists()


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\diploma.pdf", "diploma.pdf"),
        ("vitnemål æøå.pdf", "vitnemål æøå.pdf"),
        ('a"b\r\nc.pdf', 'a"bc.pdf'),
    ],
)
def test_names_are_taken_without_folders(
    tenant_api: APIClient, certificate: Certificate, folder: Path, name: str, kept: str
) -> None:
    answer = upload(tenant_api, certificate.pk, PNG, name=name)

    assert answer.json()["name"] == kept
    back = tenant_api.get(f"{BASE}/download/{answer.json()['attachment_id']}")
    assert "\n" not in back["Content-Disposition"]
    assert back["Content-Disposition"].startswith("attachment;")
    back.close()


@pytest.mark.parametrize(
    "content",
    [
        b"<!DOCTYPE html><html><script>alert(1)</script>",
        b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script/></svg>',
        b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        b"  <HTML><body onload=alert(1)>",
    ],
)
def test_what_a_browser_could_run_is_never_shown(
    tenant_api: APIClient, certificate: Certificate, folder: Path, content: bytes
) -> None:
    id_ = upload(tenant_api, certificate.pk, content, name="x.svg").json()["attachment_id"]

    back = tenant_api.get(f"{BASE}/download/{id_}")

    assert back["Content-Type"] not in ACTIVE_TYPES
    assert back["Content-Disposition"].startswith("attachment")
    assert "sandbox" in back["Content-Security-Policy"]
    back.close()


def zipped(*names: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (PNG, "a.html", "image/png"),
        (b"%PDF-1.7\n", "a.exe", "application/pdf"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "a", "image/jpeg"),
        (zipped("a"), "a.zip", "application/zip"),
        (zipped("a"), "a", "application/zip"),
        (b"a,b\n1,2\n", "a.csv", "text/plain"),
        ("blåbærsyltetøy".encode(), "a.pdf", "text/plain"),
        ("å".encode()[:1], "a.txt", "text/plain"),
        (bytes(range(256)), "a.txt", "application/octet-stream"),
        (b"\0\0\0\0", "a.svg", "application/octet-stream"),
    ],
)
def test_the_content_says_what_a_file_is(content: bytes, name: str, expected: str) -> None:
    assert media_type_of(content, name) == expected


def test_a_document_of_a_known_kind_of_zip() -> None:
    content = zipped("[Content_Types].xml", "word/document.xml")

    assert media_type_of(content, "a.docx").endswith("wordprocessingml.document")


def test_too_large_a_file_is_refused_and_leaves_nothing(
    tenant_api: APIClient, certificate: Certificate, folder: Path, settings: Settings
) -> None:
    settings.ATTACHMENT_MAX_BYTES = 1000

    fits = upload(tenant_api, certificate.pk, b"x" * 1000)
    too_large = upload(tenant_api, certificate.pk, b"x" * 1001)

    assert fits.status_code == 201
    assert too_large.status_code == 413
    assert too_large.json()["detail"] == "The file is larger than 1000 bytes."
    assert Attachment.objects.count() == len(files_in(folder)) == 1


@pytest.mark.parametrize(
    ("form", "pointer"),
    [
        ({"certificate_id": "12"}, "#/certificate_id"),
        ({"certificate_id": str(uuid4())}, "#/certificate_id"),
        ({"file": SimpleUploadedFile("empty.txt", b"")}, "#/file"),
        ({"file": "no file"}, "#/file"),
        ({"name": "..."}, "#/name"),
        ({"name": "n" * 256}, "#/name"),
        ({"colour": "red"}, "#/colour"),
    ],
)
def test_faults_are_named(
    tenant_api: APIClient,
    certificate: Certificate,
    folder: Path,
    form: dict[str, Any],
    pointer: str,
) -> None:
    sound = {
        "certificate_id": str(certificate.pk),
        "file": SimpleUploadedFile("a.txt", b"a"),
    }

    answer = tenant_api.post(f"{BASE}/create", {**sound, **form}, format="multipart")

    assert answer.status_code == 400, answer.content
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]
    assert not files_in(folder)
    assert not UnreferencedFile.objects.exists()


def test_a_form_that_is_none_is_refused(tenant_api: APIClient) -> None:
    broken = tenant_api.post(
        f"{BASE}/create", b"--x\r\nnonsense", content_type="multipart/form-data; boundary=y"
    )
    json = tenant_api.post(f"{BASE}/create", {"certificate_id": str(uuid4())})

    assert broken.status_code == 400
    assert json.status_code == 415


def test_deleting_takes_the_file_along(
    tenant_api: APIClient, certificate: Certificate, folder: Path
) -> None:
    id_ = upload(tenant_api, certificate.pk, PNG).json()["attachment_id"]

    answer = tenant_api.delete(f"{BASE}/delete/{id_}")

    assert answer.json() == {"deleted": True, "attachment_id": id_}
    assert not files_in(folder)
    assert not UnreferencedFile.objects.exists()
    assert tenant_api.get(f"{BASE}/download/{id_}").status_code == 404


def test_a_certificate_is_deleted_with_its_files(
    tenant_api: APIClient, certificate: Certificate, folder: Path
) -> None:
    made = upload(tenant_api, certificate.pk, PNG).json()
    url = f"/v2/certificate/delete/{certificate.pk}"

    refused = tenant_api.delete(url)
    still_there = len(files_in(folder))
    forced = tenant_api.delete(f"{url}?force=true")

    assert refused.json()["connected_entities"] == [
        {"type": "ATTACHMENT", "id": made["attachment_id"], "name": "diploma.png"}
    ]
    assert still_there == 1
    assert forced.status_code == 200
    assert not files_in(folder)


def test_a_file_that_can_not_be_deleted_now_is_deleted_later(
    tenant_api: APIClient,
    certificate: Certificate,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    id_ = upload(tenant_api, certificate.pk, PNG).json()["attachment_id"]

    def away(self: object, name: str) -> None:
        raise RuntimeError("The storage is away.")

    with monkeypatch.context() as patch:
        patch.setattr(FileSystemStorage, "delete", away)
        answer = tenant_api.delete(f"{BASE}/delete/{id_}")

    assert answer.status_code == 200
    assert len(files_in(folder)) == 1
    remove_unreferenced_files(timezone.now() + timedelta(hours=2))
    assert not files_in(folder)
    assert not UnreferencedFile.objects.exists()


def test_an_upload_that_a_crash_cut_off_leaves_nothing_for_long(folder: Path) -> None:
    (folder / "cut-off").write_bytes(b"half")
    (folder / "under-way").write_bytes(b"half")
    now = timezone.now()
    UnreferencedFile.objects.create(name="cut-off", since=now - timedelta(hours=2))
    UnreferencedFile.objects.create(name="under-way", since=now)

    task.apply()

    assert [path.name for path in files_in(folder)] == ["under-way"]


def test_a_storage_that_fails_leaves_no_row(
    tenant_api: APIClient,
    certificate: Certificate,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(self: object, name: str, content: object) -> str:
        raise OSError("No space left on device")

    monkeypatch.setattr(FileSystemStorage, "_save", full)
    tenant_api.raise_request_exception = False

    answer = upload(tenant_api, certificate.pk, PNG)

    assert answer.status_code == 500
    assert not Attachment.objects.exists()
    assert not UnreferencedFile.objects.exists()


def test_filters(tenant_api: APIClient, certificate: Certificate, folder: Path) -> None:
    for name, content in (("a.png", PNG), ("b.txt", b"text")):
        upload(tenant_api, certificate.pk, content, name=name)

    def names(**body: Any) -> list[str]:
        return [row["name"] for row in tenant_api.post(f"{BASE}/index", body).json()]

    assert names() == ["b.txt", "a.png"]
    assert names(sort="name") == ["a.png", "b.txt"]
    assert names(filter={"type": "image/png"}) == ["a.png"]
    assert names(filter={"sha256": hashlib.sha256(b"text").hexdigest()}) == ["b.txt"]
    assert names(filter={"certificate_id": str(uuid4())}) == []
