"""Fields of the admin that hold JSON: emptied, or filled with something else than they expect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.db.models import JSONField, Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from badges.models import BadgeDefinition
from certificates.webhooks.models import WebhookEndpoint
from certificates.webhooks.services.endpoints import create_endpoint
from certifications.models import CertificationType
from tests.factories import (
    BadgeDefinitionFactory,
    CertificateFactory,
    CertificationTypeFactory,
    TenantFactory,
)


def an_endpoint() -> WebhookEndpoint:
    made = create_endpoint(
        tenant=TenantFactory.create(),
        name="ERP",
        url="https://hooks.example.org/in",
        events=["CERTIFICATE::CREATE"],
        headers={},
        now=timezone.now(),
    )
    return made.endpoint


MAKERS: dict[str, Callable[[], Any]] = {
    "certifications.CertificationType": CertificationTypeFactory.create,
    "certificates.Tenant": TenantFactory.create,
    "certificates.Certificate": CertificateFactory.create,
    "badges.BadgeDefinition": BadgeDefinitionFactory.create,
    "webhooks.WebhookEndpoint": an_endpoint,
}
ODD = ["", "null", "{}", "[]", '"x"', "[1]", "1", "[[]]", '["x", null]', "[true]", '{"a": 1}', "{"]

pytestmark = pytest.mark.django_db


def fields_with_json() -> list[Any]:
    return [
        pytest.param(rows.opts.label, field.name, id=f"{rows.opts.label}.{field.name}")
        for rows in admin.site._registry.values()
        for field in rows.opts.fields
        if isinstance(field, JSONField)
    ]


def save_with(desk: Client, row: Model, **changes: str) -> Any:
    """Open the row's page, change these fields and save it."""
    meta = row._meta
    address = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])
    page: Any = desk.get(address)
    shown = page.context["adminform"].form
    data = {bound.html_name: bound.value() for bound in shown}
    for formset in page.context["inline_admin_formsets"]:
        for bound in formset.formset.management_form:
            data[bound.html_name] = 0 if "FORMS" in bound.html_name else bound.value()
    sent = {name: value for name, value in data.items() if value is not None and value is not False}
    return desk.post(address, {**sent, **changes})


@pytest.mark.parametrize("text", ODD)
@pytest.mark.parametrize(("label", "field"), fields_with_json())
def test_whatever_is_entered_is_saved_or_refused(
    desk: Client, label: str, field: str, text: str
) -> None:
    row = MAKERS[label]()
    before = getattr(row, field)

    answer = save_with(desk, row, **{field: text})

    row.refresh_from_db()
    if answer.status_code == 200:
        assert list(answer.context["adminform"].form.errors) == [field]
        assert getattr(row, field) == before
    else:
        assert answer.status_code == 302
        row.full_clean()


@pytest.mark.parametrize("text", ["", "null", "{}", '"30"', "[30, 30]", "[true]"])
def test_stages_that_are_no_list_of_days_are_refused(desk: Client, text: str) -> None:
    kind = CertificationTypeFactory.create(reminder_stages=[30, 7])

    answer = save_with(desk, kind, reminder_stages=text)

    assert "Give a list of different whole days" in answer.content.decode()
    assert CertificationType.objects.get().reminder_stages == [30, 7]


@pytest.mark.parametrize("text", ["[]", "[60, 0]"])
def test_stages_may_be_none_where_that_is_said(desk: Client, text: str) -> None:
    kind = CertificationTypeFactory.create(reminder_stages=[30, 7])

    save_with(desk, kind, reminder_stages=text)

    assert f"{CertificationType.objects.get().reminder_stages}" == text


@pytest.mark.parametrize("text", ["", "null", "[]"])
def test_emptied_tags_are_none(desk: Client, text: str) -> None:
    definition = BadgeDefinitionFactory.create(tags=["peer"])

    save_with(desk, definition, tags=text)

    assert BadgeDefinition.objects.get().tags == []


@pytest.mark.parametrize("text", ["{}", '"x"', "[1]", '[""]', f'["{"x" * 51}"]', "[[]]"])
def test_tags_that_are_no_texts_are_refused(desk: Client, text: str) -> None:
    definition = BadgeDefinitionFactory.create(tags=["peer"])

    answer = save_with(desk, definition, tags=text)

    assert "Give a list of up to 20 texts" in answer.content.decode()
    assert BadgeDefinition.objects.get().tags == ["peer"]
