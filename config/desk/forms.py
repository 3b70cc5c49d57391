"""What the forms of the admin share."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms

from config.dates import OUT_OF_YEARS, is_in_years


class DeskForm(forms.ModelForm):
    """A form whose dates lie in the years that a person means.

    One that was stored before and is left as it was may be of any year.
    """

    def clean(self) -> dict[str, Any] | None:
        data = super().clean()
        for name, value in list(self.cleaned_data.items()):
            if not isinstance(value, date) or is_in_years(value):
                continue
            if value != _as_shown(self.initial.get(name)):
                self.add_error(name, forms.ValidationError(OUT_OF_YEARS, code="year"))
        return data


def _as_shown(stored: Any) -> Any:
    """The stored value as a form gives it back: moments to the second."""
    return stored.replace(microsecond=0) if isinstance(stored, datetime) else stored
