"""Every URL of the project: the APIs, their documentation, the admin, health."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import include, path
from drf_spectacular.views import SpectacularRedocView, SpectacularSwaggerSplitView

from config import health
from config.api import problems
from config.api.schema_view import SchemaView
from config.metrics.exposition import metrics


@problems.reads_only
def to_documentation(request: HttpRequest) -> HttpResponse:
    """Whoever comes to the root is led to what there is."""
    return redirect("/api/docs")


@problems.reads_only
def to_icon(request: HttpRequest) -> HttpResponse:
    """Browsers ask for it here, whatever page they show."""
    return redirect(static("desk/favicon.ico"))


urlpatterns = [
    # The APIs first: they are asked most, and paths are tried in this order.
    path("api/v1/", include("certifications.api.urls")),
    path("api/v1/", include("cron.api.urls")),
    path("api/v1/", include("badges.api.urls")),
    path("v2/", include("certificates.api.urls")),
    path("v2/", include("certificates.webhooks.api.urls")),
    path("", to_documentation),
    path("favicon.ico", to_icon),
    path("livez", health.livez),
    path("readyz", health.readyz),
    path("metrics", metrics),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("api/schema", SchemaView.as_view(), name="schema"),
    path("api/docs", SpectacularSwaggerSplitView.as_view(), name="docs"),
    path("api/redoc", SpectacularRedocView.as_view(), name="redoc"),
    path("", include("badges.credentials.urls")),
    path("", include("certifications.feeds.urls")),
    path("problems/<code>", problems.describe),
]

handler400 = "config.api.problems.handler400"
handler403 = "config.api.problems.handler403"
handler404 = "config.api.problems.handler404"
handler500 = "config.api.problems.handler500"
