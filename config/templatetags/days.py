"""Days in templates of the admin."""

from __future__ import annotations

from datetime import datetime

from django import template

from config.desk.days import shown_day

register = template.Library()


@register.filter
def short_day(moment: datetime | None) -> str:
    """`config.desk.days.shown_day`, with the month's name cut short."""
    return shown_day(moment, short=True)
