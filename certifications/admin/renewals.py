"""Renewals: appended, never changed. They are history, and what is wrong is struck out of it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldBooleanWidget

from certifications import services
from certifications.admin import changes
from certifications.errors import SuspensionsStand
from certifications.models import Certification, CertificationStatus, Renewal, RenewalQuerySet
from certifications.services.transfers import RenewalImporter
from certifications.services.transfers.renewals import rows_to_export
from config.desk.admin import DeskAdmin, DeskTabularInline, add_faults
from config.desk.days import day_column
from config.desk.forms import DayField, DeskForm
from config.errors import DomainError, InvalidError
from config.rights import Account
from config.transfer.desk import TransferDesk


class RenewalForm(DeskForm):
    """A renewal to append, checked by the rules of the service before anything is written."""

    renewed_at = DayField(label=_("renewed on"), initial=timezone.localdate)
    expires_at = DayField(label=_("expires on"))

    class Meta:
        model = Renewal
        fields = ["certification", "renewed_at", "expires_at"]

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or self.cleaned_data
        if not self.errors and data.get("certification") is not None and self.has_changed():
            try:
                services.check_renewal(
                    data["certification"],
                    renewed_at=data["renewed_at"],
                    expires_at=data["expires_at"],
                    now=timezone.now(),
                )
            except InvalidError as error:
                add_faults(self, error)
            except DomainError as error:
                raise forms.ValidationError(error.detail) from error
        return data


class RenewalPageForm(RenewalForm):
    """The form of a page of its own, which does not show whether the certification is suspended."""

    ends_suspension = forms.BooleanField(
        label=_("end a suspension"),
        help_text=_("A renewal makes a suspended certification active again."),
        required=False,
        widget=UnfoldBooleanWidget,
    )

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or self.cleaned_data
        certification = data.get("certification")
        if certification is not None and not data.get("ends_suspension"):
            try:
                services.refuse_suspended([certification])
            except SuspensionsStand as error:
                raise forms.ValidationError(changes.text_of_suspensions(error)) from error
        return data


def append(renewal: Renewal, *, ends_suspensions: bool = True) -> services.RenewalOutcome:
    """Append what was entered in a form, by the rules of the service."""
    certification: Certification = renewal.certification
    return services.append_renewal(
        mentor_id=certification.mentor_id,
        named_type=certification.certification_type_id,
        renewed_at=renewal.renewed_at,
        expires_at=renewal.expires_at,
        now=timezone.now(),
        ends_suspensions=ends_suspensions,
    )


class RenewalLineForm(RenewalForm):
    """A line of the page of its certification, where the status is chosen as well."""

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or self.cleaned_data
        certification = data.get("certification")
        if certification is None or not self.has_changed():
            return data
        # As the page leaves it: with another status the suspension ends before the renewal.
        if certification.status == CertificationStatus.SUSPENDED:
            raise forms.ValidationError(
                _("A renewal would end the suspension. Choose the status “active” as well.")
            )
        return data


class RenewalInline(DeskTabularInline):
    """What is on record, and a line to renew in."""

    model = Renewal
    form = RenewalLineForm
    fields = ["renewed_at", "expires_at", "created_at"]
    readonly_fields = ["created_at"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Renewal)
class RenewalAdmin(TransferDesk, DeskAdmin):
    importer = RenewalImporter
    rows_to_export = staticmethod(rows_to_export)
    import_changes = False
    form = RenewalPageForm
    goes_with_owner = True
    icon = "autorenew"
    position = 3
    list_display = [
        "certification",
        day_column("renewed_at", _("renewed on")),
        day_column("expires_at", _("expires on")),
        "created_at",
    ]
    list_select_related = ["certification"]
    sortable_by: list[str] = []
    ordering = ["-pk"]
    search_fields = ["certification__mentor__id", "certification__mentor__name"]
    autocomplete_fields = ["certification"]
    actions = ["strike_out"]

    def scope(self, queryset: RenewalQuerySet, account: Account) -> RenewalQuerySet:
        return queryset.visible_to(account)

    def get_fields(self, request: HttpRequest, obj: Renewal | None = None) -> list[str]:
        """What is on record; of a new one also whether it may end a suspension."""
        fields = ["certification", "renewed_at", "expires_at"]
        return fields if obj else [*fields, "ends_suspension"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_strike_permission(self, request: HttpRequest) -> bool:
        """Whether the account may strike entries out: administrators may."""
        return request.user.has_perm("certifications.delete_renewal")

    @admin.action(description=_("Strike out…"), permissions=["strike"])
    def strike_out(self, request: HttpRequest, queryset: QuerySet[Renewal]) -> HttpResponse | None:
        return changes.STRIKE_OUT.answer(self, request, queryset)

    def save_model(
        self, request: HttpRequest, obj: Renewal, form: forms.ModelForm, change: bool
    ) -> None:
        outcome = append(obj, ends_suspensions=form.cleaned_data["ends_suspension"])
        obj.pk = outcome.renewal.pk
        if not outcome.appended:
            messages.info(request, _("The same renewal was on record already."))
