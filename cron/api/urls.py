"""Paths of contract 3, without trailing slash."""

from __future__ import annotations

from django.urls import path

from cron.api.reminder_plan import ReminderPlanViewSet
from cron.api.views import CertificationCronViewSet

urlpatterns = [
    path("certification-cron", CertificationCronViewSet.as_view({"get": "list", "post": "create"})),
    path(
        "certification-cron/<id>",
        CertificationCronViewSet.as_view({"get": "retrieve", "put": "update", "delete": "destroy"}),
    ),
    path("certification-cron/<id>/execute", CertificationCronViewSet.as_view({"post": "execute"})),
    path("certification-cron/<id>/runs", CertificationCronViewSet.as_view({"get": "runs"})),
    path(
        "certifications/<mentor_id>/reminder-plan",
        ReminderPlanViewSet.as_view({"get": "retrieve"}),
    ),
]
