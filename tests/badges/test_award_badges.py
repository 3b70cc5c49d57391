"""`manage.py award_badges`: many at once, all or none."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from openpyxl import Workbook

from badges.models import EarnedBadge
from certifications.models import Mentor
from tests.factories import BadgeDefinitionFactory, EarnedBadgeFactory, MentorFactory

pytestmark = pytest.mark.django_db


HEADING = "peer_mentor_id,badge_definition_id\n"


def award_badges(folder: Path, text: str, *options: str, encoding: str = "utf-8") -> str:
    file = folder / "badges.csv"
    file.write_text(text, encoding=encoding)
    out = StringIO()
    call_command("award_badges", str(file), *options, stdout=out, stderr=out)
    return out.getvalue()


def test_it_reports_what_is_new_and_what_stood_already(tmp_path: Path) -> None:
    definition = BadgeDefinitionFactory.create(id=1)
    EarnedBadgeFactory.create(definition=definition, mentor__id="kari")

    report = award_badges(
        tmp_path,
        "peer_mentor_id,badge_definition_id,awarded_at,awarded_by\n"
        "kari,bdg-def-001,,\n"
        "lars,bdg-def-001,2026-01-02,The jury\n",
        "--register",
        encoding="utf-8-sig",
    )

    assert report == "1 new, 0 changed, 1 the same.\n"
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
            "lars,bdg-def-001\n"
            "lars,bdg-def-001\n",
        )

    lines = str(refusal.value).splitlines()
    assert lines[0] == "Nothing was imported."
    assert [line.partition(" “")[0] for line in lines[1:]] == [
        "row 3, peer_mentor_id",
        "row 4, badge_definition_id",
        "row 5, badge_definition_id",
        "row 6, awarded_at",
        "row 8, peer_mentor_id",
    ]
    assert not EarnedBadge.objects.exists()
    assert not Mentor.objects.exists()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "The file is empty"),
        ("peer_mentor_id\nkari\n", "lacks badge_definition_id"),
        ("peer_mentor_id,badge_definition_id,colour\n", "has the unknown colour"),
    ],
)
def test_what_is_no_such_table_is_refused(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(CommandError, match=why):
        award_badges(tmp_path, text)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="can't be read"):
        call_command("award_badges", str(tmp_path / "none.csv"))


def test_a_heading_that_names_the_mentor_twice_awards_nothing(tmp_path: Path) -> None:
    BadgeDefinitionFactory.create(id=1)

    with pytest.raises(CommandError, match="has peer_mentor_id twice"):
        award_badges(
            tmp_path,
            "badge_definition_id,peer_mentor_id,awarded_by,Peer_Mentor_ID\n"
            "bdg-def-001,ab-6,,ab-6b\n",
            "--register",
        )

    assert not EarnedBadge.objects.exists()


def test_it_takes_the_tables_that_imports_take(tmp_path: Path) -> None:
    BadgeDefinitionFactory.create(id=1)
    file = tmp_path / "badges.xlsx"
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["Badge definition", "Mentor", "Awarded by", None])
    sheet.append(["bdg-def-001", "kari", "Åse", None])
    book.save(file)

    award_badges(
        tmp_path,
        "\ufeffsep=;\r\nmerkedefinisjon ; likeperson ;\r\nbdg-def-001;lars;\r\n;;\r\n",
        "--register",
        encoding="utf-16",
    )
    call_command("award_badges", str(file), "--register", stdout=StringIO())

    assert sorted(EarnedBadge.objects.values_list("mentor", "awarded_by")) == [
        ("kari", "Åse"),
        ("lars", "system"),
    ]


def test_a_mentor_whom_nobody_knows_is_named_with_the_one_that_was_maybe_meant(
    tmp_path: Path,
) -> None:
    BadgeDefinitionFactory.create(id=1)
    MentorFactory.create(id="mentor-016")

    with pytest.raises(CommandError, match="new mentor: mentor-0016; is mentor-016 meant"):
        award_badges(tmp_path, HEADING + "mentor-0016,bdg-def-001\n")

    assert not EarnedBadge.objects.exists()
    assert not Mentor.objects.filter(id="mentor-0016").exists()


def test_what_is_only_checked_awards_nothing(tmp_path: Path) -> None:
    BadgeDefinitionFactory.create(id=1)

    report = award_badges(tmp_path, HEADING + "kari,bdg-def-001\n", "--dry-run")

    assert report == "row 2, new mentor: kari\n1 would be new, 0 changed, 0 the same.\n"
    assert not EarnedBadge.objects.exists()
