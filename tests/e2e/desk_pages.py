"""The address of every page for people, in a stack with sample data and a row in every list.

`Stack.shell` calls `show_addresses` inside a `manage.py` of the stack.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import User
from django.test import Client

from badges.models import EarnedBadge
from certifications.models import Certification, Mentor
from config.models import Upload
from cron.models import DeliveryState, ExpiryCheckRun, Reminder
from tests.access.desk_rows import make_desk_rows
from tests.access.test_pages import TABLE, path_of
from tests.factories import OrganisationFactory, TenantFactory

LONG = "a-word-that-is-longer-than-any-line-of-a-phone-and-has-no-place-to-break"


def show_addresses() -> None:
    """Make the rows and print the addresses that answer a GET of `admin` with a page."""
    make_desk_rows(TenantFactory.create(), OrganisationFactory.create(id="home"), "Homeland")
    Mentor.objects.update(public_badges=True)
    boss = User.objects.get(username="admin")
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(boss)
    for address in sorted({*_addresses(), *_previews(boss)}):
        answer: Any = client.get(address)
        is_page = answer.headers.get("Content-Type", "").startswith("text/html")
        is_page = is_page and answer.status_code == 200 and not answer.streaming
        # What scripts put into a page is none by itself.
        if is_page and b"</html>" in answer.content:
            print(address)


def _addresses() -> Iterator[str]:
    for method, route in TABLE:
        # Nothing is changed on the way, and no page of a single change differs from the others.
        if method == "GET" and "logout" not in route and "history/<>" not in route:
            yield path_of(route)
    certification = Certification.objects.filter(mentor__id="mentor-001").earliest("pk")
    run = ExpiryCheckRun.objects.exclude(completed_at=None).earliest("pk")
    _fail_reminders(run)
    yield from (
        "/admin/certifications/certification/?window=30",
        "/admin/certifications/certification/?q=nobody-has-this-name",
        "/admin/certifications/mentor/mentor-001/change/",
        f"/admin/certifications/certification/{certification.pk}/change/",
        f"/admin/cron/expirycheckrun/why/{certification.pk}/",
        f"/admin/cron/expirycheckrun/{run.pk}/change/",
        "/admin/cron/expirycheckrun/forecast/",
        f"/badges/{EarnedBadge.objects.latest('pk').public_uuid}",
    )


def _fail_reminders(run: ExpiryCheckRun) -> None:
    """Have some of the run's mails come back, which its page tells."""
    failed = list(Reminder.objects.filter(run=run).order_by("pk")[:3].values_list("pk", flat=True))
    Reminder.objects.filter(pk__in=failed).update(
        state=DeliveryState.FAILED, error=f"{LONG}@example.org: 550 no such user"
    )


def _previews(boss: User) -> Iterator[str]:
    """The previews of a table with faults, and of one that would change and register rows."""
    notes = [f"The column {LONG} is not read.", "Dates are read as day.month.year."]
    new_names = [{"row": 2, "kind": "mentor", "name": LONG, "closest": "mentor-001"}]
    common = {"is_done": False, "rows": 3, "notes": notes, "new_names": new_names}
    common["new_name_count"] = 1
    counts = {"new": 1, "changed": 2, "same": 0}
    faults = [[2, "expires_at", f"“{LONG}” is no day.", LONG], [3, "", "A cell is missing.", ""]]
    change = {"expires_at": ["2026-01-01", "2027-01-01"], "name": ["", LONG]}
    differences = [[2, "new", change], [3, "changed", change]]
    for more in (
        {"is_sound": False, "fault_count": 2, "faults": faults, "differences": []},
        {"is_sound": True, "fault_count": 0, "faults": [], "differences": differences},
    ):
        upload = Upload.objects.create(
            account=boss,
            kind="certifications.certification",
            name=f"{LONG}.csv",
            content=b"id\n",
            report={**common, "counts": counts, **more},
        )
        yield f"/admin/certifications/certification/import-rows/{upload.pk}/"
