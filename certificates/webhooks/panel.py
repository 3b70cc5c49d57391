"""Webhook endpoints in trouble, on the home page."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from certificates.webhooks.models import WebhookEndpoint
from config.desk.paginator import capped_count
from config.desk.panels import Panel, Tile

LINES = 8


class WebhooksPanel(Panel):
    permission = "webhooks.view_webhookendpoint"
    template = "webhooks/desk/panel.html"
    order = 3

    def context(self, request: HttpRequest, now: datetime) -> dict[str, object]:
        failing = WebhookEndpoint.objects.filter(enabled=True, failing_since__isnull=False)
        disabled = WebhookEndpoint.objects.filter(enabled=False).exclude(disabled_reason="")
        listed = reverse("admin:webhooks_webhookendpoint_changelist")
        failing_url = f"{listed}?{urlencode({'failing_since__isempty': 0, 'enabled__exact': 1})}"
        disabled_url = f"{listed}?{urlencode({'disabled_reason__isempty': 0})}"
        in_trouble = (
            WebhookEndpoint.objects.filter(Q(pk__in=failing) | Q(pk__in=disabled))
            .select_related("tenant")
            .order_by("failing_since", "pk")
        )
        failing_count, disabled_count = capped_count(failing), capped_count(disabled)
        is_failing = ngettext("is failing", "are failing", failing_count)
        was_disabled = ngettext("was switched off", "were switched off", disabled_count)
        return {
            "id": "webhooks",
            "title": _("Webhook endpoints"),
            "tiles": [
                Tile(is_failing, failing_count, failing_url, "soon"),
                Tile(was_disabled, disabled_count, disabled_url, "urgent"),
            ],
            "endpoints": [
                {
                    "endpoint": endpoint,
                    "url": reverse("admin:webhooks_webhookendpoint_change", args=[endpoint.pk]),
                }
                for endpoint in in_trouble[:LINES]
            ],
        }
