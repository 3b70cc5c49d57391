"""The form of a certification: days, which the rules of the services judge."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certifications.models import Certification
from certifications.services.renewals import refuse_ahead
from config.desk.admin import add_faults
from config.desk.forms import DayField, DeskForm
from config.errors import InvalidError


class CertificationForm(DeskForm):
    """Refuses to move the issue of a certification to what has yet to come."""

    issued_at = DayField(label=_("issued on"), initial=timezone.localdate)
    expires_at = DayField(
        label=_("expires on"),
        help_text=_("A later day than before, and nothing else changed, is a renewal as of today."),
    )

    class Meta:
        model = Certification
        fields = ["mentor", "certification_type", "status", "issued_at", "expires_at"]

    def clean(self) -> dict[str, Any] | None:
        data = super().clean()
        issued_at = self.cleaned_data.get("issued_at")
        is_moved = self.instance.pk is not None and "issued_at" in self.changed_data
        if isinstance(issued_at, datetime) and is_moved:
            try:
                refuse_ahead("issued_at", issued_at, timezone.now())
            except InvalidError as error:
                add_faults(self, error)
        return data
