"""A table of badge definitions, without their images."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from badges.models import BadgeDefinition
from badges.models.definition import DEFINITION_ID
from badges.services.definitions import save_definition
from config.errors import NotFoundError
from config.transfer.columns import Column, show_truth, text_of, truth
from config.transfer.importing import Fault, Importer, Outcome, Row, kind_of


def _tags(text: str) -> list[str]:
    return [tag.strip() for tag in text.split(",") if tag.strip()]


COLUMNS = (
    Column("id", _("Of one that exists, such as bdg-def-001. Empty: a new one."), ""),
    Column(
        "name",
        _("Up to 200 characters."),
        "Peer mentor",
        text_of(200),
        required=True,
        labels=(_("name"),),
    ),
    Column(
        "description",
        _("What it stands for."),
        "Helps others.",
        text_of(2000),
        required=True,
        labels=(_("description"),),
    ),
    Column(
        "criteria",
        _("What one does to earn it."),
        "A course.",
        text_of(5000),
        required=True,
        labels=(_("criteria"),),
    ),
    Column(
        "tags",
        _("Words, by comma."),
        "peer, mentor",
        _tags,
        ", ".join,
        default=None,
        labels=(_("tags"),),
    ),
    Column(
        "active",
        _("Whether it can be awarded. Empty: true."),
        "true",
        truth,
        show_truth,
        default=True,
        labels=(_("active"),),
    ),
)
FIELDS = ("name", "description", "criteria", "tags", "active")


def rows_to_export(definitions: QuerySet[BadgeDefinition]) -> Iterator[dict[str, Any]]:
    """The values of `COLUMNS` for each."""
    for definition in definitions.order_by("pk").iterator(chunk_size=1_000):
        yield _values(definition)


class DefinitionImporter(Importer):
    """Definitions are few: each goes through the service that the API calls."""

    columns = COLUMNS
    key = ("id",)

    def key_of(self, row: Row) -> str:
        """New ones have no id yet: no two of them are the same."""
        return row.values.get("id") or f"row {row.number}"

    def check(self, rows: list[Row], *, lock: bool) -> tuple[list[Outcome], list[Fault]]:
        numbers = {row.number: _number(row.values.get("id", "")) for row in rows}
        known = BadgeDefinition.objects.filter(pk__in=[n for n in numbers.values() if n])
        if lock:
            known = known.order_by("pk").select_for_update()
        definitions = {definition.pk: definition for definition in known}
        outcomes, faults = [], []
        for row in rows:
            number = numbers[row.number]
            definition = definitions.get(number) if number else None
            if row.values.get("id") and definition is None:
                faults.append(Fault(row.number, "id", _("There is no definition of this id.")))
                continue
            before = _values(definition) if definition else None
            stands = before or {"id": "", "tags": [], "active": True}
            after = {**stands, **row.values}
            after["tags"] = after["tags"] or []
            row.values = after
            outcomes.append(Outcome(row, kind_of(COLUMNS, before, after), before, definition))
        return outcomes, faults

    def write(self, outcomes: list[Outcome]) -> None:
        for outcome in outcomes:
            values = {name: outcome.row.values[name] for name in FIELDS}
            definition = save_definition(definition=outcome.before, now=self.now, **values)
            line = definition.history.order_by("pk").last()
            if line is not None:
                line.history_user_id = self.account_id
                line.history_change_reason = self.reason
                line.save()


def _number(public_id: str) -> int | None:
    """The number in a definition's id; None for none, and for what is no such id."""
    try:
        return DEFINITION_ID.parse(public_id)
    except NotFoundError:
        return None


def _values(definition: BadgeDefinition) -> dict[str, Any]:
    return {
        "id": definition.public_id,
        "name": definition.name,
        "description": definition.description,
        "criteria": definition.criteria,
        "tags": definition.tags,
        "active": definition.active,
    }
