"""Public resources of badges: what credentials point to, and pages for people."""

from __future__ import annotations

from django.urls import path

from badges.credentials.views import issuing, pages

urlpatterns = [
    path(".well-known/jwks.json", issuing.key_set, name="badge-key-set"),
    path("badges/keys/<str:thumbprint>", issuing.key, name="badge-key"),
    path("badges/issuer", issuing.issuer, name="badge-issuer"),
    path("badges/achievements/<str:public_id>", issuing.achievement, name="badge-achievement"),
    path("badges/achievements/<str:public_id>/image", issuing.image, name="badge-image"),
    path("badges/status/<int:number>", issuing.status, name="badge-status-list"),
    path("badges/<uuid:public_uuid>", pages.page, name="badge-page"),
    path("badges/<uuid:public_uuid>/credential.jwt", pages.token, name="badge-token"),
    path("badges/<uuid:public_uuid>/badge.png", pages.baked_png, name="badge-baked-png"),
    path("badges/<uuid:public_uuid>/badge.svg", pages.baked_svg, name="badge-baked-svg"),
    path("badges/<path:rest>", pages.unknown),
]
