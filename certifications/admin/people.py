"""Mentors, their organisations, and who coordinates them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import ForeignKey, QuerySet
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from certifications import services
from certifications.models import (
    Certification,
    Coordinator,
    Mentor,
    MentorQuerySet,
    Organisation,
    OrganisationQuerySet,
)
from certifications.services.transfers import MentorImporter
from certifications.services.transfers.mentors import rows_to_export
from config.desk.admin import DeletesWithLogs, DeskTabularInline, HistoryAdmin, ReadOnly
from config.desk.days import day_column
from config.desk.filters import VisibleRelatedFilter
from config.rights import Account, is_limited
from config.transfer.desk import TransferDesk


class CoordinatorInline(DeskTabularInline):
    model = Coordinator
    autocomplete_fields = ["account"]


@admin.register(Organisation)
class OrganisationAdmin(DeletesWithLogs, HistoryAdmin):
    icon = "apartment"
    position = 4
    list_display = ["name", "id"]
    search_fields = ["id", "name"]
    ordering = ["name", "id"]
    inlines = [CoordinatorInline]

    def scope(self, queryset: OrganisationQuerySet, account: Account) -> OrganisationQuerySet:
        return queryset.visible_to(account)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["id"] if obj else []


DAYS = (day_column("issued_at", _("issued on")), day_column("expires_at", _("expires on")))


class CertificationInline(ReadOnly, DeskTabularInline):
    model = Certification
    show_change_link = True
    fields = ["certification_type", "status", *DAYS]
    readonly_fields = ["certification_type", "status", *DAYS]


@admin.register(Mentor)
class MentorAdmin(TransferDesk, DeletesWithLogs, HistoryAdmin):
    importer = MentorImporter
    rows_to_export = staticmethod(rows_to_export)
    icon = "badge"
    position = 2
    list_display = ["id", "name", "email", "language", "organisation"]
    list_filter = ["language", ("organisation", VisibleRelatedFilter)]
    list_filter_submit = True
    list_select_related = ["organisation"]
    sortable_by = ["id"]
    search_fields = ["id", "name", "email"]
    search_help_text = _("Part of a name, an id or an email address.")
    ordering = ["id"]
    autocomplete_fields = ["organisation"]
    readonly_fields = ["created_at", "updated_at"]
    inlines = [CertificationInline]

    def scope(self, queryset: MentorQuerySet, account: Account) -> MentorQuerySet:
        return queryset.visible_to(account)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Whoever is entered reads the language of whoever enters, unless it is changed."""
        return {"language": get_language(), **super().get_changeform_initial_data(request)}

    def get_search_results(
        self, request: HttpRequest, queryset: MentorQuerySet, search_term: str
    ) -> tuple[MentorQuerySet, bool]:
        text = search_term.strip()
        return (queryset.named_like(text) if text else queryset), False

    def formfield_for_foreignkey(
        self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField | None:
        """A mere coordinator's mentors belong to one of her organisations."""
        field: forms.ModelChoiceField | None = super().formfield_for_foreignkey(
            db_field, request, **kwargs
        )
        if field is not None and db_field.name == "organisation":
            field.required = is_limited(request.user)
        return field

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*self.readonly_fields, "id"] if obj else self.readonly_fields

    def delete_model(self, request: HttpRequest, obj: Mentor) -> None:
        services.erase_mentor(mentor_id=obj.pk, force=True)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Mentor]) -> None:
        for mentor_id in queryset.values_list("pk", flat=True):
            services.erase_mentor(mentor_id=mentor_id, force=True)
