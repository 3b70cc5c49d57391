"""Attachments in an S3-like store: django-storages against a small one on the loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import Storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.module_loading import import_string
from pytest_django import Settings

from certificates.models import Attachment, UnreferencedFile
from tests.e2e.processes import REPOSITORY
from tests.factories import CertificateFactory
from tests.tenants import member_api

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


class Bucket(BaseHTTPRequestHandler):
    """Objects by their path: the four calls of S3 that attachments need."""

    objects: dict[str, bytes]

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if "aws-chunked" in self.headers.get("Content-Encoding", ""):
            body = unchunked(body)
        self.objects[self.path] = body
        self.answer(200)

    def do_GET(self) -> None:
        body = self.objects.get(self.path.partition("?")[0])
        if body is None:
            self.answer(404)
        elif asked := self.headers.get("Range"):
            first, _, last = asked.removeprefix("bytes=").partition("-")
            self.answer(206, body[int(first) : int(last or len(body)) + 1])
        else:
            self.answer(200, body)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        self.objects.pop(self.path, None)
        self.answer(204)

    def answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"0"')
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Tests look at `objects` instead."""


def unchunked(body: bytes) -> bytes:
    """What chunks with signatures (`size;chunk-signature=…`) carry."""
    content = b""
    while body:
        head, _, body = body.partition(b"\r\n")
        size = int(head.partition(b";")[0] or b"0", 16)
        if not size:
            break
        content, body = content + body[:size], body[size + 2 :]
    return content


def storage_of_settings(**environment: str) -> dict[str, Any]:
    """What `config.settings` makes of the environment."""
    code = "import json, config.settings as s; print(json.dumps(s.STORAGES, default=str))"
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    storage: dict[str, Any] = json.loads(result.stdout)["attachments"]
    return storage


@pytest.fixture
def objects(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[dict[str, bytes]]:
    """What lies in the bucket that the settings name."""
    kept: dict[str, bytes] = {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("OneBucket", (Bucket,), {"objects": kept}))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    configured = storage_of_settings(
        VAR_DIR=str(tmp_path),
        ATTACHMENTS_S3_BUCKET="papers",
        ATTACHMENTS_S3_ENDPOINT_URL=f"http://127.0.0.1:{server.server_address[1]}",
    )
    for name, value in {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "eu-north-1",
    }.items():
        monkeypatch.setenv(name, value)
    settings.STORAGES = {**settings.STORAGES, "attachments": configured}
    storage: Storage = import_string(configured["BACKEND"])(**configured["OPTIONS"])
    monkeypatch.setattr(Attachment._meta.get_field("file"), "storage", storage)
    yield kept
    server.shutdown()
    server.server_close()


def test_a_file_goes_to_the_bucket_and_comes_back(objects: dict[str, bytes]) -> None:
    certificate = CertificateFactory.create()
    api = member_api(certificate.tenant)
    content = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 5000
    form = {
        "certificate_id": str(certificate.pk),
        "file": SimpleUploadedFile("diploma.png", content),
    }

    made = api.post("/v2/attachment/create", form, format="multipart")
    id_ = made.json()["attachment_id"]
    stored = dict(objects)
    back: Any = api.get(f"/v2/attachment/download/{id_}")
    received = b"".join(back.streaming_content)
    gone = api.delete(f"/v2/attachment/delete/{id_}")

    assert made.status_code == 201, made.content
    assert stored == {f"/papers/{certificate.tenant_id}/{id_}": content}
    assert received == content
    assert gone.status_code == 200
    assert objects == {}
    assert not UnreferencedFile.objects.exists()
