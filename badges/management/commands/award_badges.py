from __future__ import annotations

import csv
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import track

from badges.api.serializers import AwardInput
from badges.models import BadgeDefinition
from badges.services.awards import Award, award_badges, check_award, find_awarded
from config.errors import InvalidError

REQUIRED = {"badge_definition_id", "peer_mentor_id"}
OPTIONAL = {"awarded_at", "awarded_by"}
#: Faults that are printed; the rest is counted.
SHOWN_FAULTS = 50


class Command(BaseCommand):
    help = (
        "Award many badges at once, all or none. FILE is CSV in UTF-8 with the columns "
        "badge_definition_id and peer_mentor_id, and if need be awarded_at and awarded_by."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.csv")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        self.definitions: dict[str, BadgeDefinition] = {}
        awards: list[Award] = []
        faults: list[str] = []
        for line, row in self._rows(options["file"]):
            try:
                awards.append(self._checked(row, now))
            except InvalidError as error:
                faults += [
                    f"line {line}, {fault.pointer.removeprefix('#/')}: {fault.detail}"
                    for fault in error.faults
                ]
        if faults:
            more = len(faults) - SHOWN_FAULTS
            shown = [*faults[:SHOWN_FAULTS], *([f"… and {more} more."] if more > 0 else [])]
            raise CommandError("\n".join(["Nothing was awarded.", *shown]))
        progress = track(
            awards,
            description="Badges",
            console=Console(stderr=True),
            disable=not self.stderr.isatty(),
        )
        new, stood = award_badges(progress, now=now)
        self.stdout.write(f"{new} awarded, {stood} stood already.")

    def _rows(self, path: Path) -> Iterator[tuple[int, dict[str, str]]]:
        """Each row with its line number; `CommandError` for a file that is no such table."""
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                reader = csv.DictReader(file, strict=True)
                columns = set(reader.fieldnames or [])
                if missing := sorted(REQUIRED - columns):
                    raise CommandError(f"{path} lacks the column {', '.join(missing)}.")
                if unknown := sorted(str(name) for name in columns - REQUIRED - OPTIONAL):
                    raise CommandError(f"{path} has an unknown column {', '.join(unknown)}.")
                for row in reader:
                    yield reader.line_num, row
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise CommandError(f"{path} can't be read: {error}") from error

    def _checked(self, row: dict[Any, Any], now: Any) -> Award:
        """The award in a row, checked as the API checks a body; `InvalidError` otherwise."""
        if None in row or None in row.values():
            raise InvalidError.of_field("row", "It has another number of cells than the heading.")
        given = {name: value for name, value in row.items() if value.strip()}
        body = AwardInput(data=given)
        if not body.is_valid():
            faults = [
                fault
                for name, details in body.errors.items()
                for detail in details
                for fault in InvalidError.of_field(name, str(detail)).faults
            ]
            raise InvalidError(*faults)
        values = body.validated_data
        award = Award(
            definition_id=values["badge_definition_id"],
            mentor_id=values["peer_mentor_id"],
            awarded_at=values.get("awarded_at"),
            awarded_by=values["awarded_by"],
        )
        definition = self.definitions.get(award.definition_id)
        if definition is None:
            definition = self.definitions[award.definition_id] = find_awarded(award.definition_id)
        check_award(award, definition, now=now)
        return award
