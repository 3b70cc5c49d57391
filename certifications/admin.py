"""The admin of mentors, organisations and certifications; the rules are the services'."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certifications import services
from certifications.models import (
    Certification,
    CertificationType,
    Coordinator,
    Mentor,
    Organisation,
    Renewal,
)
from config.desk.admin import DeletesWithLogs, DeskAdmin, DeskTabularInline, HistoryAdmin, ReadOnly
from config.errors import DomainError


class CoordinatorInline(DeskTabularInline):
    model = Coordinator


@admin.register(Organisation)
class OrganisationAdmin(DeletesWithLogs, HistoryAdmin):
    list_display = ["id", "name"]
    search_fields = ["id", "name"]
    inlines = [CoordinatorInline]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["id"] if obj else []


class CertificationInline(ReadOnly, DeskTabularInline):
    model = Certification
    extra = 0
    show_change_link = True
    fields = ["certification_type", "status", "issued_at", "expires_at"]
    readonly_fields = ["certification_type", "status", "issued_at", "expires_at"]


@admin.register(Mentor)
class MentorAdmin(DeletesWithLogs, HistoryAdmin):
    list_display = ["id", "name", "email", "language", "organisation"]
    list_filter = ["language", "organisation"]
    list_select_related = ["organisation"]
    search_fields = ["id", "name", "email"]
    autocomplete_fields = ["organisation"]
    readonly_fields = ["created_at", "updated_at"]
    inlines = [CertificationInline]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*self.readonly_fields, "id"] if obj else self.readonly_fields

    def delete_model(self, request: HttpRequest, obj: Mentor) -> None:
        services.erase_mentor(mentor_id=obj.pk, force=True)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Mentor]) -> None:
        for mentor_id in queryset.values_list("pk", flat=True):
            services.erase_mentor(mentor_id=mentor_id, force=True)


@admin.register(CertificationType)
class CertificationTypeAdmin(HistoryAdmin):
    list_display = [
        "code",
        "name",
        "reminder_stages",
        "expiring_soon_days",
        "expired_notice_days",
    ]
    search_fields = ["code", "name"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["code"] if obj else []


class RenewalInline(ReadOnly, DeskTabularInline):
    """What is on record. A renewal is added on its own page, where the rules apply."""

    model = Renewal
    extra = 0
    fields = ["renewed_at", "expires_at", "created_at"]
    readonly_fields = ["renewed_at", "expires_at", "created_at"]


@admin.register(Certification)
class CertificationAdmin(DeletesWithLogs, HistoryAdmin):
    list_display = [
        "mentor",
        "certification_type",
        "status",
        "expires_at",
        "days_left",
    ]
    list_filter = ["status", "certification_type", "expires_at"]
    list_select_related = ["mentor", "certification_type"]
    search_fields = ["mentor__id", "mentor__name", "mentor__email", "certification_type__code"]
    autocomplete_fields = ["mentor", "certification_type"]
    readonly_fields = ["created_at", "updated_at"]
    ordering = ["expires_at", "id"]
    inlines = [RenewalInline]

    @admin.display(description=_("days left"), ordering="expires_at")
    def days_left(self, certification: Certification) -> int:
        return certification.days_until_expiry(timezone.now())

    def save_model(
        self, request: HttpRequest, obj: Certification, form: forms.ModelForm, change: bool
    ) -> None:
        obj.updated_at = timezone.now()
        super().save_model(request, obj, form, change)


class RenewalForm(forms.ModelForm):
    """A renewal to append, checked by the rules of the service before anything is written."""

    class Meta:
        model = Renewal
        fields = ["certification", "renewed_at", "expires_at"]

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                services.check_renewal(
                    data["certification"],
                    renewed_at=data["renewed_at"],
                    expires_at=data["expires_at"],
                )
            except DomainError as error:
                raise forms.ValidationError(error.detail) from error
        return data


@admin.register(Renewal)
class RenewalAdmin(DeskAdmin):
    """Renewals are appended, never changed: they are history."""

    form = RenewalForm
    list_display = ["certification", "renewed_at", "expires_at", "created_at"]
    list_filter = ["renewed_at"]
    list_select_related = ["certification"]
    search_fields = ["certification__mentor__id", "certification__mentor__name"]
    autocomplete_fields = ["certification"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(
        self, request: HttpRequest, obj: Renewal, form: forms.ModelForm, change: bool
    ) -> None:
        outcome = services.append_renewal(
            mentor_id=obj.certification.mentor_id,
            named_type=obj.certification.certification_type_id,
            renewed_at=obj.renewed_at,
            expires_at=obj.expires_at,
            now=timezone.now(),
        )
        obj.pk = outcome.renewal.pk
        if not outcome.appended:
            messages.info(request, _("The same renewal was on record already."))
