"""The admin of badges; awarding and revoking go through the services."""

from __future__ import annotations

import base64
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelectMultiple
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from badges.credentials.addresses import credential_url
from badges.credentials.document import image_of
from badges.models import BadgeDefinition, EarnedBadge
from badges.services import awards, definitions
from badges.services.images import MAX_BYTES, checked_image
from badges.services.transfers import DefinitionImporter, rows_to_export
from certifications.models import Mentor
from config.desk.admin import HistoryAdmin, LogAdmin
from config.desk.asking import answers, ask
from config.desk.filters import VisibleRelatedFilter
from config.desk.forms import DeskForm
from config.errors import DomainError, InvalidError
from config.rights import Account, is_limited
from config.transfer.desk import TransferDesk


class DefinitionForm(DeskForm):
    """A definition with its image, checked by the rules of the service."""

    new_image = forms.FileField(
        label=_("new image"),
        required=False,
        help_text=_("PNG or SVG, at most 512 KiB, 64 to 2048 pixels."),
    )
    without_image = forms.BooleanField(label=_("take the image away"), required=False)

    class Meta:
        model = BadgeDefinition
        fields = ["name", "description", "criteria", "tags", "active"]

    def clean_new_image(self) -> Any:
        file = self.cleaned_data["new_image"]
        if not file:
            return None
        try:
            return checked_image(file.read(MAX_BYTES + 1))
        except InvalidError as error:
            raise forms.ValidationError(error.faults[0].detail) from error


class AwardForm(forms.Form):
    """To whom a badge is awarded."""

    mentors = forms.ModelMultipleChoiceField(
        label=_("mentors"),
        queryset=Mentor.objects.none(),
        widget=AutocompleteSelectMultiple(
            EarnedBadge._meta.get_field("mentor"), admin.site, attrs={"style": "width: 30em"}
        ),
    )

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mentors = Mentor.objects.visible_to(account)
        self.fields["mentors"].queryset = mentors  # type: ignore[attr-defined]


class RevokeForm(forms.Form):
    reason = forms.CharField(label=_("reason"), max_length=500)


@admin.register(BadgeDefinition)
class BadgeDefinitionAdmin(TransferDesk, HistoryAdmin):
    importer = DefinitionImporter
    rows_to_export = staticmethod(rows_to_export)
    form = DefinitionForm
    list_display = ["public_id", "preview", "name", "active"]
    list_display_links = ["public_id", "name"]
    list_filter = ["active"]
    list_select_related = ["image"]
    search_fields = ["name", "description"]
    icon = "military_tech"
    position = 2
    readonly_fields = ["preview", "created_at", "updated_at"]
    ordering = ["id"]
    actions = ["award_to"]

    def scope(self, queryset: Any, account: Account) -> Any:
        """Everybody's: definitions belong to no organisation."""
        return queryset

    @admin.display(description=_("image"))
    def preview(self, definition: BadgeDefinition) -> str:
        image = image_of(definition) if definition.pk else None
        if image is None:
            return "-"
        content = base64.b64encode(image.content).decode()
        return format_html(
            '<img src="data:{};base64,{}" alt="{}" width="64">',
            image.media_type,
            content,
            definition.name,
        )

    @admin.action(description=_("Award to…"), permissions=["award"])
    def award_to(
        self, request: HttpRequest, queryset: QuerySet[BadgeDefinition]
    ) -> HttpResponse | None:
        form = AwardForm(answers(request), account=request.user)
        if not form.is_valid():
            return ask(
                request,
                model_admin=self,
                form=form,
                action="award_to",
                title=_("Award to…"),
                rows=queryset,
            )
        orders = [
            awards.Award(definition.public_id, mentor.pk, awarded_by=_account(request)[:64])
            for definition in queryset
            for mentor in form.cleaned_data["mentors"]
        ]
        try:
            new, stood = awards.award_badges(orders, now=timezone.now())
        except DomainError as error:
            messages.error(request, error.detail)
        else:
            words = _("%(new)s awarded, %(stood)s stood already.") % {"new": new, "stood": stood}
            messages.success(request, words)
        return None

    def has_award_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("badges.add_earnedbadge")

    def save_model(
        self, request: HttpRequest, obj: BadgeDefinition, form: DefinitionForm, change: bool
    ) -> None:
        # As the model cleaned them: what was left empty has its default there.
        values = {
            name: getattr(obj, name)
            for name in ("name", "description", "criteria", "tags", "active")
        }
        definitions.save_definition(definition=obj, now=timezone.now(), **values)
        if form.cleaned_data["new_image"]:
            definitions.set_image(definition=obj, image=form.cleaned_data["new_image"])
        elif form.cleaned_data["without_image"]:
            definitions.set_image(definition=obj, image=None)


@admin.register(EarnedBadge)
class EarnedBadgeAdmin(LogAdmin, HistoryAdmin):
    """Badges are awarded from their definitions, and revoked; a row is never edited."""

    icon = "award_star"
    position = 1
    list_display = [
        "public_id",
        "definition",
        "mentor",
        "awarded_at",
        "awarded_by",
        "revoked_at",
        "public_page",
    ]
    list_filter = [
        ("revoked_at", admin.EmptyFieldListFilter),
        ("definition", VisibleRelatedFilter),
        ("mentor__organisation", VisibleRelatedFilter),
    ]
    list_filter_submit = True
    list_select_related = ["definition", "mentor"]
    search_fields = ["mentor__id", "mentor__name", "definition__name"]
    date_hierarchy = "awarded_at"
    ordering = ["-awarded_at", "-id"]
    actions = ["revoke"]

    def scope(self, queryset: Any, account: Account) -> Any:
        """Those of mentors that the account may see."""
        if not is_limited(account):
            return queryset
        return queryset.filter(mentor__in=Mentor.objects.visible_to(account))

    @admin.display(description=_("public page"))
    def public_page(self, earned: EarnedBadge) -> str:
        if not (earned.mentor.public_badges and settings.PUBLIC_URL):
            return "-"
        return format_html('<a href="{}">{}</a>', credential_url(earned), _("Open"))

    @admin.action(description=_("Revoke…"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[EarnedBadge]) -> HttpResponse:
        form = RevokeForm(answers(request))
        if not form.is_valid():
            return ask(
                request,
                model_admin=self,
                form=form,
                action="revoke",
                title=_("Revoke…"),
                rows=queryset,
            )
        revoked = awards.revoke_badges(
            earned=queryset,
            reason=form.cleaned_data["reason"],
            revoked_by=_account(request),
            now=timezone.now(),
        )
        messages.success(request, _("%(count)s revoked.") % {"count": revoked})
        return HttpResponseRedirect(request.get_full_path())

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("badges.change_earnedbadge")


def _account(request: HttpRequest) -> str:
    return str(request.user.get_username())
