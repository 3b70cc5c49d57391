"""Jobs: when the check runs, in cron's terms and in words."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
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
from config.desk.forms import DeskForm
from config.desk.masking import MasksCredentials
from config.errors import DomainError, InvalidError
from config.masking import masked_path
from config.rights import Account
from cron.models import ExpiryCheckJob, Trigger
from cron.schedule import CronSchedule
from cron.services import jobs, runs
from cron.wording import describe

# Beat's rows belong to their jobs: a second place to edit them would contradict the first.
for model in (ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule):
    admin.site.unregister(model)


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(LogAdmin):
    """What beat fires, as it stands in its table."""

    icon = "schedule"
    menu_title = _("Periodic tasks")
    list_display = ["name", "task", "scheduler", "enabled", "last_run_at", "total_run_count"]
    list_filter = ["enabled", "task"]
    search_fields = ["name"]


class JobForm(DeskForm):
    """A job with its schedule, checked by the rules of the service."""

    timezone = forms.ChoiceField(
        label=_("time zone"),
        choices=lambda: [(name, name) for name in sorted(available_timezones())],
        initial="UTC",
    )
    enabled = forms.BooleanField(label=_("enabled"), required=False, initial=True)

    class Meta:
        model = ExpiryCheckJob
        fields = ["name", "cron_expression", "timezone", "grace_seconds", "ping_url"]

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
        try:
            jobs.check_ping_url(data.get("ping_url", ""))
        except InvalidError as error:
            self.add_error("ping_url", error.faults[0].detail)
        return data


@admin.register(ExpiryCheckJob)
class ExpiryCheckJobAdmin(MasksCredentials, DeskAdmin):
    form = JobForm
    # Whoever knows a ping URL can ping.
    masks = {"ping_url": masked_path}
    icon = "event_repeat"
    position = 1
    list_display = [
        "public_id",
        "name",
        "in_words",
        "timezone",
        "enabled",
        "next_run",
        "lapsed_slot",
    ]
    list_display_links = ["public_id", "name"]
    list_select_related = ["periodic_task"]
    search_fields = ["name"]
    readonly_fields = ["next_run", "lapsed_slot", "created_at", "updated_at"]
    actions = ["run_the_check_now", "run_a_dry_one"]
    change_form_after_template = "cron/desk/job_outlook.html"
    change_form_outer_after_template = "cron/desk/job_runs.html"

    def scope(self, queryset: Any, account: Account) -> Any:
        """Everybody's: a job checks all organisations."""
        return queryset

    def get_urls(self) -> list[URLPattern]:
        describe = self.admin_site.admin_view(self.describe)
        execute = self.admin_site.admin_view(self.execute)
        return [
            path("describe/", describe, name="cron_job_describe"),
            path("<int:pk>/execute/", execute, name="cron_job_execute"),
            *super().get_urls(),
        ]

    def describe(self, request: HttpRequest) -> JsonResponse:
        """What an expression means: in words, and the next times, or what is wrong with it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        expression = request.GET.get("cron_expression", "")
        zone = request.GET.get("timezone", "UTC")
        try:
            schedule = jobs.parse_schedule(
                expression, zone if zone in available_timezones() else "UTC"
            )
        except InvalidError as error:
            fault = error.faults[0].detail if expression else ""
            return JsonResponse({"description": fault, "times": []})
        return JsonResponse({"description": describe(schedule), "times": _next_times(schedule)})

    def execute(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Start a run from the job's own page, a dry one where `dry_run` was pressed; show it."""
        if request.method != "POST" or not self.has_change_permission(request):
            raise PermissionDenied
        jobs_asked_for = self.get_queryset(request).filter(pk=pk)
        get_object_or_404(jobs_asked_for)
        started = self._execute(request, jobs_asked_for, dry_run="dry_run" in request.POST)
        page = reverse("admin:cron_expirycheckjob_change", args=[pk])
        return started or HttpResponseRedirect(page)

    @admin.display(description=_("schedule"))
    def in_words(self, job: ExpiryCheckJob) -> str:
        words = describe(job.schedule)
        return f"{job.cron_expression} ({words})" if words else job.cron_expression

    @admin.display(description=_("next run"))
    def next_run(self, job: ExpiryCheckJob) -> str:
        slot = job.next_run_at(timezone.now()) if job.pk else None
        return date_format(timezone.localtime(slot), "SHORT_DATETIME_FORMAT") if slot else "-"

    @admin.display(description=_("enabled"), boolean=True)
    def enabled(self, job: ExpiryCheckJob) -> bool:
        return job.enabled

    @admin.action(description=_("Run the check now"), permissions=["change"])
    def run_the_check_now(
        self, request: HttpRequest, queryset: QuerySet[ExpiryCheckJob]
    ) -> HttpResponse | None:
        return self._execute(request, queryset, dry_run=False)

    @admin.action(description=_("Dry run: count what is due"), permissions=["change"])
    def run_a_dry_one(
        self, request: HttpRequest, queryset: QuerySet[ExpiryCheckJob]
    ) -> HttpResponse | None:
        return self._execute(request, queryset, dry_run=True)

    def _execute(
        self, request: HttpRequest, queryset: QuerySet[ExpiryCheckJob], *, dry_run: bool
    ) -> HttpResponse | None:
        """Start a run of each, and show the run if there is but one."""
        account = request.user if isinstance(request.user, User) else None
        started = []
        for job in queryset:
            try:
                run = runs.execute_job(
                    job=job,
                    trigger=Trigger.ADMIN,
                    now=timezone.now(),
                    dry_run=dry_run,
                    requested_by=account,
                )
            except DomainError as error:
                messages.error(request, f"{job}: {error.detail}")
            else:
                started.append(run)
                messages.success(
                    request, _("Started %(run)s of %(job)s.") % {"job": job, "run": run}
                )
        if len(started) != 1:
            return None
        url = reverse("admin:cron_expirycheckrun_change", args=[started[0].pk])
        return HttpResponseRedirect(url)

    def save_model(
        self, request: HttpRequest, obj: ExpiryCheckJob, form: forms.ModelForm, change: bool
    ) -> None:
        settings = {field: form.cleaned_data[field] for field in (*JobForm.Meta.fields, "enabled")}
        if change:
            jobs.update_job(job=obj, **settings, now=timezone.now())
        else:
            obj.pk = jobs.create_job(**settings, now=timezone.now()).pk

    def delete_model(self, request: HttpRequest, obj: ExpiryCheckJob) -> None:
        jobs.delete_job(job=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ExpiryCheckJob]) -> None:
        for job in queryset:
            jobs.delete_job(job=job)


def _next_times(schedule: CronSchedule) -> list[str]:
    """The next five times, in the schedule's zone and, where that is another, in UTC."""
    times = []
    moment = timezone.now()
    for _number in range(5):
        moment = schedule.next_after(moment)
        text = date_format(moment.astimezone(schedule.timezone), "DATETIME_FORMAT")
        if str(schedule.timezone) != "UTC":
            text = f"{text} ({date_format(moment, 'SHORT_DATETIME_FORMAT')} UTC)"
        times.append(text)
    return times
