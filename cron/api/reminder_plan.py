"""`/api/v1/certifications/{mentor_id}/reminder-plan`: why who is reminded when, or not."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from certifications.api.serializers import CertificationQuery
from certifications.models import Certification
from config.api.access import SystemOrAdmin
from config.api.fields import IDENTIFIER_IN_PATH, UtcDateTimeField
from config.api.schema import operation
from config.api.views import ContractViewSet
from cron.api import examples
from cron.models import ReminderSnooze
from cron.services.reminder_plan import (
    PlannedReminder,
    PlanState,
    Reason,
    plan_of,
    snooze_of,
)


class ReasonDetails(serializers.Serializer[Any]):
    code = serializers.ChoiceField(choices=Reason.choices, allow_null=True)
    detail = serializers.CharField()


class PlannedReminderDetails(serializers.Serializer[Any]):
    stage = serializers.IntegerField(help_text="Days before expiry; -1 is the notice after it.")
    expiry_date = UtcDateTimeField(source="expires_at")
    due_on = serializers.DateField(help_text="The day from which the stage is due.")
    state = serializers.ChoiceField(choices=PlanState.choices)
    expected_at = UtcDateTimeField(
        allow_null=True,
        help_text="The check that will take it up; null where none will. It is sent then if there "
        "is no `reason`.",
    )
    settled_at = UtcDateTimeField(allow_null=True, help_text="When it was sent or given up.")
    recipient = serializers.CharField(allow_blank=True)
    run_id = serializers.CharField(allow_null=True)
    reason = serializers.SerializerMethodField(
        help_text="Why it does not go out, or failed; null where nothing is in its way."
    )

    @extend_schema_field(ReasonDetails(allow_null=True))
    def get_reason(self, reminder: PlannedReminder) -> dict[str, str | None] | None:
        if not reminder.explanation:
            return None
        return {"code": reminder.reason, "detail": reminder.explanation}


class SnoozeDetails(serializers.Serializer[ReminderSnooze]):
    until = serializers.DateField()
    reason = serializers.CharField()


class ReminderPlan(serializers.Serializer[Any]):
    mentor_id = serializers.CharField()
    certification_type = serializers.CharField()
    expiry_date = UtcDateTimeField()
    snooze = SnoozeDetails(allow_null=True)
    reminders = PlannedReminderDetails(many=True)


class ReminderPlanViewSet(ContractViewSet):
    """What became and will become of reminders. Personal data, so a role is needed."""

    permission_classes = [SystemOrAdmin]
    queryset = Certification.objects.none()
    serializer_class = ReminderPlan
    query_serializers = {"retrieve": CertificationQuery}
    path_patterns = {"mentor_id": IDENTIFIER_IN_PATH}

    @operation(
        summary="Get the plan of a certification's reminders",
        description="What went out, what will and when, and why the rest does not.",
        answers={200: (ReminderPlan, examples.REMINDER_PLAN)},
        parameters=[CertificationQuery],
    )
    def retrieve(self, request: Request, mentor_id: str) -> Response:
        now = timezone.now()
        certification = Certification.objects.select_related(
            "mentor", "certification_type"
        ).current_for(mentor_id, self.query()["certification_type"])
        plan = {
            "mentor_id": certification.mentor_id,
            "certification_type": certification.certification_type_id,
            "expiry_date": certification.expires_at,
            "snooze": snooze_of(certification, now=now),
            "reminders": plan_of(certification, now=now),
        }
        return Response(ReminderPlan(plan).data)
