"""Types of certifications, and when their holders are reminded."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from certifications.models import CertificationType
from config.desk.admin import HistoryAdmin
from config.desk.forms import DeskForm
from config.rights import Account
from config.text import normalise_code


class CertificationTypeForm(DeskForm):
    def clean_code(self) -> str:
        return normalise_code(self.cleaned_data["code"])


@admin.register(CertificationType)
class CertificationTypeAdmin(HistoryAdmin):
    form = CertificationTypeForm
    icon = "category"
    position = 5
    list_display = [
        "code",
        "name",
        "reminder_stages",
        "expiring_soon_days",
        "expired_notice_days",
        "is_confirmed",
    ]
    list_filter = ["is_confirmed"]
    search_fields = ["code", "name"]
    ordering = ["code"]

    def scope(
        self, queryset: QuerySet[CertificationType], account: Account
    ) -> QuerySet[CertificationType]:
        """Everybody's: types belong to no organisation."""
        return queryset

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["code"] if obj else []
