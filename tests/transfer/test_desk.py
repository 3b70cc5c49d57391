"""Import and export at the desk: from the file to the list, and who may."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import StreamingHttpResponse
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook
from pytest_django import Settings

from badges.models import BadgeDefinition
from certifications.models import Certification, Mentor, Organisation
from config.models import Upload
from config.transfer import importing
from tests.factories import (
    BadgeDefinitionFactory,
    CertificationFactory,
    MentorFactory,
    OrganisationFactory,
    RenewalFactory,
)

CERTIFICATIONS = "/admin/certifications/certification/"
MENTORS = "/admin/certifications/mentor/"
RENEWALS = "/admin/certifications/renewal/"
DEFINITIONS = "/admin/badges/badgedefinition/"
HEADING = "mentor_id,certification_type,status,issued_at,expires_at\n"

pytestmark = pytest.mark.django_db


def body(answer: Any) -> bytes:
    if not isinstance(answer, StreamingHttpResponse):
        return bytes(answer.content)
    pieces = answer.streaming_content
    assert isinstance(pieces, Iterable)
    return b"".join(pieces)


def follow(client: Client, url: str) -> str:
    """Let a page of progress run to its end, and open what it leads to."""
    page = body(client.get(url)).decode()
    goal = re.search(r'id="done" href="([^"]+)"', page)
    assert goal, page
    return client.get(goal[1]).content.decode()


def upload(client: Client, listed: str, text: str | bytes, name: str = "table.csv") -> str:
    """Upload a file and have it checked; returns the page of what was found."""
    content = text.encode() if isinstance(text, str) else text
    answer = client.post(f"{listed}import-rows/", {"file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 302, answer.content.decode()
    return follow(client, answer["Location"])


def apply(client: Client, page: str) -> str:
    """Press the button that imports; returns the page of what came of it."""
    tick = {"register": "on"} if 'name="register"' in page else {}
    action = re.search(r'action="([^"]+/apply/)"', page)
    assert action, page
    body(client.post(action[1], tick))
    return client.get(action[1].removesuffix("apply/")).content.decode()


def squeezed(page: str) -> str:
    return " ".join(page.split())


def test_a_file_is_checked_shown_and_imported(desk: Client) -> None:
    row = CertificationFactory.create(mentor__id="m-1", expires_at=datetime(2027, 3, 1, tzinfo=UTC))
    kind = row.certification_type_id

    page = upload(
        desk, CERTIFICATIONS, HEADING + f"m-1,{kind},,,2028-03-01\nm-2,{kind},,,2028-03-01\n"
    )
    between = Certification.objects.count()
    done = apply(desk, page)

    assert "Nothing is wrong with the file." in page
    assert "<del>2027-03-01T00:00:00Z</del> <ins>2028-03-01T00:00:00Z</ins>" in page
    assert "Import 2 rows" in squeezed(page)
    assert between == 1
    assert "The file is imported." in done
    assert Certification.objects.filter(expires_at__year=2028).count() == 2
    line = row.history.order_by("pk").last()
    assert line is not None
    assert (str(line.history_user), line.history_change_reason) == (
        "boss",
        "Import of table.csv",
    )


def test_one_bad_row_keeps_all_out_and_is_named(desk: Client) -> None:
    page = upload(desk, CERTIFICATIONS, HEADING + "m-1,t,,,2028-03-01\nm-2,t,,,soon\n")
    token = Upload.objects.get().token

    desk.post(f"{CERTIFICATIONS}import-rows/{token}/apply/")

    assert "1 thing is wrong; nothing can be imported." in squeezed(page)
    assert "<td>3</td><td>expires_at</td>" in page
    assert "/apply/" not in page
    assert not Certification.objects.exists()


def test_what_is_no_table_is_said_on_the_page(desk: Client) -> None:
    page = upload(desk, CERTIFICATIONS, "what\never\n")

    assert "The heading lacks mentor_id" in page


def test_a_file_of_another_kind_or_too_large_is_refused_at_once(
    desk: Client, settings: Settings
) -> None:
    settings.IMPORT_MAX_BYTES = 10
    url = f"{CERTIFICATIONS}import-rows/"

    wrong = desk.post(url, {"file": SimpleUploadedFile("table.txt", b"x")})
    large = desk.post(url, {"file": SimpleUploadedFile("table.csv", b"x" * 11)})

    assert "has to end in .csv or .xlsx" in wrong.content.decode()
    assert "The file is too large." in large.content.decode()
    assert not Upload.objects.exists()


def test_the_page_shows_how_far_the_work_is(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "CHUNK", 2)
    lines = "".join(f"m-{number},t,,,2028-03-01\n" for number in range(5))
    answer = desk.post(
        f"{CERTIFICATIONS}import-rows/",
        {"file": SimpleUploadedFile("t.csv", (HEADING + lines).encode())},
    )

    page = body(desk.get(answer["Location"])).decode()

    assert re.findall(r'role="status">([^<]+)<', page) == [
        "Checking: 2 rows",
        "Checking: 4 rows",
        "Checking: 5 rows",
    ]


def test_what_changed_since_the_check_is_checked_again(desk: Client) -> None:
    row = CertificationFactory.create(mentor__id="m-1")
    kind = row.certification_type_id
    text = "mentor_id,certification_type,renewed_at,expires_at\n"
    page = upload(desk, RENEWALS, text + f"m-1,{kind},2026-03-02,2028-01-01\n")
    Certification.objects.update(status="revoked")

    done = apply(desk, page)

    assert "1 thing is wrong" in squeezed(done)
    assert not row.renewals.exists()


def test_an_upload_is_nobody_elses_and_of_one_sort(
    desk: Client, coordinator_of: Callable[[Organisation], Client]
) -> None:
    upload(desk, CERTIFICATIONS, HEADING + "m-1,t,,,2028-03-01\n")
    token = Upload.objects.get().token
    cora = coordinator_of(OrganisationFactory.create())

    assert cora.get(f"{CERTIFICATIONS}import-rows/{token}/").status_code == 404
    assert desk.get(f"{MENTORS}import-rows/{token}/").status_code == 404


def test_uploads_that_nobody_went_on_with_are_deleted(desk: Client) -> None:
    upload(desk, CERTIFICATIONS, HEADING)
    Upload.objects.update(created_at=timezone.now() - timedelta(days=2))

    upload(desk, CERTIFICATIONS, HEADING)

    assert Upload.objects.count() == 1


def test_a_coordinator_imports_her_own_mentors_alone(
    coordinator_of: Callable[[Organisation], Client],
) -> None:
    home, elsewhere = OrganisationFactory.create(id="home"), OrganisationFactory.create(id="else")
    MentorFactory.create(id="ours", organisation=home)
    MentorFactory.create(id="theirs", organisation=elsewhere, name="Secret")
    cora = coordinator_of(home)

    refused = upload(cora, MENTORS, "mentor_id,organisation_id\ntheirs,home\nours,else\nnew,\n")
    page = upload(cora, MENTORS, "mentor_id,name,organisation_id\nours,Ann,home\nnew,Bo,home\n")
    apply(cora, page)
    foreign = upload(
        cora, CERTIFICATIONS, HEADING + "theirs,t,,,2028-01-01\nghost,t,,,2028-01-01\n"
    )

    assert re.findall(r"<td>(\d)</td><td>(\w+)</td>", refused) == [
        ("2", "mentor_id"),
        ("3", "organisation_id"),
        ("4", "organisation_id"),
    ]
    assert "Secret" not in refused
    assert set(Mentor.objects.filter(organisation=home).values_list("name", flat=True)) == {
        "Ann",
        "Bo",
    }
    assert foreign.count("You have no mentor of this id.") == 2


def test_an_auditor_exports_and_does_not_import(auditor: Client) -> None:
    CertificationFactory.create()

    assert auditor.get(f"{CERTIFICATIONS}export-csv/").status_code == 200
    assert auditor.get(f"{CERTIFICATIONS}import-rows/").status_code == 403


def test_what_is_listed_is_exported(desk: Client) -> None:
    for status in ("active", "suspended"):
        CertificationFactory.create(status=status, mentor__id=status)

    table = body(desk.get(f"{CERTIFICATIONS}export-csv/?status__exact=suspended"))

    lines = table.decode("utf-8-sig").splitlines()
    assert lines[0] == HEADING.strip()
    assert [line.split(",")[0] for line in lines[1:]] == ["suspended"]


def test_a_coordinator_exports_her_own(coordinator_of: Callable[[Organisation], Client]) -> None:
    home, elsewhere = OrganisationFactory.create_batch(2)
    MentorFactory.create(id="ours", organisation=home)
    MentorFactory.create(id="theirs", organisation=elsewhere)

    table = body(coordinator_of(home).get(f"{MENTORS}export-csv/")).decode()

    assert "ours" in table
    assert "theirs" not in table


@pytest.mark.parametrize("listed", [CERTIFICATIONS, MENTORS, RENEWALS, DEFINITIONS])
def test_exports_come_back_as_the_same_and_templates_show_the_way(
    desk: Client, listed: str
) -> None:
    organisation = OrganisationFactory.create()
    renewal = RenewalFactory.create(certification__mentor__organisation=organisation)
    definition = BadgeDefinitionFactory.create(tags=["peer", "mentor"])

    table = body(desk.get(f"{listed}export-csv/")).decode("utf-8-sig")
    page = upload(desk, listed, table)
    workbook = load_workbook(io.BytesIO(body(desk.get(f"{listed}export-xlsx/"))))
    template = body(desk.get(f"{listed}import-rows/template.csv")).decode("utf-8-sig")

    counts = re.findall(r'<span class="desk-number">(\d+)</span>', page)
    assert counts == ["0", "0", "1", "0"], page
    assert workbook.worksheets[0].max_row == 2
    assert template.splitlines()[0] == table.splitlines()[0]
    assert renewal.pk
    assert definition.pk


def test_definitions_are_made_and_changed(desk: Client) -> None:
    definition = BadgeDefinitionFactory.create(name="Old")
    text = "id,name,description,criteria,tags\n"
    text += f'{definition.public_id},New,What,How,"a, b"\n,Fresh,What,How,\n'

    apply(desk, upload(desk, DEFINITIONS, text))
    refused = upload(desk, DEFINITIONS, text + "bdg-def-999,X,Y,Z,\n")

    definition.refresh_from_db()
    assert (definition.name, definition.tags) == ("New", ["a", "b"])
    assert BadgeDefinition.objects.filter(name="Fresh", active=True).exists()
    assert "There is no definition of this id." in refused
