"""`manage.py award_badges`: many at once, all or none."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from badges.models import EarnedBadge
from certifications.models import Mentor
from tests.factories import BadgeDefinitionFactory, EarnedBadgeFactory

pytestmark = pytest.mark.django_db


def award_badges(folder: Path, text: str, encoding: str = "utf-8") -> str:
    file = folder / "badges.csv"
    file.write_text(text, encoding=encoding)
    out = StringIO()
    call_command("award_badges", str(file), stdout=out, stderr=out)
    return out.getvalue()


def test_it_reports_what_is_new_and_what_stood_already(tmp_path: Path) -> None:
    definition = BadgeDefinitionFactory.create(id=1)
    EarnedBadgeFactory.create(definition=definition, mentor__id="kari")

    report = award_badges(
        tmp_path,
        "peer_mentor_id,badge_definition_id,awarded_at,awarded_by\n"
        "kari,bdg-def-001,,\n"
        "lars,bdg-def-001,2026-01-02,The jury\n"
        "lars,bdg-def-001,,\n",
        encoding="utf-8-sig",
    )

    assert report == "1 awarded, 2 stood already.\n"
    lars = EarnedBadge.objects.get(mentor="lars")
    assert f"{lars.awarded_at:%Y-%m-%d} {lars.awarded_by}" == "2026-01-02 The jury"


def test_every_fault_is_named_and_nothing_is_awarded(tmp_path: Path) -> None:
    BadgeDefinitionFactory.create(id=1)
    BadgeDefinitionFactory.create(id=2, active=False)

    with pytest.raises(CommandError) as refusal:
        award_badges(
            tmp_path,
            "peer_mentor_id,badge_definition_id,awarded_at\n"
            "kari,bdg-def-001,\n"
            "a b,bdg-def-001,\n"
            "lars,bdg-def-007,\n"
            "lars,bdg-def-002,\n"
            "lars,bdg-def-001,2999-01-01\n"
            "lars,bdg-def-001\n",
        )

    lines = str(refusal.value).splitlines()
    assert lines[0] == "Nothing was awarded."
    assert [line.partition(":")[0] for line in lines[1:]] == [
        "line 3, peer_mentor_id",
        "line 4, badge_definition_id",
        "line 5, badge_definition_id",
        "line 6, awarded_at",
        "line 7, row",
    ]
    assert not EarnedBadge.objects.exists()
    assert not Mentor.objects.exists()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "lacks the column badge_definition_id, peer_mentor_id"),
        ("peer_mentor_id\nkari\n", "lacks the column badge_definition_id"),
        ("peer_mentor_id,badge_definition_id,colour\n", "unknown column colour"),
    ],
)
def test_what_is_no_such_table_is_refused(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(CommandError, match=why):
        award_badges(tmp_path, text)


def test_a_file_in_another_encoding_or_none_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="can't be read"):
        award_badges(
            tmp_path, "peer_mentor_id,badge_definition_id\nåse,bdg-def-001\n", encoding="latin-1"
        )
    with pytest.raises(CommandError, match="can't be read"):
        call_command("award_badges", str(tmp_path / "none.csv"))
