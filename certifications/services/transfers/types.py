"""Types of certifications that a table names."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certifications.models import CertificationType
from certifications.models.certification_type import CODE_LENGTH, validate_type_code
from certifications.services.types import register_type
from config.text import normalise_code
from config.transfer.columns import BadCell, Column, checked_by, text_of
from config.transfer.importing import Fault, Importer, Row
from config.transfer.reading import RawRow

TYPE = Column(
    "certification_type",
    gettext_lazy("The code or the name of a type; an unknown one is registered."),
    "peer_mentor_level_1",
    text_of(200),
    required=True,
    labels=(
        gettext_lazy("certification type"),
        gettext_lazy("type"),
        gettext_lazy("certification"),
    ),
)


class KnownTypes:
    """The types that are registered, found by what people write for them."""

    def __init__(self) -> None:
        #: The codes, and whether each is confirmed.
        self.codes: dict[str, bool] = {}
        self._by_normal_code: dict[str, str] = {}
        self._by_name: dict[str, set[str]] = defaultdict(set)
        rows = CertificationType.objects.order_by("code")
        for code, name, is_confirmed in rows.values_list("code", "name", "is_confirmed"):
            self.codes[code] = is_confirmed
            self._by_normal_code.setdefault(normalise_code(code), code)
            if name:
                self._by_name[normalise_code(name).casefold()].add(code)

    def code_of(self, text: str) -> str:
        """The code that is meant: one as it stands, else by how it reads, else by a type's name.

        Where there is none, the code of a new type. Raises `BadCell` for a name that several types
        have, and for what no type may be called.
        """
        if text in self.codes:
            return text
        code = normalise_code(text)
        if known := self._by_normal_code.get(code):
            return known
        called_so = self._by_name.get(code.casefold(), set())
        if len(called_so) > 1:
            told = _("Several types are called so. Write the code: %(codes)s.")
            raise BadCell(told % {"codes": ", ".join(sorted(called_so))})
        if called_so:
            return next(iter(called_so))
        text_of(CODE_LENGTH)(code)
        return checked_by(validate_type_code)(code)

    def register(self, code: str) -> None:
        """Register the type if need be; it is confirmed by whoever imports it."""
        if not self.codes.get(code):
            register_type(code)
            self.codes[code] = True


class NamesTypes(Importer):
    """An importer with the column `TYPE`, in whose rows stands the code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.types = KnownTypes()

    def read(self, raw: RawRow) -> tuple[Row | None, list[Fault]]:
        row, faults = super().read(raw)
        if any(fault.column == TYPE.name for fault in faults):
            return row, faults
        number, cells = raw
        try:
            text = row.values[TYPE.name] if row is not None else TYPE.read(cells[TYPE.name])
            code = self.types.code_of(text)
        except BadCell as error:
            return None, [*faults, Fault(number, TYPE.name, str(error))]
        if row is not None:
            row.values[TYPE.name] = code
        return row, faults
