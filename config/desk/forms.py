"""What the forms of the admin share."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from config.dates import OUT_OF_YEARS, is_in_years, midnight
from config.desk.days import DayWidget

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

#: What a page posts of the values that it was filled in from.
SHOWN_VALUES = "shown_values"


class DayField(forms.DateField):
    """A day in UTC, for a column that holds the moment at which it begins.

    Its form is a `DeskForm`, which makes the moment.
    """

    widget = DayWidget

    def __init__(self, *, label: StrPromise | str, **kwargs: Any) -> None:
        super().__init__(label=capfirst(label), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return value.astimezone(UTC).date() if isinstance(value, datetime) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class DeskForm(forms.ModelForm):
    """A form that takes nothing back, and whose dates lie in the years that a person means.

    A page that is older than the row is refused where a value that it shows is another by now. A
    date that was stored before and is left as it was may be of any year. Days (`DayField`) become
    moments: midnight UTC, or the moment of that day which is stored.
    """

    def shown_values(self) -> str:
        """What the page posts to say which values it shows: a short hash of each, by field."""
        hashes = {
            name: hashlib.sha256(repr(self.get_initial_for_field(field, name)).encode()).hexdigest()
            for name, field in self.fields.items()
        }
        return json.dumps({name: digest[:12] for name, digest in sorted(hashes.items())})

    def clean(self) -> dict[str, Any] | None:
        data = super().clean()
        self._refuse_older_page()
        for name, field in self.fields.items():
            if isinstance(field, DayField) and isinstance(self.cleaned_data.get(name), date):
                stored = self.initial.get(name)
                self.cleaned_data[name] = _moment_of(self.cleaned_data[name], stored)
        for name, value in list(self.cleaned_data.items()):
            if not isinstance(value, date) or is_in_years(value):
                continue
            if value != _as_shown(self.initial.get(name)):
                self.add_error(name, forms.ValidationError(OUT_OF_YEARS, code="year"))
        return data

    def _refuse_older_page(self) -> None:
        """Refuse a page that would write back what somebody changed after it was opened."""
        # Rows within a page (inlines) have a prefix and post nothing of this.
        if self.prefix or self.instance.pk is None or SHOWN_VALUES not in self.data:
            return
        try:
            shown, stored = json.loads(self.data[SHOWN_VALUES]), json.loads(self.shown_values())
            changed = [name for name in self.fields if shown.get(name) != stored.get(name)]
        except (ValueError, AttributeError):
            changed = list(self.fields)
        if changed:
            labels = ", ".join(str(self.fields[name].label or name) for name in changed)
            text = _(
                "Somebody else changed this after the page was opened: %(fields)s. Nothing was "
                "saved. Open the page again and see what it says now."
            )
            self.add_error(
                None, forms.ValidationError(text, code="older_page", params={"fields": labels})
            )


def _moment_of(day: date, stored: Any) -> datetime:
    """Midnight UTC of the day, or what is stored where that is of the same day."""
    if isinstance(stored, datetime) and stored.astimezone(UTC).date() == day:
        return stored
    return midnight(day)


def _as_shown(stored: Any) -> Any:
    """The stored value as a form gives it back: moments to the second."""
    return stored.replace(microsecond=0) if isinstance(stored, datetime) else stored
