"""What the code of a new type may be, at every door."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from rest_framework.test import APIClient

from certifications.models import Certification, CertificationType

LATER = f"{datetime.now(UTC) + timedelta(days=400):%Y-%m-%d}"
#: Codes with something that no new type may have, and what its message calls that.
REFUSED = [
    ('<i x-data x-init="document.title=String(window.origin)">x</i>', "<"),
    ("R&D", "&"),
    ("it's", "'"),
    ('a "b"', '"'),
    ("a>b", ">"),
    ("turned\u202eround", "U+202E"),
    ("rung\x07", "U+0007"),
    ("two\nlines", "U+000A"),
]

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("code", "named"), REFUSED)
def test_no_type_is_registered_with_markup_or_what_cannot_be_seen(
    api: APIClient, desk: Client, tmp_path: Path, code: str, named: str
) -> None:
    file = tmp_path / "rows.csv"
    with file.open("w", newline="") as table:
        writer = csv.writer(table)
        writer.writerows([["mentor_id", "certification_type", "expires_at"], ["m", code, LATER]])
    days = {"reminder_stages": "[1]", "expiring_soon_days": 3, "expired_notice_days": 3}

    answers: list[Any] = [
        api.post("/api/v1/certification-records", record_of(code)),
        api.post(
            "/api/v1/certifications",
            {"mentor_id": "m", "certification_type": code, "expiry_date": LATER},
        ),
    ]
    form: Any = desk.post("/admin/certifications/certificationtype/add/", {"code": code, **days})
    with pytest.raises(CommandError, match="character"):
        call_command("import_certifications", str(file), "--register")

    pointers = [answer.json()["errors"][0]["pointer"] for answer in answers]
    assert [answer.status_code for answer in answers] == [400, 400]
    assert pointers == ["#/cert_type", "#/certification_type"]
    assert all(f"the character {named} in it" in answer.json()["detail"] for answer in answers)
    assert form.status_code == 200
    assert "code" in form.context["adminform"].form.errors
    assert not CertificationType.objects.filter(code=code).exists()
    assert not Certification.objects.exists()


def test_a_type_is_not_changed_into_such_a_one(api: APIClient) -> None:
    api.post("/api/v1/certification-records", record_of("first-aid"))

    answer = api.put("/api/v1/certifications/m", {"certification_type": "<", "expiry_date": LATER})

    assert answer.status_code == 400
    assert api.get("/api/v1/certifications/m").json()["certification_type"] == "first-aid"


def test_a_type_from_before_keeps_its_code(api: APIClient) -> None:
    CertificationType.objects.create(code="R&D")

    made = api.post("/api/v1/certification-records", record_of("R&D"))
    read = api.get("/api/v1/certification-records/m?cert_type=R%26D")

    assert made.status_code == 201
    assert read.json()["cert_type"] == "R&D"


@pytest.mark.parametrize("code", ["Førstehjelp på båt", "救護", "level-1/2 (b)", "50 % #1"])
def test_any_other_text_is_a_code(api: APIClient, code: str) -> None:
    answer = api.post("/api/v1/certification-records", record_of(code))

    assert answer.status_code == 201
    assert answer.json()["cert_type"] == code


def record_of(code: str) -> dict[str, str]:
    return {"mentor_id": "m", "cert_type": code, "expires_at": LATER}
