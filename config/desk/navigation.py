"""The links at the side of every page: the lists that an account may see, app by app."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

DEFAULT_ICON = "list"

_account_pages: list[tuple[StrPromise | str, str, str]] = []


def add_account_page(title: StrPromise | str, url_name: str, permission: str) -> None:
    """Offer a page in the menu of one's own account, to those with the permission."""
    _account_pages.append((title, url_name, permission))


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Home, the lists of each of our apps as INSTALLED_APPS has them, then access and system.

    Inside a group an admin's `position` decides, then the name; `icon` is one of Material Symbols,
    and `menu_title` says the name where the model's own package has it in English alone.
    """
    home = {"title": _("Home"), "icon": "home", "link": reverse("admin:index")}
    groups: list[dict[str, Any]] = [{"title": "", "items": [home]}]
    shown = {app["app_label"]: app for app in admin.site.get_app_list(request)}
    system = []
    for config in apps.get_app_configs():
        models = shown.get(config.label, {"models": []})["models"]
        items = [_item(request, model) for model in models if model["admin_url"]]
        if not getattr(config, "is_domain", False):
            system += items
        elif items:
            groups.append(_group(str(config.verbose_name), items))
    if system:
        groups.append(_group(_("Access and system"), system))
    return groups


def account_links(request: HttpRequest) -> list[dict[str, str]]:
    """What the menu of one's own account offers."""
    return [
        {"title": _("Change password"), "link": reverse("admin:password_change")},
        {"title": _("Second factor"), "link": reverse("admin:second_factor")},
        *(
            {"title": str(title), "link": reverse(name)}
            for title, name, permission in _account_pages
            if request.user.has_perm(permission)
        ),
    ]


def _item(request: HttpRequest, model: dict[str, Any]) -> dict[str, Any]:
    own = admin.site.get_model_admin(model["model"])
    return {
        "title": str(getattr(own, "menu_title", capfirst(str(model["name"])))),
        "icon": getattr(own, "icon", DEFAULT_ICON),
        "link": model["admin_url"],
        "active": request.path.startswith(model["admin_url"]),
        "position": getattr(own, "position", 99),
    }


def _group(title: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    items.sort(key=lambda item: (item["position"], item["title"]))
    return {"title": title, "items": items, "separator": True}
