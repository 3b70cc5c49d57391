"""Mentors, certifications and renewals as tables that go in and out."""

from certifications.services.transfers.certifications import CertificationImporter
from certifications.services.transfers.mentors import MentorImporter
from certifications.services.transfers.renewals import RenewalImporter

__all__ = ["CertificationImporter", "MentorImporter", "RenewalImporter"]
