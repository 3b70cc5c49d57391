"""Who gets what from every page for people: `pages.txt`, a row each. A new one needs a row.

The table has the desk's pages, its actions on rows that one has ticked (method `ACT`), and the
choice of a language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.contrib.messages import get_messages
from django.db import connection, transaction
from django.db.models import Model
from django.test import Client, RequestFactory

from certificates.models import TenantMember
from certifications.models import Certification, Organisation
from tests.access.desk_rows import desk_rows, make_desk_rows, upload_of
from tests.access.table import Row, read_table, routes
from tests.desk.conftest import client_at_desk, make_account
from tests.factories import CoordinatorFactory, OrganisationFactory, TenantFactory

CALLERS, TABLE = read_table(Path(__file__).parent / "pages.txt")
#: What the table calls the places that an answer leads to.
PLACES = {"/admin/login/": "login", "/admin/": "home"}
#: Stands in every row that belongs to somebody.
HOME = "Homeland"

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor == "postgresql", reason="the same on every database"),
]


def page_routes() -> Iterator[str]:
    """Every route of the admin and of the choice of a language."""
    for route, _ in routes():
        if route.startswith(("admin/", "i18n/")):
            yield route


def desk_actions() -> Iterator[str]:
    """The route of each list, and after it the name of each action that somebody may run there."""
    request = RequestFactory().get("/admin/")
    request.user = User(is_superuser=True, is_active=True)
    for model, model_admin in admin.site._registry.items():
        for name in model_admin.get_actions(request):
            yield f"{list_of(model)}{name}"


def list_of(model: type[Model]) -> str:
    return f"admin/{model._meta.app_label}/{model._meta.model_name}/"


def model_of(route: str) -> type[Model]:
    _, app_label, model_name, *_ = route.split("/")
    return apps.get_model(app_label, model_name)


def make_callers() -> dict[str, Client]:
    """A browser for each column. `coordinator` is one of the rows' organisation, `stranger` of
    another, and each belongs to a tenant as well; `member` has no role, but the rows' tenant.
    """
    # The first tenant by its key, as `row_of` finds it.
    home, elsewhere = (TenantFactory.create(tenant_id=UUID(int=number)) for number in (1, 2))
    organisation = OrganisationFactory.create(id="home", name=f"{HOME} Ltd")
    make_desk_rows(home, organisation, HOME)
    clients = {
        "anonymous": Client(),
        "member": client_at_desk(make_account("member")),
        "coordinator": client_at_desk(coordinator("coordinator", organisation)),
        "stranger": client_at_desk(coordinator("stranger", OrganisationFactory.create())),
    }
    for role in ("system", "auditor", "admin"):
        clients[role] = client_at_desk(make_account(role, role))
    for name, tenant in (("member", home), ("coordinator", home), ("stranger", elsewhere)):
        TenantMember.objects.create(tenant=tenant, account=User.objects.get(username=name))
    return clients


def coordinator(name: str, organisation: Organisation) -> User:
    account = make_account(name, "coordinator")
    CoordinatorFactory.create(organisation=organisation, account=account)
    return account


def path_of(route: str) -> str:
    """An address of the page that names a row, of the first caller who may upload."""
    given = {
        "<app_label>": "certifications",
        "<path:content_type_id>/<path:object_id>": (
            f"{ContentType.objects.get_for_model(Certification).pk}/1"
        ),
        "<str:form>": "csv",
        "<str:kind>/<str:thing>/<str:stage>": f"cron.reminder/{row_of(Certification).pk}/7",
        "<url>": "nowhere",
    }
    if "<uuid:token>" in route:
        boss = User.objects.get(username="admin")
        given["<uuid:token>"] = str(upload_of(boss, model_of(route)._meta.label_lower).pk)
    for parameter, value in given.items():
        route = route.replace(parameter, value)
    if "<" in route:
        row: Any = row_of(Certification if "/why/" in route else model_of(route))
        if "history/<>" in route:
            route = route.replace("history/<>", f"history/{row.history.first().pk}")
        # Django's own pages have the key quoted.
        pk = quote(row.pk) if "<path:" in route else row.pk
        route = re.sub("<[^>]*>", str(pk), route)
    return f"/{route}"


def row_of(model: type[Model]) -> Model:
    row = model._default_manager.order_by("pk").first()
    assert row is not None, model
    return row


def outcome(client: Client, method: str, route: str, path: str) -> tuple[str, Any]:
    """What the table has of the answer: its status, or where it leads; and the answer."""
    if method == "ACT":
        return offered(client, route)
    form = {"post": "yes"} if route.endswith("/delete/") else {}
    answer: Any = client.post(path, form) if method == "POST" else client.get(path)
    leads_to = str(answer.get("Location", "")).partition("?")[0]
    return PLACES.get(leads_to, str(answer.status_code)), answer


def offered(client: Client, action: str) -> tuple[str, Any]:
    """Whether the list has the action for the caller, which is tried on the first row there is."""
    route, _, name = action.rpartition("/")
    ticked = {"action": name, "_selected_action": [row_of(model_of(action)).pk], "asked": "1"}
    answer: Any = client.post(f"/{route}/", ticked)
    if answer.status_code not in (200, 302) or "/login/" in answer.get("Location", ""):
        return outcome(client, "GET", f"{route}/", f"/{route}/")
    said = [str(message) for message in get_messages(answer.wsgi_request)]
    # A list without any action just shows itself again.
    is_refused = "No action selected." in said or "cl" in (answer.context or {})
    return "no" if is_refused else "yes", answer


def browse(client: Client) -> Iterator[tuple[Row, str, Any]]:
    """What comes of each row of the table. Nothing of it stays."""
    cookies = dict(client.cookies)
    paths = {route: path_of(route) for method, route in TABLE if method != "ACT"}
    for method, route in TABLE:
        savepoint = transaction.savepoint()
        found, answer = outcome(client, method, route, paths.get(route, ""))
        yield (method, route), found, answer
        transaction.savepoint_rollback(savepoint)
        client.cookies.clear()
        client.cookies.update(cookies)


@pytest.mark.parametrize("caller", CALLERS)
def test_everybody_gets_what_the_table_says(caller: str) -> None:
    client = make_callers()[caller]
    column = CALLERS.index(caller)
    before = desk_rows()
    wrong = []

    for (method, route), found, answer in browse(client):
        if found != (expected := TABLE[method, route][column]):
            wrong.append(f"{caller} gets {found} from {method} {route}, not {expected}")
        if caller == "stranger" and found in ("200", "302", "yes"):
            assert HOME not in content_of(answer), f"{method} {route}"
            assert desk_rows() == before, f"{method} {route}"

    assert not wrong, "\n".join(wrong)


def content_of(answer: Any) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(content, errors="replace")


def test_every_page_and_action_has_a_row_and_no_row_is_without_one() -> None:
    pages = {(method, route) for route in page_routes() for method in ("GET", "POST")}
    actions = {("ACT", action) for action in desk_actions()}

    assert pages | actions == set(TABLE)


def test_the_desk_has_no_other_method() -> None:
    boss = make_callers()["admin"]
    for route in {route for method, route in TABLE if method != "ACT" and route[0] == "a"}:
        for method in ("PUT", "PATCH", "DELETE"):
            answer = boss.generic(method, path_of(route))
            assert answer.status_code == 405, f"{method} {route}"


def test_nothing_is_posted_without_a_token_of_the_form() -> None:
    boss = make_callers()["admin"]
    boss.handler.enforce_csrf_checks = True

    for method, route in TABLE:
        if method == "POST":
            assert boss.post(path_of(route)).status_code == 403, route
