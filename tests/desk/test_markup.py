"""Nothing that stands in a column is markup on a page, in either language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.db.models import CharField, Field, JSONField, Model, TextField
from django.test import Client
from django.utils import timezone

from badges.models import EarnedBadge
from certifications.models import Certification, CertificationType, Mentor
from tests.access.desk_rows import make_desk_rows
from tests.access.test_pages import TABLE, content_of, path_of
from tests.desk.conftest import client_at_desk
from tests.factories import OrganisationFactory, TenantFactory

MARK = "<b id=pwn>"
#: Ends an attribute in either quotes, a tag, and stands for an element of its own.
MARKUP = f"\"'>{MARK}"

#: What programs alone write and read: no page shows it, or none would be found by it.
PROGRAMS_OWN = {
    "auth.Permission": {"codename"},
    "auth.User": {"password"},
    "config.AuditEntry": {"once"},
    "config.Counter": {"name", "outcome"},
    "config.Tally": {"relation", "first", "second"},
    "config.Upload": {"kind", "report"},
    "contenttypes.ContentType": {"app_label", "model"},
    "cron.ExpiryCheckJob": {"cron_expression", "timezone"},
    "django_celery_beat.CrontabSchedule": {
        "minute",
        "hour",
        "day_of_month",
        "month_of_year",
        "day_of_week",
    },
    "django_celery_beat.PeriodicTask": {"task", "args", "kwargs", "headers"},
    "knox.AuthToken": {"digest"},
    "sessions.Session": {"session_data"},
}
#: Columns of JSON whose form is fixed.
FORMS = {"reminder_stages": None, "events": None, "tags": [MARKUP], "headers": {MARKUP: MARKUP}}

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor == "postgresql", reason="the same on every database"),
]


def text_columns(model: type[Model]) -> Iterator[Field[Any, Any]]:
    """The columns in which any text can stand."""
    ours = PROGRAMS_OWN.get(model._meta.label, set())
    for field in model._meta.concrete_fields:
        is_free = not (field.choices or field.primary_key or field.is_relation)
        if isinstance(field, CharField | TextField | JSONField) and is_free:
            has_room = field.max_length is None or field.max_length > len(MARKUP) + 10
            if has_room and field.name not in ours:
                yield field


def fill_with_markup() -> int:
    """Put markup into every text column of every row; returns into how many columns."""
    filled = 0
    for model in apps.get_models():
        rows = model._base_manager
        for field in text_columns(model):
            for number, pk in enumerate(rows.values_list("pk", flat=True)):
                value: Any = f"{MARKUP}{number}" if field.unique else MARKUP
                if isinstance(field, JSONField):
                    value = FORMS.get(field.name, {MARKUP: MARKUP})
                if value is not None:
                    filled += rows.filter(pk=pk).update(**{field.name: value})
    return filled


@pytest.fixture
def boss() -> tuple[Client, list[str]]:
    """A superuser, and the address of every page; every row is full of markup."""
    make_desk_rows(TenantFactory.create(), OrganisationFactory.create(id="home"), "home")
    # A type's code is its key, which nothing can set afterwards.
    kind = CertificationType.objects.create(code=MARKUP)
    Certification.objects.update(certification_type=kind)
    EarnedBadge.objects.update(revoked_at=timezone.now(), reason="a", revoked_by="b")
    admin = User.objects.create_superuser("admin")
    client = client_at_desk(admin)
    addresses = list(pages())
    assert fill_with_markup() > 100
    Mentor.objects.update(public_badges=True)
    return client, addresses


def pages() -> Iterator[str]:
    """The address of every page of the desk, and of a badge's."""
    for method, route in TABLE:
        if method == "GET" and "logout" not in route:
            yield path_of(route)
    yield "/admin/cron/expirycheckrun/forecast/"
    yield f"/badges/{EarnedBadge.objects.latest('pk').public_uuid}"


@pytest.mark.parametrize("language", ["en", "nb"])
def test_no_page_takes_a_text_for_markup(boss: tuple[Client, list[str]], language: str) -> None:
    browser, addresses = boss
    browser.cookies["django_language"] = language
    raw, shown = [], 0

    for address in addresses:
        answer: Any = browser.get(address, follow=True)
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            page = content_of(answer)
            shown += "b id=pwn" in page
            if MARK in page or 'href="javascript:' in page:
                raw.append(address)

    assert raw == []
    assert shown > 50


@pytest.mark.parametrize("language", ["en", "nb"])
def test_neither_a_search_nor_an_imported_table_is_taken_for_markup(
    boss: tuple[Client, list[str]], language: str
) -> None:
    browser, _ = boss
    browser.cookies["django_language"] = language
    page = "/admin/certifications/mentor/import-rows/"
    for table in (f"mentor_id,{MARKUP}\n1,2\n", f"mentor_id,name\n{MARKUP},{MARKUP}\n"):
        file = SimpleUploadedFile(f"{MARKUP}.csv", table.encode())

        checked: Any = browser.post(page, {"file": file}, follow=True)
        listed: Any = browser.get("/admin/certifications/mentor/", {"q": MARKUP})
        found: Any = browser.get("/admin/search/", {"s": MARKUP})

        assert all(MARK not in content_of(answer) for answer in (checked, listed, found))
