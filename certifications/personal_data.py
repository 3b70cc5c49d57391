"""What certifications hold of a person: the mentor's row is the person's own."""

from __future__ import annotations

from certifications.models import (
    CalendarFeed,
    Certification,
    CertificationType,
    Coordinator,
    Mentor,
    Organisation,
    Renewal,
)
from config.personal_data import belongs, nobody


def register() -> None:
    """Say it of each table of certifications."""
    belongs(Mentor, "pk", what="id, name, address, language, organisation and consent")
    belongs(Certification, "mentor", what="certifications that the person holds")
    belongs(Renewal, "certification__mentor", what="when these were renewed")
    nobody(Organisation, CertificationType, why="It is about many persons and names none.")
    nobody(Coordinator, CalendarFeed, why="Of those who work here; deleted as their accounts are.")
