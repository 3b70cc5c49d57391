"""Shapes of contract 3, key by key."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from rest_framework import serializers

from config.api.bodies import InputSerializer
from config.api.fields import StringField, TruthField, UtcDateTimeField
from cron.models import ExpiryCheckJob, ExpiryCheckRun, RunStatus

JOB_STATUSES = [("active", "active"), ("disabled", "disabled")]


class NextRunField(UtcDateTimeField):
    """`next_run_at` after the moment that the context gives as `now`; null while disabled."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(source="*", read_only=True, allow_null=True, **kwargs)

    def to_representation(self, value: Any) -> Any:
        now: datetime = self.context["now"]
        job: ExpiryCheckJob = value
        return super().to_representation(job.next_run_at(now))


class JobSerializer(serializers.Serializer[ExpiryCheckJob]):
    """What all answers about a job share: `timezone` comes last, and only where it is not UTC."""

    timezone = serializers.CharField(required=False)

    def to_representation(self, instance: ExpiryCheckJob) -> dict[str, Any]:
        data: dict[str, Any] = super().to_representation(instance)
        name = data.pop("timezone")
        return data if name == "UTC" else {**data, "timezone": name}


class RunResult(serializers.Serializer[Any]):
    mentors_checked = serializers.IntegerField()
    reminders_sent = serializers.IntegerField()
    errors = serializers.IntegerField()  # type: ignore[assignment]
    reminders_due = serializers.IntegerField(required=False, help_text="In a dry run only.")


class NamedJob(JobSerializer):
    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    cron_expression = serializers.CharField()
    status = serializers.ChoiceField(choices=JOB_STATUSES)


class RanJob(NamedJob):
    last_run_at = UtcDateTimeField(source="last_run.started_at", default=None, allow_null=True)
    last_run_status = serializers.ChoiceField(
        source="last_run.status", choices=RunStatus.choices, default=None, allow_null=True
    )


class JobSummary(RanJob):
    next_run_at = NextRunField()


class JobDetails(RanJob):
    last_run_result = RunResult(source="last_run.result", default=None, allow_null=True)
    next_run_at = NextRunField()
    created_at = UtcDateTimeField()


class JobCreated(NamedJob):
    next_run_at = NextRunField()
    created_at = UtcDateTimeField()


class JobUpdated(JobSerializer):
    id = serializers.CharField(source="public_id")
    cron_expression = serializers.CharField()
    status = serializers.ChoiceField(choices=JOB_STATUSES)
    next_run_at = NextRunField()
    updated_at = UtcDateTimeField()


class JobDeleted(serializers.Serializer[Any]):
    deleted = serializers.BooleanField(default=True)
    id = serializers.CharField()


class RunTriggered(serializers.Serializer[ExpiryCheckRun]):
    run_id = serializers.CharField(source="public_id")
    cron_id = serializers.CharField()
    triggered_at = UtcDateTimeField(source="started_at")
    status = serializers.ChoiceField(choices=RunStatus.choices)


class RunDetails(serializers.Serializer[ExpiryCheckRun]):
    run_id = serializers.CharField(source="public_id")
    cron_id = serializers.CharField()
    started_at = UtcDateTimeField()
    completed_at = UtcDateTimeField(allow_null=True)
    status = serializers.ChoiceField(choices=RunStatus.choices)
    result = RunResult(allow_null=True)


def _is_known_timezone(value: str) -> None:
    if value not in available_timezones():
        raise serializers.ValidationError("There is no such time zone; use names as Europe/Oslo.")


class TimezoneField(StringField):
    """The name of an IANA time zone."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=64, validators=[_is_known_timezone], **kwargs)


class JobInput(InputSerializer):
    read_only_keys = frozenset(
        {
            "id",
            "status",
            "last_run_at",
            "last_run_status",
            "last_run_result",
            "next_run_at",
            "created_at",
            "updated_at",
        }
    )

    name = StringField(max_length=100)
    cron_expression = StringField(max_length=200)
    enabled = TruthField(default=True)
    timezone = TimezoneField(default="UTC")


class JobUpdateInput(InputSerializer):
    """Any of a job's settings; what is left out stays."""

    read_only_keys = JobInput.read_only_keys

    name = StringField(max_length=100, required=False)
    cron_expression = StringField(max_length=200, required=False)
    enabled = TruthField(required=False)
    timezone = TimezoneField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise serializers.ValidationError(
                "Give at least one of cron_expression, enabled, name, timezone."
            )
        return attrs


class ExecuteInput(InputSerializer):
    dry_run = TruthField(default=False)
