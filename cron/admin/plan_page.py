"""Why a certification's reminders went out, will, or will not; and what to do about it."""

from __future__ import annotations

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminTextInputWidget

from certifications.models import Certification
from config.dates import validate_years
from config.desk.admin import add_faults
from config.errors import InvalidError
from cron.admin.send_now import send_now
from cron.models import BY_HAND_STAGE, Reminder
from cron.services.reminder_plan import PlanState, plan_of, snooze_of
from cron.services.snoozing import REASON_LENGTH, end_snooze, snooze_reminders

TONES = {
    PlanState.PLANNED: "info",
    PlanState.PENDING: "info",
    PlanState.SENDING: "info",
    PlanState.SENT: "success",
    PlanState.FAILED: "danger",
    PlanState.SUPERSEDED: "default",
    PlanState.SKIPPED: "warning",
}


class SnoozeForm(forms.Form):
    until = forms.DateField(
        label=gettext_lazy("no reminders before"),
        validators=[validate_years],
        widget=UnfoldAdminDateWidget,
    )
    reason = forms.CharField(
        label=gettext_lazy("reason"), max_length=REASON_LENGTH, widget=UnfoldAdminTextInputWidget
    )


def plan_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The plan of one certification that the account may see; POST snoozes, ends that, or sends."""
    certification = get_object_or_404(
        Certification.objects.visible_to(request.user).select_related(
            "mentor__organisation", "certification_type"
        ),
        pk=pk,
    )
    if not request.user.has_perm("certifications.view_certification"):
        raise PermissionDenied
    may_change = request.user.has_perm("certifications.change_certification")
    form = SnoozeForm(request.POST if "snooze" in request.POST else None)
    if request.method == "POST":
        if not may_change:
            raise PermissionDenied
        if "send" in request.POST:
            rows = Certification.objects.filter(pk=certification.pk)
            return send_now(request, rows) or HttpResponseRedirect(request.path)
        if _change(request, certification, form):
            return HttpResponseRedirect(request.path)
    now = timezone.now()
    plan = plan_of(certification, now=now)
    context = {
        **admin.site.each_context(request),
        "opts": Certification._meta,
        "title": _("Why? %(certification)s") % {"certification": certification},
        "certification": certification,
        "plan": [{"entry": entry, "tone": TONES[entry.state]} for entry in plan],
        "by_hand": Reminder.objects.filter(
            certification=certification, stage=BY_HAND_STAGE
        ).order_by("-pk"),
        "snooze": snooze_of(certification, now=now),
        "form": form,
        "may_change": may_change,
        "media": form.media,
    }
    return render(request, "cron/desk/plan.html", context)


def page_url(certification: Certification) -> str:
    return reverse("admin:cron_reminder_plan", args=[certification.pk])


def _change(request: HttpRequest, certification: Certification, form: SnoozeForm) -> bool:
    """Do what was asked for; False where the form has to be shown again with its faults."""
    if "end" in request.POST:
        end_snooze(certification=certification)
        messages.success(request, _("Its reminders go out again."))
        return True
    if not form.is_valid():
        return False
    account = request.user if isinstance(request.user, User) else None
    try:
        snooze_reminders(
            certification=certification, **form.cleaned_data, account=account, now=timezone.now()
        )
    except InvalidError as error:
        add_faults(form, error)
        return False
    messages.success(request, _("Its reminders are snoozed."))
    return True
