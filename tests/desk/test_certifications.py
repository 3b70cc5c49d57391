"""Certifications at the desk: found in a click, renewed, suspended and revoked many at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings
from time_machine import TimeMachineFixture

from certifications.models import Certification
from config.desk import paginator
from tests.factories import (
    CertificationFactory,
    CertificationTypeFactory,
    MentorFactory,
    OrganisationFactory,
    RenewalFactory,
)

LIST = "/admin/certifications/certification/"
NOW = datetime(2026, 3, 26, 10, 0, tzinfo=UTC)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_at_ten")]


@pytest.fixture
def _at_ten(time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(NOW, tick=False)


def expiring(days: float, **more: Any) -> Certification:
    certification: Certification = CertificationFactory.create(
        expires_at=NOW + timedelta(days=days), **more
    )
    return certification


def found(client: Client, query: str) -> set[Certification]:
    page = client.get(f"{LIST}?{query}")
    assert page.status_code == 200
    return set(page.context["cl"].result_list)


def do(client: Client, action: str, *rows: Certification, **answers: str) -> str:
    """Tick the rows, choose the action, and answer its form if there are answers."""
    body: dict[str, Any] = {"action": action, "_selected_action": [row.pk for row in rows]}
    if answers:
        body |= {"asked": "1", **answers}
    page: str = client.post(LIST, body, follow=True).content.decode()
    return page


def statuses(*rows: Certification) -> list[str]:
    return [Certification.objects.get(pk=row.pk).status for row in rows]


# Finding


def test_windows_statuses_types_and_organisations_filter_the_list(desk: Client) -> None:
    organisation = OrganisationFactory.create()
    first_aid = CertificationTypeFactory.create(code="first_aid")
    this_week = expiring(5, mentor=MentorFactory.create(organisation=organisation))
    this_month = expiring(20, certification_type=first_aid)
    later = expiring(80, mentor=MentorFactory.create(email=""))
    overdue = expiring(-0.5)
    expired = expiring(-50, status="expired")
    suspended = expiring(6, status="suspended")

    assert found(desk, "window=7") == {this_week}
    assert found(desk, "window=30") == {this_week, this_month}
    assert found(desk, "window=90") == {this_week, this_month, later}
    assert found(desk, "window=expired") == {overdue, expired}
    assert found(desk, "window=2026-03-30") == {this_week}
    assert found(desk, "status__exact=suspended") == {suspended}
    assert found(desk, "certification_type__code__exact=first_aid") == {this_month}
    assert found(desk, f"mentor__organisation__id__exact={organisation.pk}") == {this_week}
    assert found(desk, "contact=none") == {later}
    assert found(desk, "window=nonsense") == found(desk, "")


@pytest.mark.parametrize("term", ["berta", "BERTA", "m-77", "b@example"])
def test_mentors_are_found_by_part_of_name_id_or_email(desk: Client, term: str) -> None:
    berta = expiring(
        9, mentor=MentorFactory.create(id="m-777", name="Berta Berg", email="b@example.org")
    )
    expiring(9, mentor=MentorFactory.create(id="x", name="Other", email="other@x.org"))

    assert found(desk, f"q={term}") == {berta}


def test_a_line_says_status_days_left_and_organisation(desk: Client) -> None:
    organisation = OrganisationFactory.create(name="Fjord Recovery")
    expiring(12, mentor=MentorFactory.create(organisation=organisation))
    expiring(-2, status="expired")

    page = " ".join(desk.get(LIST).content.decode().split())

    assert "expiring soon" in page
    assert ">12<" in page.replace("> 12 <", ">12<")
    assert "2 days ago" in page
    assert "Fjord Recovery" in page


def test_a_page_of_the_list_costs_the_same_however_many_rows_it_has(
    desk: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    expiring(1)
    with django_assert_num_queries(LIST_QUERIES):
        desk.get(LIST)
    for number in range(60):
        organisation = OrganisationFactory.create()
        expiring(number, mentor=MentorFactory.create(organisation=organisation))

    with django_assert_num_queries(LIST_QUERIES):
        desk.get(LIST)


def test_a_long_list_is_counted_up_to_a_limit_and_says_so(
    desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paginator, "MOST_ROWS", 60)
    for number in range(70):
        expiring(number)

    page = desk.get(LIST)
    rows = Certification.objects.order_by("pk")
    body = {"action": "revoke", "_selected_action": [rows[0].pk], "select_across": "1"}
    refused = desk.post(LIST, body, follow=True).content.decode()

    assert "more than 60 certifications" in page.content.decode()
    assert page.context["cl"].paginator.num_pages == 2
    assert "Narrow the list by a filter first." in refused


# Changing


def test_several_are_renewed_at_once_and_history_knows_who_did_it(desk: Client) -> None:
    rows = [expiring(3), expiring(-5, status="expired"), expiring(20)]

    asked = do(desk, "renew", *rows[:2])
    page = do(desk, "renew", *rows[:2], renewed_at="2026-03-26", expires_at="2028-03-26")

    assert "2 rows:" in asked
    assert "Renewed 2 certifications." in page
    for row in rows[:2]:
        row.refresh_from_db()
        assert (row.status, row.expires_at) == ("active", datetime(2028, 3, 26, tzinfo=UTC))
        assert row.renewals.count() == 1
        assert row.history.latest().history_user.username == "boss"
    assert rows[2].renewals.count() == 0


def test_if_one_can_not_be_renewed_none_is_and_the_page_says_which(desk: Client) -> None:
    sound, revoked = expiring(3), expiring(3, status="revoked")

    page = do(desk, "renew", sound, revoked, renewed_at="2026-03-26", expires_at="2028-03-26")

    assert "Nothing was renewed." in page
    assert str(revoked) in page
    assert sound.renewals.count() == 0


def test_a_renewal_that_ends_before_it_begins_is_refused_on_the_form(desk: Client) -> None:
    row = expiring(3)

    page = do(desk, "renew", row, renewed_at="2026-03-26", expires_at="2026-03-01")

    assert "It has to be later than the renewal" in page
    assert row.renewals.count() == 0


@pytest.mark.parametrize(("action", "status"), [("suspend", "suspended"), ("revoke", "revoked")])
def test_suspending_and_revoking_ask_for_a_reason_that_history_keeps(
    desk: Client, action: str, status: str
) -> None:
    rows = [expiring(3), expiring(30)]

    without = do(desk, action, *rows, reason=" ")
    between = statuses(*rows)
    do(desk, action, *rows, reason="Complaint 4711")

    assert "This field is required" in without
    assert between == ["active", "active"]
    assert statuses(*rows) == [status, status]
    last = rows[0].history.latest()
    assert (last.history_change_reason, last.history_user.username) == ("Complaint 4711", "boss")


def test_what_is_expired_can_not_be_suspended(desk: Client) -> None:
    sound, expired = expiring(3), expiring(-3, status="expired")

    page = do(desk, "suspend", sound, expired, reason="Complaint")

    assert "only active certifications can be" in page
    assert statuses(sound, expired) == ["active", "expired"]


def form_of(row: Certification, **changes: str) -> dict[str, str]:
    """The form of a certification's page as it stands."""
    return {
        "status": row.status,
        "issued_at": f"{row.issued_at:%Y-%m-%d}",
        "expires_at": f"{row.expires_at:%Y-%m-%d}",
        "renewals-TOTAL_FORMS": "0",
        "renewals-INITIAL_FORMS": "0",
        **changes,
    }


def test_a_renewal_is_added_on_the_page_of_its_certification(desk: Client) -> None:
    row = expiring(3)
    RenewalFactory.create(certification=row, renewed_at=row.issued_at, expires_at=row.expires_at)
    line = {
        "renewals-TOTAL_FORMS": "1",
        "renewals-0-renewed_at": "2026-03-26",
        "renewals-0-expires_at": "2027-03-26",
        "renewals-0-certification": str(row.pk),
    }

    answer = desk.post(f"{LIST}{row.pk}/change/", form_of(row, **line))

    row.refresh_from_db()
    assert answer.status_code == 302, answer.content
    assert row.expires_at == datetime(2027, 3, 26, tzinfo=UTC)
    assert row.renewals.count() == 2


def test_a_correction_is_checked_and_stands_in_the_history(desk: Client) -> None:
    row = expiring(3)
    change = f"{LIST}{row.pk}/change/"

    refused = desk.post(change, form_of(row, expires_at="2020-01-01"))
    desk.post(change, form_of(row, expires_at="2026-05-01"))

    row.refresh_from_db()
    assert refused.status_code == 200
    assert row.expires_at.date().isoformat() == "2026-05-01"
    assert row.history.latest().history_user.username == "boss"


# Times


def test_what_never_expires_stays_as_it_is_shown_in_every_zone(desk: Client) -> None:
    never = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    row = CertificationFactory.create(issued_at=datetime(2020, 1, 1, tzinfo=UTC), expires_at=never)
    desk.cookies["timezone"] = "Pacific/Auckland"
    change = f"{LIST}{row.pk}/change/"

    shown = desk.get(change).content.decode()
    answer = desk.post(change, form_of(row, status="suspended"))

    assert 'value="9999-12-31"' in shown
    assert answer.status_code == 302, answer.content
    row.refresh_from_db()
    assert (row.status, row.expires_at) == ("suspended", never)


def test_times_are_shown_in_the_zone_of_the_browser_and_say_so(
    desk: Client, settings: Settings
) -> None:
    row = expiring(3)  # 10:00 UTC
    assert row.expires_at.hour == 10

    in_utc = desk.get(LIST).content.decode()
    desk.cookies["timezone"] = "Asia/Tokyo"
    in_tokyo = desk.get(LIST).content.decode()
    desk.cookies["timezone"] = "Nowhere/Else"
    unknown = desk.get(LIST).content.decode()

    assert "Times: UTC" in in_utc
    assert "29 March 2026 10:00" in in_utc
    assert "Times: Asia/Tokyo" in in_tokyo
    assert "29 March 2026 19:00" in in_tokyo
    assert "Times: UTC" in unknown


def test_the_apis_speak_utc_whatever_a_browser_says(desk: Client) -> None:
    row = expiring(3)
    desk.cookies["timezone"] = "Asia/Tokyo"

    answer = desk.get(f"/api/v1/certification-records/{row.mentor_id}")

    assert answer.json()["expires_at"] == "2026-03-29T10:00:00Z"


#: Session, account, second factor, the types and organisations of the filters, count,
#: rows, and for the next reminder what is snoozed and what went out.
LIST_QUERIES = 9
