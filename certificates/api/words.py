"""What the properties of contract 4, webhooks and attachments mean, for the OpenAPI document."""

from __future__ import annotations

WORDS = {
    "certificate_id": "The certificate's id.",
    "certificate_action_id": "The id of the action's connection with the certificate.",
    "attachment_id": "The attachment's id.",
    "tenant_id": "The tenant whose row it is.",
    "date_release": "The day on which it was released.",
    "date_expire": "The day on which it expires; without one it never does.",
    "name": "The certificate's name.",
    "AttachmentBody.name": "The file's name.",
    "AttachmentFilter.name": "The file's name.",
    "note": "A note on it.",
    "action_type": "What kind of thing it certifies.",
    "resource_id": "Whom or what it is linked to.",
    "resource_type": "What kind of thing that is.",
    "data": "More about it, as a JSON object.",
    "warning": "1 where it calls for attention, else 0.",
    "validity_unit": "The unit of `validity`.",
    "validity": "For how many units it is valid from its release.",
    "action_id": "The action in the catalogue that it comes from.",
    "action_name": "The action's name.",
    "action_code": "The action's code.",
    "is_date_inherited": "Whether `date_expire` is the certificate's and follows it.",
    "certificate_name": "The certificate's name.",
    "type": "The media type that the content shows.",
    "sha256": "The digest of the content, in hexadecimal.",
    "file": "The file itself.",
    "created_at": "When it was attached.",
}
