"""Who sees and does what at the desk: coordinators, auditors, admins, and nobody."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client

from certifications.models import Certification, Mentor, Organisation
from tests.desk.conftest import client_at_desk, make_account
from tests.desk.rows import rows_of
from tests.factories import (
    BadgeDefinitionFactory,
    CertificateFactory,
    MentorFactory,
    OrganisationFactory,
)

CoordinatorOf = Callable[[Organisation], Client]
#: Stands in every row that is none of hers.
ELSEWHERE = "Elsewhere"
CERTIFICATIONS = "/admin/certifications/certification/"

pytestmark = pytest.mark.django_db


def changelist(model: type[Model]) -> str:
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/"


def change(row: Model) -> str:
    return f"{changelist(type(row))}{quote(str(row.pk), safe='')}/change/"


def history(row: Model) -> str:
    return change(row).replace("/change/", "/history/")


@pytest.fixture
def foreign() -> list[Model]:
    elsewhere = OrganisationFactory.create(id="elsewhere", name=f"{ELSEWHERE} Ltd")
    return rows_of(elsewhere, ELSEWHERE)


@pytest.fixture
def own() -> list[Model]:
    return rows_of(OrganisationFactory.create(id="home", name="Home"), "Own")


@pytest.fixture
def cora(own: list[Model], coordinator_of: CoordinatorOf) -> Client:
    """The coordinator of the organisation that `own` rows belong to."""
    organisation = own[-1]
    assert isinstance(organisation, Organisation)
    return coordinator_of(organisation)


def test_a_coordinator_finds_her_own_rows(cora: Client, own: list[Model]) -> None:
    for row in own:
        listed = cora.get(changelist(type(row)))
        opened = cora.get(change(row))

        assert listed.status_code == opened.status_code == 200, row
        assert str(row.pk) in listed.content.decode(), row


def test_rows_of_other_organisations_do_not_exist_for_a_coordinator(
    cora: Client, foreign: list[Model]
) -> None:
    urls = ["/admin/"]
    for model in admin.site._registry:
        listed = changelist(model)
        searches = f"{listed}?q={ELSEWHERE}"
        urls += [listed, searches, f"{listed}?organisation__id__exact=elsewhere"]
    for row in foreign:
        urls += [change(row), history(row), change(row).replace("/change/", "/delete/")]
        urls.append(f"{history(row)}1/")
    for app, model_name, field in (
        ("certifications", "certification", "mentor"),
        ("certifications", "renewal", "certification"),
        ("certifications", "mentor", "organisation"),
        ("badges", "earnedbadge", "mentor"),
    ):
        urls.append(
            f"/admin/autocomplete/?app_label={app}&model_name={model_name}"
            f"&field_name={field}&term={ELSEWHERE[:4]}"
        )

    for url in urls:
        answer = cora.get(url, follow=True)
        page = answer.content.decode().replace(f"q={ELSEWHERE}", "")
        page = page.replace(f'value="{ELSEWHERE}"', "").replace(f"m-{ELSEWHERE}", "")

        assert answer.status_code in (200, 403, 404), url
        assert f"{ELSEWHERE} " not in page, url
        assert f"{ELSEWHERE}@" not in page, url


def test_a_key_that_reads_like_a_quoted_one_of_hers_opens_no_history(
    cora: Client, own: list[Model], foreign: list[Model]
) -> None:
    MentorFactory.create(id="m_x", organisation=own[-1])
    mentor = MentorFactory.create(id="m_5Fx", organisation=foreign[-1])  # "m_x", to Django's admin
    version = mentor.history.get().pk

    answer = cora.get(f"/admin/certifications/mentor/m_5Fx/history/{version}/")

    assert answer.status_code == 404


def test_guessed_addresses_answer_as_if_nothing_was_there(
    cora: Client, foreign: list[Model]
) -> None:
    certification = foreign[1]
    missing = f"{CERTIFICATIONS}999999/change/"

    guessed, absent = cora.get(change(certification)), cora.get(missing)

    assert guessed.status_code == absent.status_code == 302
    assert guessed["Location"] == absent["Location"] == "/admin/"


def test_actions_reach_no_row_of_another_organisation(cora: Client, foreign: list[Model]) -> None:
    certification = foreign[1]
    assert isinstance(certification, Certification)

    cora.post(
        CERTIFICATIONS,
        {
            "action": "revoke",
            "_selected_action": [certification.pk],
            "asked": "1",
            "reason": "mine now",
        },
    )

    certification.refresh_from_db()
    assert certification.status == "active"


def test_a_coordinator_can_not_move_a_mentor_out_of_her_organisation(
    cora: Client, own: list[Model], foreign: list[Model]
) -> None:
    mentor = own[0]
    assert isinstance(mentor, Mentor)
    form = {"name": "Own", "email": "own@x.org", "language": "en", "organisation": "elsewhere"}
    inlines = {"certifications-TOTAL_FORMS": "0", "certifications-INITIAL_FORMS": "0"}

    refused = cora.post(change(mentor), {**form, **inlines})
    without = cora.post(change(mentor), {**form, **inlines, "organisation": ""})

    mentor.refresh_from_db()
    assert refused.status_code == without.status_code == 200  # the form again, with the fault
    assert mentor.organisation_id == "home"


def test_a_coordinator_can_not_certify_another_organisations_mentor(
    cora: Client, foreign: list[Model]
) -> None:
    mentor = foreign[0]
    assert isinstance(mentor, Mentor)
    before = Certification.objects.count()

    answer = cora.post(
        f"{CERTIFICATIONS}add/",
        {
            "mentor": mentor.pk,
            "certification_type": "peer_mentor_level_1",
            "status": "active",
            "issued_at": "2026-01-01",
            "expires_at": "2027-01-01",
            "renewals-TOTAL_FORMS": "0",
            "renewals-INITIAL_FORMS": "0",
        },
    )

    assert answer.status_code == 200
    assert Certification.objects.count() == before


def test_a_coordinator_sees_neither_certificates_nor_access(cora: Client) -> None:
    CertificateFactory.create()

    for path in (
        "certificates/certificate",
        "webhooks/webhookendpoint",
        "auth/user",
        "knox/authtoken",
    ):
        assert cora.get(f"/admin/{path}/").status_code == 403, path


def test_an_auditor_reads_every_list_and_writes_nothing(auditor: Client, own: list[Model]) -> None:
    BadgeDefinitionFactory.create()

    for model in admin.site._registry:
        listed = changelist(model)

        assert auditor.get(listed).status_code == 200, listed
        assert auditor.get(f"{listed}add/").status_code == 403, listed
    for row in own:
        delete = change(row).replace("/change/", "/delete/")

        assert auditor.get(change(row)).status_code == 200, row
        assert auditor.post(change(row), {"name": "x"}).status_code == 403, row
        assert auditor.post(delete, {"post": "yes"}).status_code == 403, row


def test_an_auditor_can_not_write_through_the_history(auditor: Client, own: list[Model]) -> None:
    mentor = own[0]
    assert isinstance(mentor, Mentor)
    version = mentor.history.get().pk

    answer = auditor.post(
        f"{history(mentor)}{version}/", {"name": "changed", "email": "", "language": "en"}
    )

    mentor.refresh_from_db()
    assert answer.status_code == 403
    assert mentor.name == "Own Mentor"


def test_an_admin_by_role_may_do_everything(own: list[Model]) -> None:
    boss = client_at_desk(make_account("adam", "admin"))

    boss.post(change(own[1]).replace("/change/", "/delete/"), {"post": "yes"})

    assert boss.get("/admin/auth/user/add/").status_code == 200
    assert not Certification.objects.filter(pk=own[1].pk).exists()


def test_an_account_without_a_role_does_not_get_in() -> None:
    nobody = client_at_desk(make_account("norman"))

    answer = nobody.get("/admin/certifications/mentor/")

    assert answer.status_code == 302
    assert "/admin/login/" in answer["Location"]


def test_a_coordinator_who_also_audits_sees_all(foreign: list[Model]) -> None:
    both = client_at_desk(make_account("bo", "coordinator", "auditor"))

    assert ELSEWHERE in both.get("/admin/certifications/mentor/").content.decode()


def test_a_coordinator_of_nothing_sees_nothing(foreign: list[Model]) -> None:
    lone = client_at_desk(make_account("lone", "coordinator"))

    page = lone.get("/admin/certifications/mentor/")

    assert page.status_code == 200
    assert ELSEWHERE not in page.content.decode()


def test_what_she_awards_goes_to_her_own_mentors(cora: Client, foreign: list[Model]) -> None:
    definition = BadgeDefinitionFactory.create()
    body = {"action": "award_to", "_selected_action": [definition.pk], "asked": "1"}

    refused = cora.post("/admin/badges/badgedefinition/", {**body, "mentors": [foreign[0].pk]})
    cora.post("/admin/badges/badgedefinition/", {**body, "mentors": ["m-Own"]})

    assert refused.status_code == 200
    assert list(definition.earned.values_list("mentor_id", flat=True)) == ["m-Own"]


def test_deleted_rows_of_others_leave_no_history_to_look_at(
    cora: Client, foreign: list[Model]
) -> None:
    mentor = foreign[0]
    certification = foreign[1]
    address = history(certification)
    certification.delete()

    assert cora.get(address).status_code == 404
    assert cora.get(history(mentor)).status_code == 404
