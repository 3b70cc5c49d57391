"""Sending reminders by hand: who would get what is asked first, then it is done."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from certifications.models import Certification
from config.desk.admin import named
from config.desk.asking import answers, ask
from config.mail import render_text
from cron.models import BY_HAND_STAGE, day_of
from cron.services.by_hand import choose
from cron.services.steering import send_reminders_now
from cron.services.zones import in_zone_of_checks

#: The action's name in the list of certifications.
ACTION = "send_reminder_now"


def send_now(request: HttpRequest, rows: QuerySet[Certification]) -> HttpResponse | None:
    """The page that asks, or, once that is answered, the deed: None to come back.

    Where nothing can be sent nothing is asked; messages say why.
    """
    if answers(request) is not None:
        _send(request, rows)
        return None
    now = in_zone_of_checks(timezone.now())
    rows = rows.select_related("mentor", "certification_type").order_by("pk")
    choice = choose(rows, now=now)
    if not choice.stages:
        _say_refused(request, choice.refusals)
        return None
    sends = [
        {
            "certification": certification,
            "subject": _subject(certification, now.date()),
            "is_due": stage != BY_HAND_STAGE,
        }
        for certification, stage in choice.stages.items()
    ]
    desk: Any = admin.site.get_model_admin(Certification)
    return ask(
        request,
        model_admin=desk,
        form=forms.Form(),
        action=ACTION,
        title=_("Send reminders now"),
        rows=rows,
        template="cron/desk/send_now.html",
        more={"sends": sends, "refusals": _texts(choice.refusals)},
    )


def _subject(certification: Certification, today: date) -> str:
    """The subject of the mail, in the language of whoever looks."""
    days = (day_of(certification.expires_at) - today).days
    words = {
        "type": certification.certification_type.name_in_mails,
        "days": days,
        "is_expired": days < 0,
    }
    return render_text("cron/mail/reminder_subject.txt", words)


def _send(request: HttpRequest, rows: QuerySet[Certification]) -> None:
    """Send what can be sent, and say what was and what stands against the rest."""
    account = request.user if isinstance(request.user, User) else None
    outcome = send_reminders_now(certifications=rows, account=account, now=timezone.now())
    if outcome.run is not None:
        number = len(outcome.certifications)
        text = ngettext(
            "%(number)d reminder is on its way, with %(run)s.",
            "%(number)d reminders are on their way, with %(run)s.",
            number,
        )
        messages.success(request, text % {"number": number, "run": outcome.run})
    _say_refused(request, outcome.refusals)


def _say_refused(request: HttpRequest, refusals: Mapping[Certification, str]) -> None:
    for text in _texts(refusals):
        messages.warning(request, text)


def _texts(refusals: Mapping[Certification, str]) -> list[str]:
    """Each reason with those that it stands against."""
    refused: dict[str, list[Certification]] = defaultdict(list)
    for certification, reason in refusals.items():
        refused[reason].append(certification)
    return [f"{named(rows)}: {reason}" for reason, rows in refused.items()]
