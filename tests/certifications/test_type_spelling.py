"""Codes of types that read the same are the same, whichever way they were typed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from rest_framework.test import APIClient

from certifications.models import Certification, CertificationType

LATER = f"{datetime.now(UTC) + timedelta(days=400):%Y-%m-%d}"
#: Ways to write “Førstehjelp på båt”: spaces of other widths, two in a row, marks apart (macOS).
SPELLINGS = [
    "Førstehjelp\u00a0på båt",
    "Førstehjelp  på   båt",
    " Førstehjelp på\u2003båt ",
    "Førstehjelp pa\u030a ba\u030at",
]
CODE = "Førstehjelp på båt"
DOORS = ["records", "certifications", "import", "admin"]

pytestmark = pytest.mark.django_db


def enter(door: str, mentor: str, code: str, api: APIClient, desk: Client, folder: Path) -> None:
    """Record a certification of that type, or register the type where a door has no other way."""
    match door:
        case "records":
            body = {"mentor_id": mentor, "cert_type": code, "expires_at": LATER}
            answer = api.post("/api/v1/certification-records", body)
            assert answer.status_code in (200, 201), answer.content
        case "certifications":
            body = {"mentor_id": mentor, "certification_type": code, "expiry_date": LATER}
            answer = api.post("/api/v1/certifications", body)
            assert answer.status_code == 201, answer.content
        case "import":
            file = folder / f"{mentor}.csv"
            heading = "mentor_id,certification_type,expires_at\n"
            file.write_text(f"{heading}{mentor},{code},{LATER}\n", encoding="utf-8")
            call_command("import_certifications", str(file), "--register")
        case _:
            days = {"reminder_stages": "[1]", "expiring_soon_days": 3, "expired_notice_days": 3}
            desk.post("/admin/certifications/certificationtype/add/", {"code": code, **days})


@pytest.mark.parametrize("door", DOORS)
def test_one_type_is_registered_for_all_spellings(
    api: APIClient, desk: Client, tmp_path: Path, door: str
) -> None:
    for number, spelling in enumerate([*SPELLINGS, CODE]):
        enter(door, f"m-{number}", spelling, api, desk, tmp_path)

    assert list(CertificationType.objects.values_list("code", flat=True)) == [CODE]


def test_a_mentor_has_one_certification_however_its_type_is_spelt(
    api: APIClient, desk: Client, tmp_path: Path
) -> None:
    for spelling in SPELLINGS:
        enter("records", "kari", spelling, api, desk, tmp_path)
    enter("import", "kari", SPELLINGS[0], api, desk, tmp_path)

    path = "/api/v1/certification-records/kari"
    changed = api.put(path, {"cert_type": SPELLINGS[3], "status": "suspended", "expires_at": LATER})

    assert changed.json()["cert_type"] == CODE
    assert api.get(f"{path}?cert_type={SPELLINGS[1]}").json()["status"] == "suspended"
    assert Certification.objects.count() == 1


@pytest.mark.parametrize("code", ["First  Aid", "Pa\u030a vakt"])
def test_a_type_from_before_keeps_its_code_and_is_found_by_it(
    api: APIClient, desk: Client, tmp_path: Path, code: str
) -> None:
    CertificationType.objects.create(code=code)

    enter("records", "kari", code, api, desk, tmp_path)
    enter("import", "lars", code, api, desk, tmp_path)

    assert CertificationType.objects.get().code == code
    assert Certification.objects.filter(certification_type=code).count() == 2


LISTS = (("certification-records", "cert_type"), ("certifications", "certification_type"))


@pytest.mark.parametrize("code", ["First  Aid", CODE])
def test_lists_are_filtered_by_a_type_however_it_is_spelt(api: APIClient, code: str) -> None:
    CertificationType.objects.create(code=code)
    for mentor in ("kari", "lars"):
        body = {"mentor_id": mentor, "cert_type": code, "expires_at": LATER}
        api.post("/api/v1/certification-records", body)
    spellings = SPELLINGS if code == CODE else [code]

    totals = [
        api.get(f"/api/v1/{path}", {name: spelling}).json()["pagination"]["total"]
        for path, name in LISTS
        for spelling in spellings
    ]

    assert totals == [2] * len(totals)


@pytest.mark.parametrize("code", ["\u00a0\0", "First \u2003\0Aid", "\U0001d160" * 60])
def test_what_can_be_no_code_is_refused_however_it_is_spelt(api: APIClient, code: str) -> None:
    body = {"mentor_id": "kari", "cert_type": code, "expires_at": LATER}

    written = api.post("/api/v1/certification-records", body)
    read = api.get("/api/v1/certification-records/kari", {"cert_type": code})

    assert [written.status_code, read.status_code] == [400, 400]
