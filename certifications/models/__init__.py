"""Who holds what, and until when."""

from certifications.models.calendar import CalendarFeed
from certifications.models.certification import (
    Certification,
    CertificationQuerySet,
    CertificationStatus,
    ExpiryStatus,
    Renewal,
    RenewalQuerySet,
)
from certifications.models.certification_type import EXPIRED_STAGE, CertificationType
from certifications.models.people import (
    Coordinator,
    Language,
    Mentor,
    MentorQuerySet,
    Organisation,
    OrganisationQuerySet,
)

__all__ = [
    "EXPIRED_STAGE",
    "CalendarFeed",
    "Certification",
    "CertificationQuerySet",
    "CertificationStatus",
    "CertificationType",
    "Coordinator",
    "ExpiryStatus",
    "Language",
    "Mentor",
    "MentorQuerySet",
    "Organisation",
    "OrganisationQuerySet",
    "Renewal",
    "RenewalQuerySet",
]
