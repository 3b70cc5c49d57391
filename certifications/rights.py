"""What coordinators may do with mentors and certifications; whose rows these are, querysets say."""

from __future__ import annotations

from config.api.roles import COORDINATOR
from config.rights import grant


def register() -> None:
    grant(
        COORDINATOR,
        "certifications.view_organisation",
        "certifications.view_coordinator",
        "certifications.view_certificationtype",
        "certifications.view_mentor",
        "certifications.add_mentor",
        "certifications.change_mentor",
        "certifications.view_certification",
        "certifications.add_certification",
        "certifications.change_certification",
        "certifications.view_renewal",
        "certifications.add_renewal",
    )
