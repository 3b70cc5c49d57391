"""Certifications: who holds what, until when, and what a coordinator does about it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display

from certifications import services
from certifications.admin import changes
from certifications.admin.calendar_page import calendar_page
from certifications.admin.filters import ContactFilter, WindowFilter
from certifications.admin.form import CertificationForm
from certifications.admin.renewals import RenewalInline, append
from certifications.models import (
    Certification,
    CertificationQuerySet,
    ExpiryStatus,
    Mentor,
    Renewal,
)
from certifications.services.transfers import CertificationImporter
from certifications.services.transfers.certifications import rows_to_export
from config.desk.admin import DeletesWithLogs, HistoryAdmin
from config.desk.days import day_column
from config.desk.filters import VisibleRelatedFilter
from config.rights import Account
from config.transfer.desk import TransferDesk

COLOURS = {
    ExpiryStatus.ACTIVE: "success",
    ExpiryStatus.EXPIRING_SOON: "warning",
    ExpiryStatus.EXPIRED: "danger",
    ExpiryStatus.SUSPENDED: "info",
    ExpiryStatus.REVOKED: "default",
}

EXPIRES_ON = day_column("expires_at", _("expires on"))


@admin.register(Certification)
class CertificationAdmin(TransferDesk, DeletesWithLogs, HistoryAdmin):
    form = CertificationForm
    importer = CertificationImporter
    rows_to_export = staticmethod(rows_to_export)
    icon = "workspace_premium"
    position = 1
    list_display = [
        "mentor",
        "certification_type",
        "shown_status",
        EXPIRES_ON,
        "days_left",
        "organisation",
    ]
    list_filter = [
        WindowFilter,
        "status",
        ContactFilter,
        ("certification_type", VisibleRelatedFilter),
        ("mentor__organisation", VisibleRelatedFilter),
    ]
    list_filter_submit = True
    list_select_related = ["mentor__organisation", "certification_type"]
    # What has an index. Whoever wants one mentor's searches.
    sortable_by = [EXPIRES_ON, "days_left"]
    search_fields = ["mentor__id", "mentor__name", "mentor__email"]
    search_help_text = _("Part of a mentor's name, id or email address.")
    autocomplete_fields = ["mentor", "certification_type"]
    readonly_fields = ["created_at", "updated_at"]
    ordering = ["expires_at", "id"]
    inlines = [RenewalInline]
    actions = ["renew", "suspend", "revoke"]

    def scope(self, queryset: CertificationQuerySet, account: Account) -> CertificationQuerySet:
        return queryset.visible_to(account)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.calendar)
        return [path("calendar/", view, name="certifications_calendar"), *super().get_urls()]

    def calendar(self, request: HttpRequest) -> HttpResponse:
        """The address of one's own calendar."""
        if not (isinstance(request.user, User) and self.has_view_permission(request)):
            raise PermissionDenied
        context = {**self.admin_site.each_context(request), "opts": self.opts}
        return calendar_page(request, request.user, context)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*self.readonly_fields, *(["mentor", "certification_type"] if obj else [])]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Certification], search_term: str
    ) -> tuple[QuerySet[Certification], bool]:
        """Those of the mentors that are found, which an index leads to."""
        text = search_term.strip()
        if not text:
            return queryset, False
        return queryset.filter(mentor__in=Mentor.objects.named_like(text)), False

    @display(description=_("status"), label=COLOURS)
    def shown_status(self, certification: Certification) -> tuple[str, str]:
        status = certification.expiry_status(timezone.now())
        return status, str(status.label)

    @display(description=_("days left"), ordering="expires_at")
    def days_left(self, certification: Certification) -> SafeString | str:
        days = certification.days_until_expiry(timezone.now())
        if days >= 0:
            return str(days)
        ago = ngettext("%(days)d day ago", "%(days)d days ago", -days) % {"days": -days}
        return format_html('<span class="desk-text-urgent">{}</span>', ago)

    @display(description=_("organisation"))
    def organisation(self, certification: Certification) -> str:
        return str(certification.mentor.organisation or "-")

    @admin.action(description=_("Renew…"), permissions=["change"])
    def renew(self, request: HttpRequest, queryset: QuerySet[Certification]) -> HttpResponse | None:
        return changes.RENEW.answer(self, request, queryset)

    @admin.action(description=_("Suspend…"), permissions=["change"])
    def suspend(
        self, request: HttpRequest, queryset: QuerySet[Certification]
    ) -> HttpResponse | None:
        return changes.SUSPEND.answer(self, request, queryset)

    @admin.action(description=_("Revoke…"), permissions=["change"])
    def revoke(
        self, request: HttpRequest, queryset: QuerySet[Certification]
    ) -> HttpResponse | None:
        return changes.REVOKE.answer(self, request, queryset)

    def save_model(
        self, request: HttpRequest, obj: Certification, form: forms.ModelForm, change: bool
    ) -> None:
        if not change:
            services.enter_certification(certification=obj, now=timezone.now())
            return
        names = services.Columns._fields
        services.correct_certification(
            certification=obj,
            shown=services.Columns(*(form.initial[name] for name in names)),
            entered=services.Columns(*(getattr(obj, name) for name in names)),
            now=timezone.now(),
        )

    def save_formset(
        self, request: HttpRequest, form: forms.ModelForm, formset: Any, change: bool
    ) -> None:
        """A line of the renewals is appended by the rules, which may move the dates."""
        if formset.model is not Renewal:
            super().save_formset(request, form, formset, change)
            return
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []
        for line in formset.forms:
            if line.has_changed():
                formset.new_objects.append(append(line.instance).renewal)
