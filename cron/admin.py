"""The admin of jobs, runs and reminders. Runs and reminders are a log: read, never edited."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)

from config.desk.admin import DeskAdmin, LogAdmin
from config.errors import DomainError
from cron.models import (
    CoordinatorDigest,
    ExpiryCheckJob,
    ExpiryCheckRun,
    Reminder,
    Trigger,
)
from cron.services import jobs, runs

# Beat's rows belong to their jobs: a second place to edit them would contradict the first.
for model in (ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule):
    admin.site.unregister(model)


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(LogAdmin):
    """What beat fires, as it stands in its table."""

    list_display = ["name", "task", "scheduler", "enabled", "last_run_at", "total_run_count"]
    list_filter = ["enabled", "task"]
    search_fields = ["name"]


class JobForm(forms.ModelForm):
    """A job with its schedule, checked by the rules of the service."""

    timezone = forms.ChoiceField(
        label=_("time zone"),
        choices=lambda: [(name, name) for name in sorted(available_timezones())],
        initial="UTC",
    )
    enabled = forms.BooleanField(label=_("enabled"), required=False, initial=True)

    class Meta:
        model = ExpiryCheckJob
        fields = ["name", "cron_expression", "timezone"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["enabled"].initial = self.instance.enabled

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or self.cleaned_data
        if "cron_expression" in data and "timezone" in data:
            try:
                jobs.parse_schedule(data["cron_expression"], data["timezone"])
            except DomainError as error:
                self.add_error("cron_expression", error.detail.partition(": ")[2])
        return data


@admin.register(ExpiryCheckJob)
class ExpiryCheckJobAdmin(DeskAdmin):
    form = JobForm
    list_display = ["public_id", "name", "cron_expression", "timezone", "enabled", "next_run"]
    list_display_links = ["public_id", "name"]
    list_select_related = ["periodic_task"]
    search_fields = ["name"]
    readonly_fields = ["next_run", "created_at", "updated_at"]
    actions = ["run_the_check_now"]

    @admin.display(description=_("next run (UTC)"))
    def next_run(self, job: ExpiryCheckJob) -> str:
        slot = job.next_run_at(timezone.now()) if job.pk else None
        return date_format(slot, "DATETIME_FORMAT") if slot else "-"

    @admin.display(description=_("enabled"), boolean=True)
    def enabled(self, job: ExpiryCheckJob) -> bool:
        return job.enabled

    @admin.action(description=_("Run the check now"), permissions=["change"])
    def run_the_check_now(self, request: HttpRequest, queryset: QuerySet[ExpiryCheckJob]) -> None:
        for job in queryset:
            try:
                run = runs.execute_job(job=job, trigger=Trigger.ADMIN, now=timezone.now())
            except DomainError as error:
                messages.error(request, f"{job}: {error.detail}")
            else:
                messages.success(
                    request, _("Started %(run)s of %(job)s.") % {"job": job, "run": run}
                )

    def save_model(
        self, request: HttpRequest, obj: ExpiryCheckJob, form: forms.ModelForm, change: bool
    ) -> None:
        settings = {
            field: form.cleaned_data[field]
            for field in ("name", "cron_expression", "timezone", "enabled")
        }
        if change:
            jobs.update_job(job=obj, **settings, now=timezone.now())
        else:
            obj.pk = jobs.create_job(**settings, now=timezone.now()).pk

    def delete_model(self, request: HttpRequest, obj: ExpiryCheckJob) -> None:
        jobs.delete_job(job=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ExpiryCheckJob]) -> None:
        for job in queryset:
            jobs.delete_job(job=job)


@admin.register(ExpiryCheckRun)
class ExpiryCheckRunAdmin(LogAdmin):
    list_display = [
        "public_id",
        "job",
        "status",
        "trigger",
        "dry_run",
        "started_at",
        "completed_at",
        "mentors_checked",
        "reminders_sent",
        "errors",
    ]
    list_filter = ["status", "trigger", "dry_run", "job"]
    list_select_related = ["job"]
    date_hierarchy = "started_at"
    ordering = ["-started_at", "-id"]
    search_fields = ["job__name"]


class DeliveryAdmin(LogAdmin):
    date_hierarchy = "settled_at"
    ordering = ["-id"]


@admin.register(Reminder)
class ReminderAdmin(DeliveryAdmin):
    list_display = [
        "certification",
        "stage",
        "expires_at",
        "state",
        "recipient",
        "settled_at",
        "run",
        "error",
    ]
    list_filter = ["state", "stage", "certification__certification_type"]
    list_select_related = ["certification", "run"]
    search_fields = [
        "certification__mentor__id",
        "certification__mentor__name",
        "certification__mentor__email",
    ]


@admin.register(CoordinatorDigest)
class CoordinatorDigestAdmin(DeliveryAdmin):
    list_display = ["coordinator", "run", "state", "recipient", "settled_at", "error"]
    list_filter = ["state", "coordinator__organisation"]
    list_select_related = ["coordinator", "run"]
    search_fields = ["coordinator__name", "coordinator__email"]
