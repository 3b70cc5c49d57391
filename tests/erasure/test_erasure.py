"""Erasing a person leaves nothing of it in any table but what is kept on purpose."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client

from certifications.models import Mentor
from config.personal_data import Keeping, holdings
from tests.conftest import client_of
from tests.erasure.filled import KEY, NEEDLES, dump, fill, tables_with

pytestmark = pytest.mark.django_db

#: Tables of which only other tables, or a secret key, tell whose rows are whose.
NAMELESS = {
    "certifications_renewal",
    "certifications_historicalrenewal",
    "cron_mailquota",
    "cron_refusedmailbox",
}
MENTORS = "/admin/certifications/mentor/"


def by_api(desk: Client) -> None:
    answer = client_of("eraser", "admin").delete(f"/api/v1/mentors/{KEY}?force=true")
    assert answer.status_code == 200


def by_page(desk: Client) -> None:
    assert desk.post(f"{MENTORS}{KEY}/delete/", {"post": "yes"}).status_code == 302


def by_action(desk: Client) -> None:
    form = {"action": "delete_selected", "_selected_action": KEY, "post": "yes"}
    assert desk.post(MENTORS, form).status_code == 302


def tables_that_are(*keepings: Keeping) -> set[str]:
    return {table for table, held in holdings().items() if held.keeping in keepings}


def test_every_table_says_what_it_holds_of_a_person() -> None:
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))

    assert tables - holdings().keys() == set(), "say it in the app's personal_data.py"
    assert holdings().keys() - tables == set()
    assert all(held.why for held in holdings().values())


@pytest.mark.parametrize("erase", [by_api, by_page, by_action])
def test_nothing_is_left_of_a_person_who_is_erased(
    erase: Callable[[Client], None], desk: Client
) -> None:
    fill(desk)
    before = dump()
    found = [tables_with(needle, before) for needle in NEEDLES]

    erase(desk)

    after = dump()
    assert all(found)
    assert tables_that_are(Keeping.BELONGS, Keeping.ERASED) - set().union(*found) == NAMELESS
    for table in NAMELESS:
        assert before[table]
        assert after[table] == ""
    for needle in NEEDLES:
        kept = tables_that_are(Keeping.KEPT) if needle.is_key else set()
        assert tables_with(needle, after) - kept == set(), needle
    assert not Mentor.objects.exists()


def test_the_log_of_changes_still_tells_that_there_was_one(desk: Client) -> None:
    fill(desk)
    before = LogEntry.objects.count()

    by_page(desk)

    assert LogEntry.objects.count() == before + 1
    lines = LogEntry.objects.filter(content_type__model="mentor")
    assert set(lines.values_list("object_repr", "object_id", "change_message")) == {("…", None, "")}
