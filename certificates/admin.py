"""The admin of tenants and their certificates; what is written goes through the services."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from certificates.downloads import download_response
from certificates.models import (
    EVERY_TENANT,
    Attachment,
    Certificate,
    CertificateAction,
    CertificateReminder,
    Tenant,
    TenantContact,
    TenantMember,
)
from certificates.services import actions, attachments, certificates
from config.desk.admin import (
    DeletesWithLogs,
    DeskAdmin,
    DeskTabularInline,
    HistoryAdmin,
    LogAdmin,
    ReadOnly,
    add_faults,
)
from config.desk.filters import VisibleRelatedFilter
from config.desk.forms import DeskForm
from config.errors import InvalidError


class TenantMemberInline(DeskTabularInline):
    model = TenantMember
    extra = 0
    autocomplete_fields = ["account"]


class TenantContactInline(DeskTabularInline):
    model = TenantContact
    extra = 0


@admin.register(Tenant)
class TenantAdmin(DeletesWithLogs, HistoryAdmin):
    icon = "domain"
    position = 2
    list_display = ["name", "tenant_id", "language"]
    search_fields = ["name", "tenant_id"]
    ordering = ["name"]
    inlines = [TenantMemberInline, TenantContactInline]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["tenant_id", "created_at"] if obj else []


class CertificateForm(DeskForm):
    """A certificate, checked by the rules of the service before anything is written."""

    class Meta:
        model = Certificate
        fields = [
            "tenant",
            "name",
            "action_type",
            "resource_type",
            "resource_id",
            "date_release",
            "validity_unit",
            "validity",
            "date_expire",
            "warning",
            "note",
            "data",
        ]
        help_texts = {
            "date_expire": _("Left empty, it follows from release and validity."),
        }

    def changes(self) -> dict[str, Any]:
        """What was entered, with None for what was left empty."""
        return {
            name: None if self.cleaned_data[name] == "" else self.cleaned_data[name]
            for name in self.changed_data
            if name in self.cleaned_data
        }

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                draft = certificates.draft_with(self.instance, self.changes())
                # Inlines take a new row's id away until it is saved.
                draft.clean_fields(exclude={"certificate_id"})
            except InvalidError as error:
                add_faults(self, error)
        return data

    def _post_clean(self) -> None:
        """Leave the row as it was read: the service sets what changed, and sees what did."""


class CertificateActionInline(ReadOnly, DeskTabularInline):
    """What is connected. It is changed on its own page, where the rules apply."""

    model = CertificateAction
    extra = 0
    show_change_link = True
    fields = ["action_name", "action_code", "date_expire", "is_date_inherited"]
    readonly_fields = ["action_name", "action_code", "date_expire", "is_date_inherited"]


class AttachmentInline(ReadOnly, DeskTabularInline):
    model = Attachment
    extra = 0
    show_change_link = True
    fields = ["name", "media_type", "size", "created_at"]
    readonly_fields = ["name", "media_type", "size", "created_at"]


@admin.register(Certificate)
class CertificateAdmin(DeletesWithLogs, HistoryAdmin):
    icon = "verified"
    position = 1
    form = CertificateForm
    list_display = ["name", "tenant", "action_type", "resource_type", "date_release", "date_expire"]
    list_filter = ["action_type", "resource_type", "date_expire", ("tenant", VisibleRelatedFilter)]
    list_filter_submit = True
    list_select_related = ["tenant"]
    search_fields = ["name", "certificate_id", "resource_id"]
    autocomplete_fields = ["tenant"]
    ordering = ["-date_release", "-certificate_id"]
    inlines = [CertificateActionInline, AttachmentInline]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["tenant", "certificate_id", "created_at", "updated_at"] if obj else []

    def save_model(
        self, request: HttpRequest, obj: Certificate, form: CertificateForm, change: bool
    ) -> None:
        values = form.changes()
        if change:
            certificates.update_certificate(
                certificate_id=obj.pk, scope=EVERY_TENANT, changes=values, now=timezone.now()
            )
        else:
            tenant = values.pop("tenant")
            made = certificates.create_certificate(tenant=tenant, values=values, now=timezone.now())
            obj.pk, obj.name, obj.tenant = made.pk, made.name, tenant

    def delete_model(self, request: HttpRequest, obj: Certificate) -> None:
        certificates.delete_certificate(
            certificate_id=obj.pk, scope=EVERY_TENANT, force=True, now=timezone.now()
        )

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Certificate]) -> None:
        for certificate in queryset:
            self.delete_model(request, certificate)


class CertificateActionForm(DeskForm):
    """An action, checked by the rules of the service as it is saved."""

    class Meta:
        model = CertificateAction
        fields = ["certificate", "action_id", "action_name", "action_code", "date_expire"]
        help_texts = {"date_expire": _("Left empty, it is the certificate's.")}

    def changes(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] or None for name in self.changed_data}

    def _post_clean(self) -> None:
        """Leave the row as it was read: the service sets what changed, and sees what did."""


@admin.register(CertificateAction)
class CertificateActionAdmin(HistoryAdmin):
    icon = "link"
    position = 3
    form = CertificateActionForm
    list_display = ["action_name", "action_code", "certificate", "date_expire", "is_date_inherited"]
    list_filter = ["is_date_inherited", "date_expire"]
    list_select_related = ["certificate"]
    search_fields = ["action_name", "action_code", "action_id"]
    autocomplete_fields = ["certificate"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["certificate", "is_date_inherited", "created_at", "updated_at"] if obj else []

    def save_model(
        self,
        request: HttpRequest,
        obj: CertificateAction,
        form: CertificateActionForm,
        change: bool,
    ) -> None:
        values = form.changes()
        if change:
            actions.update_action(
                action_id=obj.pk, scope=EVERY_TENANT, changes=values, now=timezone.now()
            )
        else:
            values["certificate_id"] = values.pop("certificate").pk
            made = actions.create_action(scope=EVERY_TENANT, values=values, now=timezone.now())
            obj.pk, obj.action_name = made.pk, made.action_name

    def delete_model(self, request: HttpRequest, obj: CertificateAction) -> None:
        actions.delete_action(action_id=obj.pk, scope=EVERY_TENANT, now=timezone.now())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[CertificateAction]) -> None:
        for action in queryset:
            self.delete_model(request, action)


@admin.register(Attachment)
class AttachmentAdmin(DeskAdmin):
    """Files are attached through the API; here they are read and deleted."""

    icon = "attach_file"
    position = 4
    list_display = ["name", "certificate", "media_type", "size", "created_at", "download_link"]
    list_select_related = ["certificate"]
    search_fields = ["name", "sha256", "certificate__name"]
    ordering = ["-created_at", "-attachment_id"]

    def get_urls(self) -> list[URLPattern]:
        download = path(
            "<uuid:attachment_id>/download/",
            self.admin_site.admin_view(self.download),
            name="certificates_attachment_download",
        )
        return [download, *super().get_urls()]

    def download(self, request: HttpRequest, attachment_id: Any) -> FileResponse:
        """The file, for whoever may see its row."""
        attachment = get_object_or_404(self.get_queryset(request), pk=attachment_id)
        if not self.has_view_permission(request, attachment):
            raise PermissionDenied
        return download_response(attachment)

    @admin.display(description=_("download"))
    def download_link(self, attachment: Attachment) -> str:
        url = reverse("admin:certificates_attachment_download", args=[attachment.pk])
        return format_html('<a href="{}">{}</a>', url, _("Download"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: Attachment) -> None:
        attachments.delete_attachment(attachment_id=obj.pk, scope=EVERY_TENANT, now=timezone.now())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Attachment]) -> None:
        for attachment in queryset:
            self.delete_model(request, attachment)


@admin.register(CertificateReminder)
class CertificateReminderAdmin(LogAdmin):
    icon = "notifications"
    position = 5
    list_display = [
        "certificate",
        "stage",
        "date_expire",
        "state",
        "recipient",
        "settled_at",
        "run",
        "shown_error",
    ]
    list_filter = ["state", "stage", ("certificate__tenant", VisibleRelatedFilter)]
    list_filter_submit = True
    list_select_related = ["certificate", "run"]
    search_fields = ["certificate__name", "certificate__certificate_id"]
    date_hierarchy = "settled_at"
    ordering = ["-id"]

    @display(description=_("error"))
    def shown_error(self, reminder: CertificateReminder) -> str:
        return reminder.error_in_words
