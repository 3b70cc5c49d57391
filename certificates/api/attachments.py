"""`/v2/attachment`: files that belong to certificates, streamed both ways."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import FileResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from certificates.api import examples
from certificates.api.serializers import AttachmentIndexInput, AttachmentInput
from certificates.contract import attachment_body
from certificates.downloads import download_response
from certificates.models import Attachment
from certificates.services import attachments
from certificates.shapes import AttachmentBody, AttachmentDeleted
from certificates.tenancy import scope_of
from certificates.tenant_views import TenantEntityViewSet
from config.api.entities import parse_id
from config.api.schema import operation
from config.api.uploads import limit_uploads


def all_attachments() -> QuerySet[Attachment]:
    return Attachment.objects.all()


class AttachmentViewSet(TenantEntityViewSet):
    """Files that belong to certificates."""

    entity = "attachment"
    locations = {"create": "/v2/attachment/view/{attachment_id}"}
    queryset = all_attachments()
    serializer_class = AttachmentBody
    index_input = AttachmentIndexInput

    def get_parsers(self) -> list[BaseParser]:
        # The schema asks views without a request.
        action = getattr(self, "action", None) or self.action_map.get("post")
        return [MultiPartParser()] if action == "create" else super().get_parsers()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        limit_uploads(request, settings.ATTACHMENT_MAX_BYTES)
        super().initial(request, *args, **kwargs)

    @operation(
        summary="Search attachments",
        request=AttachmentIndexInput,
        request_example=examples.ATTACHMENT_INDEX_REQUEST,
        answers={200: (AttachmentBody(many=True), examples.ATTACHMENT_INDEX)},
    )
    def index(self, request: Request) -> Response:
        return self.index_response(self.search(), all_attachments, attachment_body)

    @operation(
        summary="Get what is known of an attachment",
        answers={200: (AttachmentBody, examples.ATTACHMENT)},
    )
    def view(self, request: Request, id: str) -> Response:
        return Response(attachment_body(self.found(id)))

    @operation(
        summary="Attach a file to a certificate",
        description="As multipart/form-data. The type is read from the content.",
        request={"multipart/form-data": AttachmentInput},
        answers={201: (AttachmentBody, examples.ATTACHMENT)},
    )
    def create(self, request: Request) -> Response:
        values = self.body(AttachmentInput)
        attachment = attachments.attach_file(
            certificate_id=values["certificate_id"],
            scope=scope_of(request),
            upload=values["file"],
            name=values.get("name") or values["file"].name,
            now=timezone.now(),
        )
        return Response(attachment_body(attachment), status=201)

    @operation(
        summary="Download an attachment",
        description=(
            "Always to be saved, never to be shown by a browser. `Content-Type` is the file's own, "
            "unless a browser might run it."
        ),
        answers={200: (OpenApiResponse(OpenApiTypes.BINARY), None)},
        media_type="application/octet-stream",
    )
    def download(self, request: Request, id: str) -> FileResponse:
        return download_response(self.found(id))

    @operation(
        summary="Delete an attachment",
        answers={200: (AttachmentDeleted, examples.ATTACHMENT_DELETED)},
    )
    def destroy(self, request: Request, id: str) -> Response:
        attachment_id = parse_id(id, "attachment")
        attachments.delete_attachment(
            attachment_id=attachment_id, scope=scope_of(request), now=timezone.now()
        )
        return Response({"deleted": True, "attachment_id": attachment_id})
