"""Attachments on their way out: to be saved, never to be shown or run by a browser."""

from __future__ import annotations

from django.http import FileResponse

from certificates.models import Attachment

#: What a browser might run if it were shown; these go out as bytes without a meaning.
ACTIVE_TYPES = frozenset(
    {"text/html", "application/xhtml+xml", "image/svg+xml", "application/xml", "text/xml"}
)


def download_response(attachment: Attachment) -> FileResponse:
    """The file, streamed from the storage."""
    is_active = attachment.media_type in ACTIVE_TYPES
    response = FileResponse(
        attachment.file.open("rb"),
        as_attachment=True,
        filename=attachment.name,
        content_type="application/octet-stream" if is_active else attachment.media_type,
    )
    response["Content-Length"] = str(attachment.size)
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
