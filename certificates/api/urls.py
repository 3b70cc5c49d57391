"""Paths of contract 4 and its kin, without trailing slash."""

from __future__ import annotations

from certificates.api.actions import CertificateActionViewSet
from certificates.api.attachments import AttachmentViewSet
from certificates.api.certificates import CertificateViewSet
from config.api.entities import entity_paths

ON_ALL = {"index": "post", "create": "post"}
ON_ONE = {"view": "get", "update": "put", "delete": "delete"}

urlpatterns = [
    *entity_paths("certificate", CertificateViewSet, on_all=ON_ALL, on_one=ON_ONE),
    *entity_paths("certificate-action", CertificateActionViewSet, on_all=ON_ALL, on_one=ON_ONE),
    *entity_paths(
        "attachment",
        AttachmentViewSet,
        on_all=ON_ALL,
        on_one={"view": "get", "download": "get", "delete": "delete"},
    ),
]
