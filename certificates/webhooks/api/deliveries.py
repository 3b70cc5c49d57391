"""`/v2/webhook-delivery` and `/v2/webhook-event`: what was sent, and what there is to be sent."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from certificates.tenancy import TenantAccount, scope_of
from certificates.tenant_views import TenantEntityViewSet
from certificates.webhooks.api import examples
from certificates.webhooks.api.serializers import (
    DeliveryBody,
    DeliveryDetails,
    DeliveryIndexInput,
    EventBody,
    EventQuery,
)
from certificates.webhooks.contract import delivery_body, delivery_details, event_body
from certificates.webhooks.models import WebhookDelivery, WebhookEvent
from certificates.webhooks.services import redelivery
from config.api.entities import EntityViewSet
from config.api.index import MAX_PER_PAGE
from config.api.pagination import address_without
from config.api.schema import operation
from config.errors import Fault, InvalidError


def all_deliveries() -> QuerySet[WebhookDelivery]:
    return WebhookDelivery.objects.select_related("event", "endpoint")


class WebhookDeliveryViewSet(TenantEntityViewSet):
    """Events on their way to endpoints, with every try."""

    entity = "webhook delivery"
    tenant_field = "endpoint__tenant"
    id_field = "webhook_delivery_id"
    queryset = all_deliveries()
    serializer_class = DeliveryBody
    index_input = DeliveryIndexInput

    @operation(
        summary="Search webhook deliveries",
        request=DeliveryIndexInput,
        request_example=examples.DELIVERY_INDEX_REQUEST,
        answers={200: (DeliveryBody(many=True), examples.DELIVERY_INDEX)},
    )
    def index(self, request: Request) -> Response:
        return self.index_response(self.search(), all_deliveries, delivery_body)

    @operation(
        summary="Get a webhook delivery with all its tries",
        answers={200: (DeliveryDetails, examples.DELIVERY_DETAILS)},
    )
    def view(self, request: Request, id: str) -> Response:
        delivery = self.found(id)
        return Response(delivery_details(delivery, delivery.tries.order_by("number")))

    @operation(
        summary="Send a delivery again",
        answers={202: (DeliveryBody, examples.DELIVERY_AGAIN)},
        problems=[409],
    )
    def redeliver(self, request: Request, id: str) -> Response:
        delivery = redelivery.redeliver(delivery=self.found(id), now=timezone.now())
        return Response(delivery_body(delivery), status=202)


class WebhookEventViewSet(EntityViewSet):
    """All events of a tenant in their order, so that a receiver can close a gap."""

    permission_classes = [TenantAccount]
    queryset = WebhookEvent.objects.all()
    serializer_class = EventBody
    query_serializers = {"index": EventQuery}

    @operation(
        summary="List a tenant's events in their order",
        description=(
            "Positions count 1, 2, 3 … within the tenant, without gaps. `Link` leads to what "
            "comes after a full page."
        ),
        answers={200: (EventBody(many=True), examples.EVENT_INDEX)},
        parameters=[EventQuery],
    )
    def index(self, request: Request) -> Response:
        asked = self.query()
        size = min(asked["per-page"], MAX_PER_PAGE)
        events = WebhookEvent.objects.filter(
            tenant=self._tenant_id(asked.get("tenant_id")), position__gt=asked["after"]
        ).order_by("position")
        page = [event_body(event) for event in events[:size]]
        headers = {}
        if len(page) == size:
            url = f"{address_without(request, 'after')}after={page[-1]['position']}"
            headers["Link"] = f'<{url}>; rel="next"'
        return Response(page, headers=headers)

    def _tenant_id(self, given: Any) -> Any:
        """The tenant meant; another's has no events. A 400 where several could be meant."""
        scope = scope_of(self.request)
        if given is not None:
            return given if given in scope else None
        if scope.tenant_ids is None or len(scope.tenant_ids) > 1:
            raise InvalidError(
                Fault("?tenant_id", "required", "Say which of the account's tenants is meant.")
            )
        return next(iter(scope.tenant_ids))
