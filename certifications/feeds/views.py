"""The address that calendars read."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from certifications.feeds.calendar import expirations_calendar
from certifications.services.calendars import account_of_feed
from config.web.client_address import client_address


@require_safe
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar that the token opens (RFC 5545); 404 for one that is unknown or revoked."""
    now = timezone.now()
    account = account_of_feed(token=token, address=client_address(request), now=now)
    if account is None:
        raise Http404
    response = HttpResponse(expirations_calendar(account, now), content_type="text/calendar")
    response["Content-Disposition"] = 'inline; filename="certkeep.ics"'
    patch_cache_control(response, no_store=True)
    return response
