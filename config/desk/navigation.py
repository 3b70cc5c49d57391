"""The links at the side of every page: the lists that an account may see, app by app."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

DEFAULT_ICON = "list"


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Home, then the lists of each app, in the order in which INSTALLED_APPS has them.

    Inside an app an admin's `position` decides, then the name; `icon` is one of Material Symbols.
    """
    home = {"title": _("Home"), "icon": "home", "link": reverse("admin:index")}
    groups: list[dict[str, Any]] = [{"title": "", "items": [home]}]
    shown = {app["app_label"]: app for app in admin.site.get_app_list(request)}
    # Our own apps first: what others bring along is for the few who manage access.
    labels = sorted(shown, key=lambda label: _order_of(label))
    for label in labels:
        models = shown[label]["models"]
        items = [_item(request, model) for model in models if model["admin_url"]]
        if items:
            items.sort(key=lambda item: (item["position"], item["title"]))
            groups.append({"title": shown[label]["name"], "items": items, "separator": True})
    return groups


def account_links(request: HttpRequest) -> list[dict[str, str]]:
    """What the menu of one's own account offers."""
    return [
        {"title": _("Change password"), "link": reverse("admin:password_change")},
        {"title": _("Second factor"), "link": reverse("admin:second_factor")},
        *(
            {"title": str(title), "link": reverse(name)}
            for title, name in getattr(admin.site, "account_pages", ())
        ),
    ]


def _item(request: HttpRequest, model: dict[str, Any]) -> dict[str, Any]:
    own = admin.site.get_model_admin(model["model"])
    return {
        "title": capfirst(str(model["name"])),
        "icon": getattr(own, "icon", DEFAULT_ICON),
        "link": model["admin_url"],
        "active": request.path.startswith(model["admin_url"]),
        "position": getattr(own, "position", 99),
    }


def _order_of(label: str) -> tuple[bool, int]:
    config = apps.get_app_config(label)
    names = [each.label for each in apps.get_app_configs()]
    is_foreign = not getattr(config, "is_domain", False)
    return is_foreign, names.index(label)
