"""Paths of the webhook APIs, without trailing slash."""

from __future__ import annotations

from django.urls import path

from certificates.webhooks.api.deliveries import WebhookDeliveryViewSet, WebhookEventViewSet
from certificates.webhooks.api.endpoints import WebhookEndpointViewSet
from config.api.entities import entity_paths

urlpatterns = [
    *entity_paths(
        "webhook-endpoint",
        WebhookEndpointViewSet,
        on_all={"index": "post", "create": "post"},
        on_one={
            "view": "get",
            "update": "put",
            "delete": "delete",
            "rotate-secret": "post",
            "test": "post",
            "redeliver": "post",
        },
    ),
    *entity_paths(
        "webhook-delivery",
        WebhookDeliveryViewSet,
        on_all={"index": "post"},
        on_one={"view": "get", "redeliver": "post"},
    ),
    path("webhook-event/index", WebhookEventViewSet.as_view({"get": "index"})),
]
