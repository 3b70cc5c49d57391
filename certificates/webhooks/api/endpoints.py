"""`/v2/webhook-endpoint`: where a tenant's events are sent."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from certificates.tenancy import scope_of, tenant_to_write
from certificates.tenant_views import TenantEntityViewSet
from certificates.webhooks.api import examples
from certificates.webhooks.api.serializers import (
    DeliveryBody,
    EndpointBody,
    EndpointDeleted,
    EndpointIndexInput,
    EndpointInput,
    EndpointUpdateInput,
    EndpointWithSecret,
    RedeliveredBody,
    RedeliverInput,
)
from certificates.webhooks.contract import delivery_body, endpoint_body
from certificates.webhooks.models import WebhookEndpoint
from certificates.webhooks.services import endpoints, redelivery
from config.api.schema import operation


def all_endpoints() -> QuerySet[WebhookEndpoint]:
    return WebhookEndpoint.objects.select_related("tenant")


class WebhookEndpointViewSet(TenantEntityViewSet):
    """Receivers of webhooks (Standard Webhooks): by whom, what, and how it goes."""

    entity = "webhook endpoint"
    locations = {"create": "/v2/webhook-endpoint/view/{webhook_endpoint_id}"}
    queryset = all_endpoints()
    serializer_class = EndpointBody
    index_input = EndpointIndexInput
    creating_actions = frozenset({"create", "rotate_secret"})

    @operation(
        summary="Search webhook endpoints",
        request=EndpointIndexInput,
        request_example=examples.ENDPOINT_INDEX_REQUEST,
        answers={200: (EndpointBody(many=True), examples.ENDPOINT_INDEX)},
    )
    def index(self, request: Request) -> Response:
        return self.index_response(self.search(), all_endpoints, endpoint_body)

    @operation(summary="Get a webhook endpoint", answers={200: (EndpointBody, examples.ENDPOINT)})
    def view(self, request: Request, id: str) -> Response:
        return Response(endpoint_body(self.found(id)))

    @operation(
        summary="Create a webhook endpoint",
        description="The secret that signs what is sent is in this answer and never shown again.",
        request=EndpointInput,
        request_example=examples.ENDPOINT_CREATE_REQUEST,
        answers={201: (EndpointWithSecret, examples.ENDPOINT_CREATED)},
        problems=[409],
    )
    def create(self, request: Request) -> Response:
        values = self.body(EndpointInput)
        tenant = tenant_to_write(scope_of(request), values.pop("tenant_id"))
        made = endpoints.create_endpoint(tenant=tenant, now=timezone.now(), **values)
        return Response(endpoint_body(made.endpoint, secret=made.secret), status=201)

    @operation(
        summary="Update, enable or disable a webhook endpoint",
        description="Disabling gives up what waits for it; see redeliver.",
        request=EndpointUpdateInput,
        request_example=examples.ENDPOINT_UPDATE_REQUEST,
        answers={200: (EndpointBody, examples.ENDPOINT_UPDATED)},
    )
    def update(self, request: Request, id: str) -> Response:
        endpoint = endpoints.update_endpoint(
            endpoint=self.found(id), now=timezone.now(), **self.body(EndpointUpdateInput)
        )
        return Response(endpoint_body(endpoint))

    @operation(
        summary="Delete a webhook endpoint",
        answers={200: (EndpointDeleted, examples.ENDPOINT_DELETED)},
    )
    def destroy(self, request: Request, id: str) -> Response:
        endpoint = self.found(id)
        endpoint_id = endpoint.pk
        endpoints.delete_endpoint(endpoint=endpoint)
        return Response({"deleted": True, "webhook_endpoint_id": endpoint_id})

    @operation(
        summary="Give a webhook endpoint a new secret",
        description="The old one signs beside it for 24 hours.",
        answers={200: (EndpointWithSecret, examples.ENDPOINT_CREATED)},
    )
    def rotate_secret(self, request: Request, id: str) -> Response:
        endpoint = self.found(id)
        secret = endpoints.rotate_secret(endpoint=endpoint, now=timezone.now())
        return Response(endpoint_body(self.found(id), secret=secret))

    @operation(
        summary="Send a test event to a webhook endpoint",
        description="On the way that all events take; the delivery shows how it went.",
        answers={202: (DeliveryBody, examples.DELIVERY_AGAIN)},
        problems=[409],
    )
    def test(self, request: Request, id: str) -> Response:
        delivery = endpoints.send_test_event(endpoint=self.found(id), now=timezone.now())
        return Response(delivery_body(delivery), status=202)

    @operation(
        summary="Send again what failed or was missed",
        request=RedeliverInput,
        request_example=examples.REDELIVER_REQUEST,
        answers={202: (RedeliveredBody, examples.REDELIVERED)},
        problems=[409],
    )
    def redeliver(self, request: Request, id: str) -> Response:
        endpoint = self.found(id)
        done = redelivery.redeliver_failed(
            endpoint=endpoint, since=self.body(RedeliverInput)["since"], now=timezone.now()
        )
        return Response(done._asdict(), status=202)
