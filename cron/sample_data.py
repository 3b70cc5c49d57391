"""Sample data for a first look: mentors of three organisations, with every stage and status."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction

from certifications.models import (
    CertificationStatus,
    CertificationType,
    Coordinator,
    Mentor,
    Organisation,
)
from certifications.models.certification_type import start_of_day
from certifications.services import append_renewal, put_mentor, upsert_certification
from cron.services.jobs import create_job

MENTORS = 200

ORGANISATIONS = {
    "likeperson-oslo": ("Likeperson Oslo", "nb", ["Ingrid Solberg", "Anders Moen"]),
    "fjord-recovery": ("Fjord Recovery", "nb", ["Silje Haugland"]),
    "harbour-peers": ("Harbour Peer Support", "en", ["Margaret Osei"]),
}
#: Given names and family names by language.
NAMES = {
    "nb": (
        "Kari Ola Ingrid Lars Silje Anders Marte Håkon Sunniva Eirik Tuva Sindre Åse Jørgen Liv "
        "Torstein Ragnhild Even Maja Øystein",
        "Nordmann Hansen Solberg Moen Haugland Lie Bakken Strand Dahl Aasen Myhre Berge Sørensen "
        "Vik Ødegård Nygård Holm Tveit Fossum Rønning",
    ),
    "en": (
        "Sarah James Priya Michael Grace Daniel Aisha Thomas Chloe Samuel Hannah David Olivia Ben "
        "Fatima George Emily Kwame Lucy Peter",
        "Chen Okafor Sharma Walker Hughes Bennett Khan Fletcher Morgan Adeyemi Clarke Wright Patel "
        "Turner Murphy Hall Evans Mensah Reid Cooper",
    ),
}
#: Code: (name, years that it lasts).
TYPES = {
    "peer_mentor_level_1": ("Peer mentor, level 1", 2),
    "peer_mentor_level_2": ("Peer mentor, level 2", 2),
    "first_aid_level_2": ("First aid, level 2", 3),
    "cpr_defibrillator": ("CPR and defibrillator", 1),
    "safeguarding_children": ("Safeguarding children", 3),
    "suicide_prevention": ("Suicide prevention", 2),
}
#: Days until expiry of the first certifications, so that each stage occurs at once.
SHOWCASE_DAYS = (30, 29, 14, 13, 7, 5, 1, 0, -1, -3, -20, -200)


@transaction.atomic
def load_sample_data(now: datetime) -> str:
    """Fill an empty database and say with what; nothing, and no word, where there are mentors.

    The same day gives the same data.
    """
    if Mentor.objects.exists():
        return ""
    dice = random.Random(42)  # noqa: S311 (nothing secret depends on it)
    for code, (name, _) in TYPES.items():
        CertificationType.objects.create(code=code, name=name)
    for organisation_id, (name, language, coordinators) in ORGANISATIONS.items():
        organisation = Organisation.objects.create(id=organisation_id, name=name)
        Coordinator.objects.bulk_create(
            Coordinator(
                organisation=organisation, name=person, email=_email(person), language=language
            )
            for person in coordinators
        )
    offsets = _expiry_offsets(dice)
    for number in range(MENTORS):
        mentor_id = _make_mentor(number, dice)
        for code in dice.sample(list(TYPES), dice.choice([1, 1, 1, 2, 3])):
            _make_certification(mentor_id, code, next(offsets), dice, now)
    create_job(
        name="nightly_expiry_check", cron_expression="0 2 * * *", timezone="Europe/Oslo", now=now
    )
    create_job(
        name="monday_morning_check",
        cron_expression="30 7 * * MON",
        timezone="Europe/Oslo",
        enabled=False,
        now=now,
    )
    return f"{MENTORS} mentors with their certifications, and two jobs."


def _expiry_offsets(dice: random.Random) -> Iterator[int]:
    """Days until expiry: first those that show every stage, then a plausible mix without end."""
    yield from SHOWCASE_DAYS
    while True:
        yield dice.choice([dice.randint(-60, -1), *(dice.randint(1, 700) for _ in range(11))])


def _make_mentor(number: int, dice: random.Random) -> str:
    organisation_id, (_, language, _) = dice.choice(list(ORGANISATIONS.items()))
    given, family = (dice.choice(names.split()) for names in NAMES[language])
    mentor_id = f"mentor-{number + 1:03d}"
    # Now and then there is no address, as in life: the check reports it.
    email = "" if number % 90 == 47 else _email(f"{given} {family} {number + 1}")
    put_mentor(
        mentor_id=mentor_id,
        name=f"{given} {family}",
        email=email,
        language=language,
        organisation_id=organisation_id,
    )
    return mentor_id


def _make_certification(
    mentor_id: str, code: str, days_left: int, dice: random.Random, now: datetime
) -> None:
    _, years = TYPES[code]
    expires_at = start_of_day(now, days_left) + timedelta(hours=dice.choice([0, 0, 12]))
    # Whoever has years left was certified today at the latest.
    issued_at = min(expires_at - timedelta(days=365 * years), start_of_day(now))
    status = dice.choices(
        [CertificationStatus.ACTIVE, CertificationStatus.SUSPENDED, CertificationStatus.REVOKED],
        weights=[94, 4, 2],
    )[0]
    if days_left < -90:
        status = CertificationStatus.EXPIRED
    upsert_certification(
        mentor_id=mentor_id,
        certification_type=code,
        status=status,
        issued_at=issued_at,
        expires_at=expires_at,
        now=now,
    )
    if status == CertificationStatus.ACTIVE and dice.random() < 0.4:
        earlier = issued_at - timedelta(days=365 * years)
        for renewed_at, until in ((earlier, issued_at), (issued_at, expires_at)):
            append_renewal(
                mentor_id=mentor_id,
                named_type=code,
                renewed_at=renewed_at,
                expires_at=until,
                now=now,
            )


def _email(name: str) -> str:
    plain = name.lower().replace("å", "aa").replace("ø", "o").replace(" ", ".")
    return f"{plain}@example.org"
