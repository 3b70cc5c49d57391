"""`/v2/certificate-action`: actions connected with certificates."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from certificates.api import examples
from certificates.api.serializers import ActionIndexInput, ActionInput, ActionUpdateInput
from certificates.contract import action_body
from certificates.models import CertificateAction
from certificates.services import actions
from certificates.shapes import ActionBody, ActionDeleted
from certificates.tenancy import scope_of
from certificates.tenant_views import TenantEntityViewSet
from config.api.entities import parse_id
from config.api.schema import operation


def all_actions() -> QuerySet[CertificateAction]:
    return CertificateAction.objects.all()


def current_actions(today: Any) -> QuerySet[CertificateAction]:
    return CertificateAction.objects.current(today)


class CertificateActionViewSet(TenantEntityViewSet):
    """What a certificate allows or obliges to."""

    entity = "certificate action"
    queryset = all_actions()
    serializer_class = ActionBody
    has_shape = True
    locations = {"create": "/v2/certificate-action/view/{certificate_action_id}"}
    index_input = ActionIndexInput

    @operation(
        summary="Search certificate actions",
        description="`history` false hides those of expired certificates that were replaced.",
        request=ActionIndexInput,
        request_example=examples.ACTION_INDEX_REQUEST,
        answers={200: (ActionBody(many=True), examples.ACTION_INDEX)},
    )
    def index(self, request: Request) -> Response:
        search = self.search()
        if search.values["history"]:
            return self.index_response(search, all_actions, action_body)
        today = timezone.now().astimezone(UTC).date()
        return self.index_response(search, current_actions, action_body, today=today)

    @operation(summary="Get a certificate action", answers={200: (ActionBody, examples.ACTION)})
    def view(self, request: Request, id: str) -> Response:
        return Response(action_body(self.found(id)))

    @operation(
        summary="Connect an action with a certificate",
        description=(
            "Without `date_expire` it inherits the certificate's and follows it; without "
            "`action_name` it is called what the certificate is called now."
        ),
        request=ActionInput,
        request_example=examples.ACTION_CREATE_REQUEST,
        answers={201: (ActionBody, examples.ACTION)},
        problems=[409],
    )
    def create(self, request: Request) -> Response:
        action = actions.create_action(
            scope=scope_of(request), values=self.body(ActionInput), now=timezone.now()
        )
        return Response(action_body(action), status=201)

    @operation(
        summary="Update a certificate action",
        request=ActionUpdateInput,
        request_example=examples.ACTION_UPDATE_REQUEST,
        answers={200: (ActionBody, examples.ACTION_UPDATED)},
    )
    def update(self, request: Request, id: str) -> Response:
        action = actions.update_action(
            action_id=parse_id(id, "certificate action"),
            scope=scope_of(request),
            changes=self.body(ActionUpdateInput),
            now=timezone.now(),
        )
        return Response(action_body(action))

    @operation(
        summary="Delete a certificate action",
        answers={200: (ActionDeleted, examples.ACTION_DELETED)},
    )
    def destroy(self, request: Request, id: str) -> Response:
        action_id = parse_id(id, "certificate action")
        actions.delete_action(action_id=action_id, scope=scope_of(request), now=timezone.now())
        return Response({"deleted": True, "certificate_action_id": action_id})
