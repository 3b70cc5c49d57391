"""The admin of webhooks. Endpoints change through the services; the rest is a log, read only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certificates.webhooks.models import (
    SUBSCRIBABLE,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from certificates.webhooks.services import endpoints, redelivery
from certificates.webhooks.services.endpoint_rules import check_endpoint
from config.desk.admin import (
    DeletesWithLogs,
    DeskTabularInline,
    HistoryAdmin,
    LogAdmin,
    ReadOnly,
    add_faults,
    named,
)
from config.desk.filters import VisibleRelatedFilter
from config.desk.forms import DeskForm
from config.desk.masking import MasksCredentials
from config.errors import DomainError, InvalidError
from config.masking import masked_query, masked_values, unmasked_values

REDELIVER_SINCE = timedelta(hours=24)
FIELDS = ("name", "url", "events", "headers", "enabled")


class EndpointForm(DeskForm):
    """An endpoint, checked by the rules of the service."""

    events = forms.MultipleChoiceField(
        label=_("events"),
        choices=[(kind, kind) for kind in SUBSCRIBABLE],
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = WebhookEndpoint
        fields = ["tenant", *FIELDS]

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or self.cleaned_data
        if self.errors:
            return data
        stored = self.initial.get("headers") or {}
        given = data.get("headers") or {}
        data["headers"] = unmasked_values(given, stored) if isinstance(given, dict) else given
        try:
            check_endpoint(WebhookEndpoint(**{field: data[field] for field in FIELDS}))
            if self.instance._state.adding:
                endpoints.require_room(data["tenant"])
        except InvalidError as error:
            add_faults(self, error)
        except DomainError as error:
            self.add_error(None, error.detail)
        return data


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(MasksCredentials, DeletesWithLogs, HistoryAdmin):
    form = EndpointForm
    masks = {"url": masked_query, "headers": masked_values}
    list_display = ["name", "tenant", "url", "enabled", "failing_since", "paused_until"]
    list_filter = [
        "enabled",
        ("failing_since", admin.EmptyFieldListFilter),
        ("disabled_reason", admin.EmptyFieldListFilter),
        ("tenant", VisibleRelatedFilter),
    ]
    list_filter_submit = True
    icon = "webhook"
    list_select_related = ["tenant"]
    search_fields = ["name", "url", "tenant__name"]
    readonly_fields = [
        "webhook_endpoint_id",
        "disabled_at",
        "disabled_reason",
        "failing_since",
        "paused_until",
        "created_at",
        "updated_at",
    ]
    actions = ["rotate_secret", "send_test_event", "enable", "redeliver_failed"]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        fields: list[str] = super().get_readonly_fields(request, obj)
        return [*fields, *(["tenant"] if obj else [])]

    def save_model(
        self, request: HttpRequest, obj: WebhookEndpoint, form: forms.ModelForm, change: bool
    ) -> None:
        fields = {field: form.cleaned_data[field] for field in FIELDS}
        now = timezone.now()
        if change:
            endpoints.update_endpoint(endpoint=obj, now=now, **fields)
            return
        made = endpoints.create_endpoint(tenant=form.cleaned_data["tenant"], now=now, **fields)
        obj.pk = made.endpoint.pk
        self._show_secret(request, made.endpoint, made.secret)

    def get_deleted_objects(
        self, objs: Sequence[WebhookEndpoint], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """The endpoints alone: listing what goes with them would read all their deliveries."""
        names = [str(endpoint) for endpoint in objs]
        return names, {str(self.opts.verbose_name_plural): len(names)}, set(), []

    def delete_model(self, request: HttpRequest, obj: WebhookEndpoint) -> None:
        endpoints.delete_endpoint(endpoint=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> None:
        for endpoint in queryset:
            endpoints.delete_endpoint(endpoint=endpoint)

    @admin.action(description=_("Give it a new secret"), permissions=["change"])
    def rotate_secret(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> None:
        for endpoint in queryset:
            secret = endpoints.rotate_secret(endpoint=endpoint, now=timezone.now())
            self._show_secret(request, endpoint, secret)

    @admin.action(description=_("Send a test event"), permissions=["change"])
    def send_test_event(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> None:
        for endpoint in queryset:
            try:
                endpoints.send_test_event(endpoint=endpoint, now=timezone.now())
            except DomainError as error:
                messages.error(request, f"{endpoint}: {error.detail}")
            else:
                messages.success(
                    request, _("%(endpoint)s: a test is on its way.") % {"endpoint": endpoint}
                )

    @admin.action(description=_("Enable"), permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> None:
        for endpoint in queryset:
            try:
                endpoints.update_endpoint(endpoint=endpoint, enabled=True, now=timezone.now())
            except DomainError as error:
                messages.error(request, f"{endpoint}: {error.detail}")
            else:
                messages.success(request, _("%(endpoint)s is enabled.") % {"endpoint": endpoint})

    @admin.action(
        description=_("Deliver again what failed in the last 24 hours"), permissions=["change"]
    )
    def redeliver_failed(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> None:
        now = timezone.now()
        for endpoint in queryset:
            try:
                brought = redelivery.redeliver_failed(
                    endpoint=endpoint, since=now - REDELIVER_SINCE, now=now
                )
            except DomainError as error:
                messages.error(request, f"{endpoint}: {error.detail}")
            else:
                words = {"endpoint": endpoint, "count": sum(brought)}
                messages.success(
                    request, _("%(endpoint)s: %(count)s messages are sent again.") % words
                )

    def _show_secret(self, request: HttpRequest, endpoint: WebhookEndpoint, secret: str) -> None:
        """The one time that it can be read."""
        words = {"endpoint": endpoint, "secret": secret}
        messages.warning(
            request, _("The secret of %(endpoint)s, shown only now: %(secret)s") % words
        )


@admin.register(WebhookEvent)
class WebhookEventAdmin(LogAdmin):
    icon = "event_note"
    position = 3
    list_display = ["webhook_id", "tenant", "position", "event_type", "certificate_id", "sequence"]
    list_filter = ["event_type", "tenant"]
    list_select_related = ["tenant"]
    ordering = ["-id"]
    search_fields = ["webhook_id", "certificate_id"]


class AttemptInline(ReadOnly, DeskTabularInline):
    model = WebhookAttempt
    fields = ["number", "attempted_at", "duration_ms", "status", "error", "answer"]
    ordering = ["number"]


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(LogAdmin):
    icon = "outbox"
    position = 2
    list_display = ["event", "endpoint", "state", "attempts", "next_attempt_at", "error"]
    list_filter = ["state", "endpoint"]
    list_select_related = ["event", "endpoint"]
    ordering = ["-id"]
    search_fields = ["event__webhook_id", "webhook_delivery_id"]
    inlines = [AttemptInline]
    actions = ["redeliver"]

    @admin.action(description=_("Deliver again"), permissions=["redeliver"])
    def redeliver(self, request: HttpRequest, queryset: QuerySet[WebhookDelivery]) -> None:
        sent: list[WebhookDelivery] = []
        refusals: dict[str, list[WebhookDelivery]] = {}
        for delivery in queryset:
            try:
                redelivery.redeliver(delivery=delivery, now=timezone.now())
            except DomainError as error:
                refusals.setdefault(error.detail, []).append(delivery)
            else:
                sent.append(delivery)
        for detail, deliveries in refusals.items():
            messages.error(request, f"{named(deliveries)}: {detail}")
        if sent:
            text = _("Sent again: %(deliveries)s.")
            messages.success(request, text % {"deliveries": named(sent)})

    def has_redeliver_permission(self, request: HttpRequest) -> bool:
        """Whoever may change endpoints may have them sent to."""
        return request.user.has_perm("webhooks.change_webhookendpoint")
