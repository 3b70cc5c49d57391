"""Paths of the contracts."""

from __future__ import annotations

from rest_framework.routers import SimpleRouter

from benchmarks.stock import views

router = SimpleRouter(trailing_slash=False)
router.register("api/v1/certification-records", views.RecordViewSet)
router.register("api/v1/earned-badges", views.EarnedBadgeViewSet)
router.register("v2/certificate", views.CertificateViewSet)
urlpatterns = router.urls
