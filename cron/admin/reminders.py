"""What was mailed: reminders of certifications, and the coordinators' digests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from certifications.models import Certification, Coordinator, Organisation
from config.desk.admin import LogAdmin
from config.desk.days import day_column
from config.desk.filters import VisibleRelatedFilter
from config.rights import Account, is_limited
from cron.models import BY_HAND_STAGE, CoordinatorDigest, Delivery, DeliveryState, Reminder

COLOURS = {
    DeliveryState.PENDING: "info",
    DeliveryState.SENDING: "info",
    DeliveryState.SENT: "success",
    DeliveryState.FAILED: "danger",
    DeliveryState.SUPERSEDED: "default",
}


class StageFilter(admin.AllValuesFieldListFilter):
    """By the stages that there are, and what was sent by hand at none."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        for choice in super().choices(changelist):
            by_hand = str(choice["display"]) == str(BY_HAND_STAGE)
            yield {**choice, "display": _("by hand")} if by_hand else choice


class DeliveryAdmin(LogAdmin):
    date_hierarchy = "settled_at"
    ordering = ["-id"]
    sortable_by: list[str] = []
    list_filter_submit = True

    @display(description=_("state"), label=COLOURS)
    def shown_state(self, delivery: Delivery) -> tuple[str, str]:
        state = DeliveryState(delivery.state)
        return state, str(state.label)

    @display(description=_("error"))
    def shown_error(self, delivery: Delivery) -> str:
        return delivery.error_in_words


@admin.register(Reminder)
class ReminderAdmin(DeliveryAdmin):
    icon = "notifications"
    position = 3
    list_display = [
        "certification",
        "shown_stage",
        day_column("expires_at", _("expires on")),
        "shown_state",
        "recipient",
        "settled_at",
        "run",
        "shown_error",
        "why",
    ]
    list_filter = [
        "state",
        ("stage", StageFilter),
        ("certification__certification_type", VisibleRelatedFilter),
        ("certification__mentor__organisation", VisibleRelatedFilter),
    ]
    list_select_related = ["certification", "run"]
    search_fields = [
        "certification__mentor__id",
        "certification__mentor__name",
        "certification__mentor__email",
    ]

    def scope(self, queryset: Any, account: Account) -> Any:
        """Those of certifications that the account may see."""
        if not is_limited(account):
            return queryset
        return queryset.filter(certification__in=Certification.objects.visible_to(account))

    @display(description=_("stage"), ordering="stage")
    def shown_stage(self, reminder: Reminder) -> object:
        return reminder.stage if reminder.is_at_a_stage else _("by hand")

    @display(description=_("why?"))
    def why(self, reminder: Reminder) -> str:
        url = reverse("admin:cron_reminder_plan", args=[reminder.certification_id])
        return format_html('<a class="desk-link" href="{}">{}</a>', url, _("Why?"))


@admin.register(CoordinatorDigest)
class CoordinatorDigestAdmin(DeliveryAdmin):
    icon = "summarize"
    position = 4
    list_display = ["coordinator", "run", "shown_state", "recipient", "settled_at", "shown_error"]
    list_filter = ["state", ("coordinator__organisation", VisibleRelatedFilter)]
    list_select_related = ["coordinator", "run"]
    search_fields = ["coordinator__name", "coordinator__email"]

    def scope(self, queryset: Any, account: Account) -> Any:
        """Those of the account's own organisations."""
        if not is_limited(account):
            return queryset
        own = Coordinator.objects.filter(organisation__in=Organisation.objects.visible_to(account))
        return queryset.filter(coordinator__in=own)
