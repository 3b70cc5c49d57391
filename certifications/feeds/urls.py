from __future__ import annotations

from django.urls import path

from certifications.feeds import views

urlpatterns = [path("calendar/<str:token>.ics", views.calendar, name="calendar")]
