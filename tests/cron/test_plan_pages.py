"""The desk's page Why, what else it says of reminders, and who may see and do what."""

from __future__ import annotations

import re
from datetime import date

from django.core import mail
from django.test import Client

from cron.models import (
    ReminderSnooze,
)
from cron.services.jobs import create_job
from cron.services.snoozing import snooze_reminders
from tests.cron.conftest import NOW, check_expiry
from tests.cron.pages import AT_THE_DESK, CERTIFICATIONS, RUNS, expiring, failed_run, page_of, why
from tests.desk.conftest import client_at_desk, make_account
from tests.factories import (
    CoordinatorFactory,
    MentorFactory,
    OrganisationFactory,
)

pytestmark = AT_THE_DESK


def test_the_page_why_shows_the_plan_and_sends_once_that_is_confirmed(desk: Client) -> None:
    create_job(name="nightly", cron_expression="0 2 * * *", now=NOW)
    certification = expiring(10)

    before = page_of(desk, why(certification))
    asked = " ".join(desk.post(why(certification), {"send": ""}).content.decode().split())
    unsent = len(mail.outbox)
    answer = desk.post(why(certification), {"send": "", "asked": "1"}, follow=True)
    after = " ".join(answer.content.decode().split())

    assert "14 days before" in before
    assert "Its days went by" in before
    assert unsent == 0
    assert certification.mentor.email in asked
    assert "expires in 10 days" in asked
    assert 'name="asked"' in asked
    assert "1 reminder is on its way" in after
    assert mail.outbox[0].to == [certification.mentor.email]


def test_reminders_are_snoozed_and_the_snooze_ended(desk: Client) -> None:
    certification = expiring(10)
    url = why(certification)

    refused = desk.post(url, {"snooze": "", "until": "2026-03-01", "reason": "away"})
    desk.post(url, {"snooze": "", "until": "2026-04-02", "reason": "On leave"})
    page = page_of(desk, url)
    listed = page_of(desk, CERTIFICATIONS)
    snooze = ReminderSnooze.objects.get()
    desk.post(url, {"end": ""})

    assert "Give a day after today" in refused.content.decode()
    assert "Reminders are snoozed until 2 Apr 2026: On leave" in page
    assert "snoozed until 2 Apr 2026" in listed
    assert (snooze.reason, str(snooze.snoozed_by)) == ("On leave", "boss")
    assert not ReminderSnooze.objects.exists()


def test_the_list_of_certifications_asks_who_gets_what_and_sends_then(desk: Client) -> None:
    sound, far, revoked = expiring(10), expiring(90), expiring(10, status="revoked")
    chosen = {
        "action": "send_reminder_now",
        "_selected_action": [sound.pk, far.pk, revoked.pk],
    }

    asked = " ".join(desk.post(CERTIFICATIONS, chosen).content.decode().split())
    unsent = len(mail.outbox)
    answer = desk.post(CERTIFICATIONS, {**chosen, "asked": "1"}, follow=True)

    assert unsent == 0
    assert "2 emails go out:" in asked
    assert all(row.mentor.email in asked for row in (sound, far))
    assert asked.count("every stage still goes out on its day") == 1
    assert f"{revoked}: The certification is revoked." in asked
    page = answer.content.decode()
    assert len(mail.outbox) == 2
    assert "2 reminders are on their way" in page
    assert f"{revoked}: The certification is revoked." in page


def test_the_list_shows_when_the_next_reminder_is_due(desk: Client) -> None:
    expiring(40)  # stage 30 in 10 days
    check_expiry()

    page = page_of(desk, CERTIFICATIONS)

    assert "next reminder" in page.lower()
    assert "5 Apr 2026" in page


def test_of_one_declared_expired_the_list_shows_the_day_from_which_it_is_reminded(
    desk: Client,
) -> None:
    expiring(5, status="expired")

    page = page_of(desk, CERTIFICATIONS)

    (shown,) = re.findall(r'class="field-next_reminder[^>]*>(.*?)</td>', page)
    assert re.sub("<[^>]*>", "", shown).strip() == "31 Mar 2026"


def test_many_refusals_are_told_in_one_message_for_each_reason(desk: Client) -> None:
    revoked = [expiring(10, status="revoked") for _ in range(8)]

    answer = desk.post(
        CERTIFICATIONS,
        {"action": "send_reminder_now", "_selected_action": [row.pk for row in revoked]},
        follow=True,
    )

    page = " ".join(answer.content.decode().split())
    assert page.count("The certification is revoked.") == 1
    assert f"{revoked[4]} and 3 more: The certification is revoked." in page


def test_a_certifications_page_links_to_why(desk: Client) -> None:
    certification = expiring(10)

    assert why(certification) in page_of(desk, f"{CERTIFICATIONS}{certification.pk}/change/")


def test_a_coordinator_steers_her_own_and_sees_no_others() -> None:
    home, elsewhere = OrganisationFactory.create_batch(2)
    account = make_account("cora", "coordinator")
    CoordinatorFactory.create(organisation=home, account=account)
    cora = client_at_desk(account)
    own = expiring(7, mentor=MentorFactory.create(organisation=home, name="Ours", email=""))
    other = expiring(
        7, mentor=MentorFactory.create(organisation=elsewhere, name="Theirs", email="")
    )
    run = failed_run()

    page = page_of(cora, f"{RUNS}{run.pk}/change/")
    forecast = page_of(cora, f"{RUNS}forecast/")

    assert "Ours" in page
    assert "Theirs" not in page
    assert "Retry the failed" not in page
    assert str(other) not in forecast
    assert cora.get(why(own)).status_code == 200
    assert cora.get(why(other)).status_code == 404
    assert cora.post(f"{RUNS}{run.pk}/retry/").status_code == 403
    assert cora.get(f"{RUNS}forecast/cron.reminder/{other.pk}/7/").status_code == 404


def test_an_auditor_reads_why_and_changes_nothing() -> None:
    auditor = client_at_desk(make_account("audrey", "auditor"))
    certification = expiring(7)
    snooze_reminders(
        certification=certification, until=date(2026, 4, 1), reason="away", account=None, now=NOW
    )

    page = page_of(auditor, why(certification))

    assert "Send reminder now" not in page
    for body in ({"end": ""}, {"send": ""}):
        assert auditor.post(why(certification), body).status_code == 403
    assert ReminderSnooze.objects.exists()
