"""The admin's site: who gets in, its home page, and the pages that belong to no table."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods
from unfold.sites import UnfoldAdminSite

from config.desk.home import home_panels
from config.desk.login import LoginForm, is_address_locked, locked_out
from config.desk.second_factor import has_second_factor, lacks_second_factor, second_factor
from config.rights import may_enter

#: What a browser sends. Django's views would take any other method for a GET.
METHODS = ["GET", "HEAD", "POST"]


class DeskSite(UnfoldAdminSite):
    site_url = "/api/docs"
    login_form = LoginForm
    index_title = _("What needs me today?")
    index_template = "desk/home.html"

    def has_permission(self, request: HttpRequest) -> bool:
        """Whoever may enter, with the second factor if the account has one or has to have one."""
        user = request.user
        if not may_enter(user):
            return False
        if _has_to_set_up(request):
            return request.path in _set_up_paths()
        return user.is_verified() or not has_second_factor(user)  # type: ignore[union-attr]

    def admin_view(
        self, view: Callable[..., HttpResponse], cacheable: bool = False
    ) -> Callable[..., HttpResponse]:
        """The view for those who may see it, and for requests that pages can answer."""
        guarded: Callable[..., HttpResponse] = super().admin_view(view, cacheable)

        @require_http_methods(METHODS)
        @functools.wraps(guarded)
        def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            # PostgreSQL takes no NUL in a text, and Django's admin looks for whatever it is given.
            if "%00" in request.get_full_path():
                raise BadRequest("A NUL is in the address.")
            if _has_to_set_up(request) and request.path not in _set_up_paths():
                return redirect("admin:second_factor")
            return guarded(request, *args, **kwargs)

        return page

    @method_decorator(require_http_methods(METHODS))
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method == "POST" and is_address_locked(request, timezone.now()):
            return locked_out(request)
        page: HttpResponse = super().login(request, extra_context)
        return page

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """The home page: what every app has to say to whoever looks at it."""
        page: TemplateResponse = super().index(
            request, {**(extra_context or {}), "panels": home_panels(request)}
        )
        return page

    def extra_urls(self) -> list[URLPattern]:
        return [
            path("second-factor/", self.admin_view(self.second_factor), name="second_factor"),
        ]

    def second_factor(self, request: HttpRequest) -> HttpResponse:
        if not isinstance(request.user, User):
            raise PermissionDenied
        context = {**self.each_context(request), "title": _("Second factor")}
        return second_factor(request, request.user, context)


def _has_to_set_up(request: HttpRequest) -> bool:
    """Whether the account gets nothing but the page on which it sets its second factor up."""
    return may_enter(request.user) and lacks_second_factor(request.user)


def _set_up_paths() -> tuple[str, ...]:
    """Where an account gets that has yet to set up the second factor that its role demands."""
    return reverse("admin:second_factor"), reverse("admin:logout")
