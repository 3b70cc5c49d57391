"""The form in which a certification's dates are entered: its issue has happened."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from certifications.services.renewals import refuse_ahead
from config.desk.admin import add_faults
from config.desk.forms import DeskForm
from config.errors import InvalidError


class IssueForm(DeskForm):
    """Refuses an issue that has yet to come; one that was stored before may stay."""

    def clean(self) -> dict[str, Any] | None:
        data = super().clean()
        issued_at = self.cleaned_data.get("issued_at")
        if isinstance(issued_at, datetime) and "issued_at" in self.changed_data:
            try:
                refuse_ahead("issued_at", issued_at, timezone.now())
            except InvalidError as error:
                add_faults(self, error)
        return data
