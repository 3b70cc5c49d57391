"""Who holds what, and until when."""

from certifications.models.certification import (
    Certification,
    CertificationStatus,
    ExpiryStatus,
    Renewal,
)
from certifications.models.certification_type import EXPIRED_STAGE, CertificationType
from certifications.models.people import Coordinator, Language, Mentor, Organisation

__all__ = [
    "EXPIRED_STAGE",
    "Certification",
    "CertificationStatus",
    "CertificationType",
    "Coordinator",
    "ExpiryStatus",
    "Language",
    "Mentor",
    "Organisation",
    "Renewal",
]
