"""Runs of the check: what happened when, what failed and why, and what a dry one found."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from config.desk.admin import LogAdmin, text_of
from config.errors import DomainError
from config.numbers import whole_number
from config.rights import Account, is_limited
from cron.admin import run_page
from cron.admin.plan_page import plan_page
from cron.models import DeliveryState, ExpiryCheckRun, RunStatus
from cron.services.forecast import forecast
from cron.services.forecast import render as render_mail
from cron.services.steering import retry_failed

COLOURS = {
    RunStatus.RUNNING: "info",
    RunStatus.SUCCESS: "success",
    RunStatus.PARTIAL: "warning",
    RunStatus.FAILED: "danger",
}
#: Lines of a page of what a dry run found.
LINES = 50
#: Digits of a page's number that is looked at, and of a stage's days.
PAGE_DIGITS, STAGE_DIGITS = 9, 4
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
        reminders = run_page.outcomes_of_reminders(run, request.user)
        failed = sum(each.counts[DeliveryState.FAILED] for each in reminders)
        digests = run_page.outcome_of_digests(run, request.user)
        is_over = run.status != RunStatus.RUNNING
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(run),
            "run": run,
            "tone": COLOURS[RunStatus(run.status)],
            "timeline": run_page.timeline(run),
            "outcomes": [*reminders, digests],
            "states": DeliveryState.choices,
            "errors": run_page.errors_of(run, request.user, request.GET.get("errors")),
            # Failed reminders go to the run that sends them again.
            "taken_over": 0
            if is_limited(request.user) or not is_over
            else max((run.errors or 0) - failed - digests.counts[DeliveryState.FAILED], 0),
            "may_retry": is_over
            and self._may_steer(request)
            and any(each.unsent for each in reminders),
            **outlook,
        }
        return render(request, "cron/desk/run.html", context)

    def progress(self, request: HttpRequest, pk: int) -> JsonResponse:
        """What a page that watches the run asks for every two seconds."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        run = get_object_or_404(self.get_queryset(request), pk=pk)
        outcomes = run_page.outcomes_of_reminders(run, request.user)
        total = sum(each.total for each in outcomes)
        unsettled = sum(each.unsettled for each in outcomes)
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
            mail = render_mail(kind, thing, _stage(stage), request.user, timezone.now())
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


def _stage(text: str) -> int:
    """The days of a stage, negative after the expiry; `ValueError` for anything else."""
    days = whole_number(text.removeprefix("-"), digits=STAGE_DIGITS)
    if days is None:
        raise ValueError(text)
    return -days if text.startswith("-") else days


def _outlook(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """A page of what the check would send now."""
    number = whole_number(request.GET.get("page", ""), digits=PAGE_DIGITS) or 1
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
