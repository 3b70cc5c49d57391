"""Paths of contracts 1 and 2 and of mentors, without trailing slash."""

from __future__ import annotations

from typing import Any

from django.urls import path

from certifications.api.expiry import CertificationViewSet
from certifications.api.mentors import MentorViewSet
from certifications.api.records import CertificationRecordViewSet

ONE: dict[str, Any] = {"get": "retrieve", "put": "update", "delete": "destroy"}

urlpatterns = [
    path(
        "certification-records",
        CertificationRecordViewSet.as_view({"get": "list", "post": "create"}),
    ),
    path("certification-records/expiring", CertificationRecordViewSet.as_view({"get": "expiring"})),
    path("certification-records/<mentor_id>", CertificationRecordViewSet.as_view(ONE)),
    path(
        "certification-records/<mentor_id>/renewals",
        CertificationRecordViewSet.as_view({"post": "renewals"}),
    ),
    path("certifications", CertificationViewSet.as_view({"get": "list", "post": "create"})),
    path("certifications/<mentor_id>", CertificationViewSet.as_view(ONE)),
    path("mentors", MentorViewSet.as_view({"get": "list"})),
    path("mentors/<mentor_id>", MentorViewSet.as_view(ONE)),
]
