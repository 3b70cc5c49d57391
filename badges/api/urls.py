"""Paths of contract 5 and of definitions, without trailing slash."""

from __future__ import annotations

from django.urls import path

from badges.api.definitions import BadgeDefinitionViewSet
from badges.api.earned import EarnedBadgeViewSet

urlpatterns = [
    path("earned-badges", EarnedBadgeViewSet.as_view({"get": "list", "post": "create"})),
    path("earned-badges/by-organisation", EarnedBadgeViewSet.as_view({"get": "by_organisation"})),
    path("earned-badges/exists", EarnedBadgeViewSet.as_view({"get": "exists"})),
    path("earned-badges/<id>/revoke", EarnedBadgeViewSet.as_view({"post": "revoke"})),
    path("earned-badges/<id>/credential", EarnedBadgeViewSet.as_view({"get": "credential"})),
    path("badge-definitions", BadgeDefinitionViewSet.as_view({"get": "list", "post": "create"})),
    path(
        "badge-definitions/<id>",
        BadgeDefinitionViewSet.as_view({"get": "retrieve", "put": "update", "delete": "destroy"}),
    ),
]
