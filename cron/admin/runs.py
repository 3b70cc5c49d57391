"""Runs of the check: what happened when, what failed and why, and what a dry one found."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Max, Min
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from certifications.models import Certification
from config.desk.admin import LogAdmin, text_of
from config.errors import DomainError
from config.rights import Account, is_limited
from cron.admin.plan_page import plan_page
from cron.expiring import ExpiryReminder
from cron.models import (
    CoordinatorDigest,
    DeliveryState,
    ExpiryCheckRun,
    Reminder,
    ReminderQuerySet,
    RunStatus,
)
from cron.services.due import reminders_of
from cron.services.forecast import forecast
from cron.services.forecast import render as render_mail
from cron.services.steering import retry_failed

COLOURS = {
    RunStatus.RUNNING: "info",
    RunStatus.SUCCESS: "success",
    RunStatus.PARTIAL: "warning",
    RunStatus.FAILED: "danger",
}
#: Lines of a page of errors, and of what a dry run found.
LINES = 50
#: A mail shown inside a page may do nothing but look like itself.
MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'"


@admin.register(ExpiryCheckRun)
class ExpiryCheckRunAdmin(LogAdmin):
    icon = "play_circle"
    position = 2
    list_display = [
        "public_id",
        "job",
        "shown_status",
        "trigger",
        "dry_run",
        "started_at",
        "completed_at",
        "mentors_checked",
        "reminders_sent",
        "errors",
    ]
    list_filter = ["status", "trigger", "dry_run", "job"]
    list_filter_submit = True
    list_select_related = ["job"]
    date_hierarchy = "started_at"
    ordering = ["-started_at", "-id"]
    search_fields = ["job__name"]

    def scope(self, queryset: Any, account: Account) -> Any:
        """Everybody's: a run is of all organisations; what it shows of them is another matter."""
        return queryset

    @display(description=gettext_lazy("status"), label=COLOURS)
    def shown_status(self, run: ExpiryCheckRun) -> tuple[str, str]:
        status = RunStatus(run.status)
        return status, str(status.label)

    def get_urls(self) -> list[URLPattern]:
        def protected(view: Any) -> Any:
            return self.admin_site.admin_view(view)

        return [
            path("<int:pk>/progress/", protected(self.progress), name="cron_run_progress"),
            path("<int:pk>/retry/", protected(self.retry), name="cron_run_retry"),
            path("forecast/", protected(self.forecast), name="cron_forecast"),
            path("why/<int:pk>/", protected(plan_page), name="cron_reminder_plan"),
            path(
                "forecast/<str:kind>/<str:thing>/<str:stage>/",
                protected(self.preview),
                name="cron_forecast_mail",
            ),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The run's page: nothing of it can be edited, so it is no form."""
        run = self.get_object(request, object_id)
        if run is None:
            gone: HttpResponse = self._get_obj_does_not_exist_redirect(
                request, self.opts, object_id
            )
            return gone
        if not self.has_view_permission(request, run):
            raise PermissionDenied
        if run.dry_run and run.status == RunStatus.SUCCESS:
            outlook = _outlook(request, timezone.now())
        else:
            outlook = {}
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(run),
            "run": run,
            "tone": COLOURS[RunStatus(run.status)],
            "timeline": _timeline(run),
            "counts": _counts(run, request.user),
            "errors": _errors(run, request),
            "may_retry": self._may_steer(request) and run.status != RunStatus.RUNNING,
            **outlook,
        }
        return render(request, "cron/desk/run.html", context)

    def progress(self, request: HttpRequest, pk: int) -> JsonResponse:
        """What a page that watches the run asks for every two seconds."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        run = get_object_or_404(self.get_queryset(request), pk=pk)
        counts = _counts(run, request.user)
        total = sum(counts.values())
        unsettled = counts[DeliveryState.PENDING] + counts[DeliveryState.SENDING]
        text = _("%(done)d of %(total)d reminders done.") % {
            "done": total - unsettled,
            "total": total,
        }
        return JsonResponse(
            {
                "is_running": run.status == RunStatus.RUNNING,
                "done": total - unsettled,
                "total": total,
                "text": text if run.planned_at else _("Looking for what is due."),
            }
        )

    def retry(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send what failed once more, then show the run that does it."""
        if request.method != "POST" or not self._may_steer(request):
            raise PermissionDenied
        run = get_object_or_404(self.get_queryset(request), pk=pk)
        account = request.user if isinstance(request.user, User) else None
        try:
            shown = retry_failed(run=run, account=account, now=timezone.now())
        except DomainError as error:
            messages.error(request, text_of(error))
            shown = run
        else:
            messages.success(request, _("%(run)s sends them again.") % {"run": shown})
        return HttpResponseRedirect(reverse("admin:cron_expirycheckrun_change", args=[shown.pk]))

    def forecast(self, request: HttpRequest) -> HttpResponse:
        """Who would get what if the check ran now."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("If the check ran now"),
            **_outlook(request, timezone.now()),
        }
        return render(request, "cron/desk/forecast.html", context)

    def preview(self, request: HttpRequest, kind: str, thing: str, stage: str) -> HttpResponse:
        """The mail of one reminder as it would be sent now; `?html` is its HTML part alone."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            mail = render_mail(kind, thing, int(stage), request.user, timezone.now())
        except (LookupError, ValueError) as error:
            raise Http404 from error
        if "html" in request.GET and not isinstance(mail, str):
            answer = HttpResponse(_html_part(mail))
            answer["Content-Security-Policy"] = MAIL_POLICY
            answer["X-Frame-Options"] = "SAMEORIGIN"
            return answer
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("A mail as it would be sent"),
            "mail": None if isinstance(mail, str) else mail,
            "obstacle": mail if isinstance(mail, str) else "",
        }
        return render(request, "cron/desk/mail.html", context)

    def _may_steer(self, request: HttpRequest) -> bool:
        return request.user.has_perm("cron.change_expirycheckjob")


def _visible_reminders(
    run: ExpiryCheckRun, account: User | AnonymousUser
) -> list[ReminderQuerySet[ExpiryReminder]]:
    """The run's reminders, kind by kind, as far as the account may see them."""
    visible = []
    for rows in reminders_of(run):
        if not is_limited(account):
            visible.append(rows)
        elif rows.model is Reminder:
            own = Certification.objects.visible_to(account)
            visible.append(rows.filter(**{f"{Reminder.subject}__in": own}))
    return visible


def _counts(run: ExpiryCheckRun, account: User | AnonymousUser) -> dict[str, int]:
    """How many of its reminders are in each state."""
    counts = dict.fromkeys(DeliveryState.values, 0)
    for rows in _visible_reminders(run, account):
        for state in DeliveryState.values:
            counts[state] += rows.filter(state=state).count()
    return counts


def _timeline(run: ExpiryCheckRun) -> list[dict[str, Any]]:
    """What happened when, and how long after what came before."""
    spans = [
        rows.aggregate(first=Min("settled_at"), last=Max("settled_at"))
        for rows in reminders_of(run)
    ]
    first = min((span["first"] for span in spans if span["first"]), default=None)
    last = max((span["last"] for span in spans if span["last"]), default=None)
    moments: list[tuple[str, datetime | None]] = [
        (_("asked for"), run.started_at),
        (_("taken up by a worker"), run.claimed_at),
        (_("planned"), run.planned_at),
        (_("first reminder settled"), first),
        (_("last reminder settled"), last),
        (_("completed"), run.completed_at),
    ]
    timeline: list[dict[str, Any]] = []
    before: datetime | None = None
    for label, moment in moments:
        if moment is None:
            continue
        seconds = (moment - before).total_seconds() if before else None
        timeline.append({"label": label, "moment": moment, "seconds": seconds})
        before = moment
    return timeline


def _errors(run: ExpiryCheckRun, request: HttpRequest) -> dict[str, Any]:
    """A page of what failed: reminders of certifications, of other kinds, and digests."""
    limited = is_limited(request.user)
    found: list[dict[str, Any]] = []
    for rows in _visible_reminders(run, request.user):
        model = rows.model
        followed = ["certification__mentor"] if model is Reminder else [model.subject]
        failed = rows.failed().select_related(*followed).order_by("pk")
        found += [_error_of(each) for each in failed[: LINES * 20]]
    if not limited:
        digests = CoordinatorDigest.objects.filter(run=run).failed().select_related("coordinator")
        found += [
            {"thing": _("Digest for %(name)s") % {"name": each.coordinator}, "error": each.error}
            for each in digests[:LINES]
        ]
    paginator = Paginator(found, LINES)
    return {"page": paginator.get_page(request.GET.get("errors")), "total": paginator.count}


def _error_of(reminder: ExpiryReminder) -> dict[str, Any]:
    thing = getattr(reminder, reminder.subject)
    meta = thing._meta
    line = {
        "thing": thing,
        "url": reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[thing.pk]),
        "error": reminder.error,
        "stage": reminder.stage,
    }
    if isinstance(reminder, Reminder):
        line["who"] = reminder.certification.mentor
        line["why"] = reverse("admin:cron_reminder_plan", args=[thing.pk])
    return line


def _outlook(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """A page of what the check would send now."""
    try:
        number = max(int(request.GET.get("page", "1")), 1)
    except ValueError:
        number = 1
    lines = forecast(request.user, now=now, first=(number - 1) * LINES, limit=LINES + 1)
    return {
        "forecast": lines[:LINES],
        "shows_forecast": True,
        "page_number": number,
        "next_page": number + 1 if len(lines) > LINES else None,
        "previous_page": number - 1 if number > 1 else None,
    }


def _html_part(mail: Any) -> str:
    return next(
        (str(part.content) for part in mail.alternatives if part.mimetype == "text/html"), ""
    )
