"""Totals that PostgreSQL keeps: always what counting finds."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import QuerySet

from certifications.models import Certification, CertificationStatus, Mentor
from config.models import Tally
from config.tally import total_query
from tests.factories import CertificationFactory, CertificationTypeFactory, MentorFactory
from tests.threads import all_at_once

NOW = datetime(2026, 3, 26, 10, 0, tzinfo=UTC)

on_postgresql = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="SQLite counts each time"
)


def kept(rows: QuerySet[Certification]) -> int:
    total: int = total_query(rows, using="default").run({})[0][0]
    return total


def assert_all_totals_are_right() -> None:
    """Each total that a list can ask for is the number of rows that there are."""
    rows = Certification.objects.all()
    codes = [*rows.values_list("certification_type", flat=True).distinct(), "unknown"]
    asked = [rows, *[rows.filter(status=status) for status in CertificationStatus.values]]
    for code in codes:
        asked.append(rows.filter(certification_type_id=code))
        asked += [
            rows.filter(certification_type=code, status=status)
            for status in CertificationStatus.values
        ]
    assert [kept(each) for each in asked] == [each.count() for each in asked]


@pytest.mark.django_db
def test_totals_follow_whatever_happens_to_the_rows() -> None:
    chance = random.Random(7)
    kinds = CertificationTypeFactory.create_batch(3)
    for step in range(60):
        some = Certification.objects.order_by("?")[: chance.randint(1, 4)].values("pk")
        match chance.choice(["add", "add", "status", "type", "delete", "roll back"]):
            case "add":
                CertificationFactory.create_batch(
                    chance.randint(1, 4), certification_type=chance.choice(kinds)
                )
            case "status":
                Certification.objects.filter(pk__in=some).update(
                    status=chance.choice(CertificationStatus.values)
                )
            case "type":
                Certification.objects.filter(pk__in=some).update(
                    certification_type=chance.choice(kinds)
                )
            case "delete":
                Certification.objects.filter(pk__in=some).delete()
            case _:
                with transaction.atomic():
                    CertificationFactory.create()
                    transaction.set_rollback(True)
        if step % 5 == 0:
            assert_all_totals_are_right()
    assert_all_totals_are_right()


@pytest.mark.django_db
def test_conditions_that_no_tally_tells_are_counted() -> None:
    CertificationFactory.create_batch(3, expires_at=NOW + timedelta(days=3))
    CertificationFactory.create(expires_at=NOW + timedelta(days=300))
    rows = Certification.objects.all()

    assert kept(rows.filter(expires_at__lt=NOW + timedelta(days=30))) == 3
    assert kept(rows.exclude(status="active")) == 0
    assert kept(rows.filter(status="active") | rows.filter(status="revoked")) == 4
    assert kept(rows.filter(mentor__name="nobody")) == 0
    assert kept(rows.filter(status="active").filter(status="expired")) == 0


@on_postgresql
@pytest.mark.django_db
def test_a_plain_total_counts_nothing() -> None:
    CertificationFactory.create_batch(3)

    query = total_query(Certification.objects.filter(status="active"), using="default")

    assert "certifications_certification" not in query.sql
    assert query.run({}) == [(3,)]


@on_postgresql
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_writers_at_the_same_time_neither_wait_nor_lose_a_count() -> None:
    kind = CertificationTypeFactory.create()
    mentors = MentorFactory.create_batch(40)

    def write(part: int) -> None:
        for mentor in mentors[part::4]:
            with transaction.atomic():
                row = CertificationFactory.create(mentor=mentor, certification_type=kind)
                Certification.objects.filter(pk=row.pk).update(status="suspended")

    all_at_once(write, threads=4)

    assert_all_totals_are_right()
    assert kept(Certification.objects.filter(status="suspended")) == 40


@on_postgresql
@pytest.mark.django_db
def test_recount_mends_what_was_loaded_past_the_triggers() -> None:
    CertificationFactory.create_batch(2)
    Tally.objects.filter(relation="certifications.Certification").update(count=70)

    output = StringIO()
    call_command("recount", stdout=output)

    assert_all_totals_are_right()
    assert "certifications.Certification: 70 -> 2" in output.getvalue()
    assert f"certifications.Mentor: {Mentor.objects.count()}" in output.getvalue()


@pytest.mark.django_db
@pytest.mark.skipif("connection.vendor == 'postgresql'", reason="PostgreSQL keeps totals")
def test_recount_says_where_there_is_nothing_to_count() -> None:
    assert connection.vendor == "sqlite"

    with pytest.raises(CommandError, match="SQLite counts each time"):
        call_command("recount")
