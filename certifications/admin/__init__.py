"""The admin of mentors, organisations and certifications; the rules are the services'."""

from certifications.admin import certifications, people, renewals, types

__all__ = ["certifications", "people", "renewals", "types"]
