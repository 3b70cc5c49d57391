"""Cells that show something which is no value."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

#: What spreadsheet programs write for a formula that failed, in whatever language: #N/A, #REF!,
#: #DIV/0!, #NAVN?, Err:502.
_ERROR = re.compile(r"#(?:N/A|I/T|NV|[^\W_a-z][^\W_a-z/]*[!?])|#DIV/0!|Err:\d{3}")


class UnreadableCell(str):
    """The text that a cell shows, which can't be taken for its value; `detail` says why."""

    __slots__ = ("detail",)

    detail: str

    @classmethod
    def of_error(cls, shown: str) -> UnreadableCell:
        """A cell whose formula failed: #N/A, #REF! and the like."""
        return cls._of(shown, _("The cell shows an error, not a value."))

    @classmethod
    def of_formula(cls) -> UnreadableCell:
        """A cell with a formula that no program has computed yet."""
        return cls._of(
            "",
            _(
                "The cell has a formula without a value. Open the file in a spreadsheet "
                "program and save it there."
            ),
        )

    @classmethod
    def _of(cls, shown: str, detail: str) -> UnreadableCell:
        cell = cls(shown)
        cell.detail = detail
        return cell


def read_error(cell: str) -> str:
    """The cell; where it is the text of an error, as CSV has one, an `UnreadableCell`."""
    if not cell.lstrip().startswith(("#", "Err:")) or isinstance(cell, UnreadableCell):
        return cell
    text = cell.strip()
    return UnreadableCell.of_error(text) if _ERROR.fullmatch(text) else cell


def is_empty(cell: str) -> bool:
    """Whether nothing stands in the cell, not even what can't be read."""
    return not cell.strip() and not isinstance(cell, UnreadableCell)
