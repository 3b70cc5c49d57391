"""The page on which people get the address of their calendar, or end it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from certifications.models import CalendarFeed
from certifications.services import calendars


def calendar_page(request: HttpRequest, account: User, context: dict[str, Any]) -> HttpResponse:
    """Say whether there is an address; a POST with `make` or `revoke` changes that.

    A new address is shown on the page that answers, and never again.
    """
    address = ""
    if request.method == "POST" and "revoke" in request.POST:
        calendars.revoke_feed(account=account, now=timezone.now())
        messages.success(request, _("The address of your calendar is revoked."))
        return HttpResponseRedirect(request.path)
    if request.method == "POST":
        token = calendars.make_feed(account=account, now=timezone.now())
        path = reverse("calendar", args=[token])
        address = (
            settings.PUBLIC_URL + path
            if settings.PUBLIC_URL
            else (request.build_absolute_uri(path))
        )
    feed = CalendarFeed.objects.filter(account=account).first()
    page = {**context, "title": _("Calendar of expirations"), "feed": feed, "address": address}
    return render(request, "certifications/desk/calendar.html", page)
