"""`/api/v1/badge-definitions`: what can be earned."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from badges.api import examples
from badges.api.serializers import DefinitionDeleted, DefinitionDetails, DefinitionInput
from badges.credentials.addresses import image_url
from badges.models import BadgeDefinition
from badges.models.definition import DEFINITION_ID
from badges.services import definitions
from badges.services.images import image_of_data_uri
from config.api.access import AdminOnly, SystemOrAdmin
from config.api.schema import operation
from config.api.views import ContractViewSet


class BadgeDefinitionViewSet(ContractViewSet):
    """Definitions of badges."""

    queryset = (
        BadgeDefinition.objects.select_related("image").defer("image__content").order_by("id")
    )
    serializer_class = DefinitionDetails
    lookup_field = "id"
    locations = {"create": "/api/v1/badge-definitions/{id}"}

    def get_permissions(self) -> list[BasePermission]:
        """`admin`; whoever awards badges reads which there are."""
        return [SystemOrAdmin()] if self.action in ("list", "retrieve") else [AdminOnly()]

    def resource_rows(self, **kwargs: Any) -> QuerySet[Any, Any]:
        return BadgeDefinition.objects.filter(pk=DEFINITION_ID.parse(kwargs["id"]))

    @operation(
        summary="List badge definitions",
        answers={200: (DefinitionDetails, examples.DEFINITION_LIST)},
    )
    def list(self, request: Request) -> Response:
        return self.page_of(DefinitionDetails, self.get_queryset())

    @operation(
        summary="Get a badge definition", answers={200: (DefinitionDetails, examples.DEFINITION)}
    )
    def retrieve(self, request: Request, id: str) -> Response:
        return self._answer(definitions.find_definition(id))

    @operation(
        summary="Create a badge definition",
        request=DefinitionInput,
        request_example=examples.DEFINITION_REQUEST,
        answers={201: (DefinitionDetails, examples.DEFINITION)},
    )
    def create(self, request: Request) -> Response:
        return self._answer(self._save(None), status=201)

    @operation(
        summary="Replace a badge definition",
        description="An image that is left out stays; null takes it away.",
        request=DefinitionInput,
        request_example=examples.DEFINITION_REQUEST,
        answers={200: (DefinitionDetails, examples.DEFINITION)},
    )
    def update(self, request: Request, id: str) -> Response:
        return self._answer(self._save(definitions.find_definition(id)))

    @operation(
        summary="Delete a badge definition",
        description="One that was awarded can't be deleted, only made inactive.",
        answers={200: (DefinitionDeleted, examples.DEFINITION_DELETED)},
        problems=[409],
    )
    def destroy(self, request: Request, id: str) -> Response:
        definitions.delete_definition(definition=definitions.find_definition(id))
        return Response({"deleted": True, "id": id})

    def _save(self, definition: BadgeDefinition | None) -> BadgeDefinition:
        """Write what the body says, image and all, or nothing."""
        values = self.body(DefinitionInput)
        has_image, given = "image" in values, values.pop("image", None)
        if definition and given == image_url(definition):
            has_image = False
        image = image_of_data_uri(given) if has_image and given is not None else None
        with transaction.atomic():
            saved = definitions.save_definition(definition=definition, now=timezone.now(), **values)
            if has_image:
                definitions.set_image(definition=saved, image=image)
        return saved

    def _answer(self, definition: BadgeDefinition, **more: Any) -> Response:
        row = self.get_queryset().get(pk=definition.pk)
        return Response(DefinitionDetails(row).data, **more)
