"""Checking a table as a whole, and writing it whole or not at all."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from config.bulk import Staging
from config.import_export.new_names import NewName, NewNames
from config.import_export.notes import QUOTED_CHARACTERS, Notes
from config.postgresql.timeouts import unlimited_statements
from config.transfer.columns import BadCell, Column
from config.transfer.reading import RawRow, open_table
from config.transfer.seen import SeenKeys

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

#: Rows that are checked and written at a time, and characters in them: a small workbook can repeat
#: a long text in every cell.
CHUNK, CHUNK_CHARACTERS = 5_000, 5_000_000
#: Faults, and rows with differences, that a report keeps; all are counted.
KEPT_FAULTS = 1_000
KEPT_DIFFERENCES = 200

NEW, CHANGED, SAME = "new", "changed", "same"


@dataclass(frozen=True)
class Fault:
    """What is wrong with a cell; `column` is empty for what is wrong with the row.

    `shown` is what the cell shows, cut to what a page can show.
    """

    row: int
    column: str
    detail: StrPromise | str
    shown: str = ""


@dataclass
class Row:
    """A row whose cells could be read. `values` has the columns that the file has."""

    number: int
    values: dict[str, Any]


@dataclass
class Outcome:
    """What a row would do. `row.values` is what comes, `stands` what is there, None for a new row.

    `before` is what the importer found, for its own use when it writes.
    """

    row: Row
    kind: str
    stands: dict[str, Any] | None = None
    before: Any = None


@dataclass
class Report:
    """What came of a table."""

    rows: int = 0
    counts: dict[str, int] = field(default_factory=lambda: {NEW: 0, CHANGED: 0, SAME: 0})
    faults: list[Fault] = field(default_factory=list)
    fault_count: int = 0
    #: Row number, kind, and for each column that differs its text before and after.
    differences: list[tuple[int, str, dict[str, tuple[str, str]]]] = field(default_factory=list)
    #: What the file's owner should know of how it was read.
    notes: Notes = field(default_factory=list)
    #: What nobody knows yet and the table registers, up to a number; all are counted.
    new_names: list[NewName] = field(default_factory=list)
    new_name_count: int = 0
    #: Nothing was written, as nobody agreed to what it registers.
    lacks_consent: bool = False

    @property
    def is_sound(self) -> bool:
        return not self.fault_count

    def add_faults(self, faults: Sequence[Fault]) -> None:
        self.fault_count += len(faults)
        self.faults += faults[: KEPT_FAULTS - len(self.faults)]

    def add(self, outcome: Outcome, columns: Sequence[Column]) -> None:
        self.counts[outcome.kind] += 1
        if outcome.kind != SAME and len(self.differences) < KEPT_DIFFERENCES:
            changes = _differences(columns, outcome.stands, outcome.row.values)
            self.differences.append((outcome.row.number, outcome.kind, changes))


class Importer(ABC):
    """What a sort of rows needs in order to be imported. One serves one import.

    `account` is whose rows it may touch and who stands in the history; None is the command line.
    """

    columns: ClassVar[Sequence[Column]]
    #: The columns that say which row is meant.
    key: ClassVar[Sequence[str]]

    def __init__(self, account: User | None, now: datetime, reason: str = "") -> None:
        self.account = account
        self.now = now
        #: For the history: up to 100 characters.
        self.reason = reason[:100]
        #: What the rows name that nobody knows, as `check` meets it.
        self.new_names = NewNames()
        self._stagings: dict[type[Model], Staging] = {}

    @property
    def account_id(self) -> int | None:
        return self.account.pk if self.account else None

    @abstractmethod
    def check(self, rows: list[Row], *, lock: bool) -> tuple[list[Outcome], list[Fault]]:
        """What each of the rows would do, and what stands against the others.

        With `lock` what they touch is locked, so that `write` finds it as it was checked.
        """

    @abstractmethod
    def write(self, outcomes: list[Outcome]) -> None:
        """Write new and changed rows with their history, in a few statements."""

    def staging(self, model: type[Model], fields: Sequence[str], key: Sequence[str]) -> Staging:
        """The temporary table for rows of a model, made at its first use."""
        if model not in self._stagings:
            self._stagings[model] = Staging(model, fields, key)
        return self._stagings[model]

    def record(self, staging: Staging) -> None:
        """Write a line of history for each row that is staged, once it stands."""
        staging.record_history(now=self.now, account_id=self.account_id, reason=self.reason)

    def finish(self) -> None:
        """Clear up after the last `write`, inside the transaction."""
        for staging in self._stagings.values():
            staging.drop()
        self._stagings.clear()

    def read(self, raw: RawRow) -> tuple[Row | None, list[Fault]]:
        """The values of a row, or what is wrong with its cells."""
        number, cells = raw
        values: dict[str, Any] = {}
        faults = []
        for column in self.columns:
            if column.name not in cells:
                continue
            try:
                values[column.name] = column.read(cells[column.name])
            except BadCell as error:
                faults.append(Fault(number, column.name, str(error)))
        return (None if faults else Row(number, values)), faults

    def key_of(self, row: Row) -> str:
        return "\0".join(str(row.values[name]) for name in self.key)


#: Told how many rows are done.
Progress = Callable[[int], None]


def check_table(
    importer: Importer, file: BinaryIO, name: str, progress: Progress | None = None
) -> Report:
    """What the table would do, and all that is wrong with it. Writes nothing.

    `UnreadableFile` where the file is no table.
    """
    return _run(steps(importer, file, name, report := Report(), write=False), report, progress)


def import_table(
    importer: Importer,
    file: BinaryIO,
    name: str,
    progress: Progress | None = None,
    *,
    may_register: bool = False,
) -> Report:
    """Write the table if nothing at all is wrong with it; the report says what came of it.

    All in one transaction: whoever looks meanwhile sees nothing of it. What nobody knows yet, such
    as another type, is registered with `may_register` alone.
    """
    work = steps(importer, file, name, report := Report(), write=True, may_register=may_register)
    return _run(work, report, progress)


def _run(work: Iterator[int], report: Report, progress: Progress | None) -> Report:
    for done in work:
        if progress:
            progress(done)
    return report


def steps(
    importer: Importer,
    file: BinaryIO,
    name: str,
    report: Report,
    *,
    write: bool,
    may_register: bool = False,
) -> Iterator[int]:
    """Do the work chunk by chunk, filling in the report; yields how many rows are done.

    Who ends it early has changed nothing: what was written is taken back.
    """
    if not write:
        yield from _work(importer, file, name, report, write=False)
        return
    with transaction.atomic(), unlimited_statements():
        yield from _work(importer, file, name, report, write=True)
        importer.finish()
        report.lacks_consent = bool(report.new_name_count) and not may_register
        if not report.is_sound or report.lacks_consent:
            transaction.set_rollback(True)


def _work(
    importer: Importer, file: BinaryIO, name: str, report: Report, *, write: bool
) -> Iterator[int]:
    """Check, and write as long as nothing is wrong."""
    table = open_table(file, name, importer.columns, report.notes)
    with table as raw_rows, SeenKeys() as seen:
        while chunk := _next_chunk(raw_rows):
            rows, faults = _read_chunk(importer, chunk)
            twice = seen.doubled((importer.key_of(row), row.number) for row in rows)
            faults += [
                Fault(row, importer.key[0], _("Row %(row)d is about the same.") % {"row": earlier})
                for row, earlier in twice.items()
            ]
            sound = [row for row in rows if row.number not in twice]
            outcomes, refused = importer.check(sound, lock=write)
            report.add_faults(_with_cells([*faults, *refused], chunk))
            for outcome in outcomes:
                report.add(outcome, importer.columns)
            report.rows += len(chunk)
            if write and report.is_sound:
                importer.write([each for each in outcomes if each.kind != SAME])
            yield report.rows
    new = importer.new_names
    report.new_names, report.new_name_count = new.told(), new.count


def _with_cells(faults: list[Fault], chunk: list[RawRow]) -> list[Fault]:
    """The faults in the order of the rows, each with what its cell shows."""
    cells = dict(chunk) if faults else {}
    return [
        replace(
            fault, detail=str(fault.detail), shown=_shown(cells[fault.row].get(fault.column, ""))
        )
        for fault in sorted(faults, key=lambda fault: fault.row)
    ]


def _shown(cell: str) -> str:
    """The cell on one line, cut to what a page can show."""
    line = " ".join(cell[: 10 * QUOTED_CHARACTERS].split())
    return line if len(line) <= QUOTED_CHARACTERS else f"{line[:QUOTED_CHARACTERS]}…"


def _next_chunk(raw_rows: Iterator[RawRow]) -> list[RawRow]:
    """The next rows, not more than can be held in memory; none at the end."""
    chunk: list[RawRow] = []
    characters = 0
    for raw in raw_rows:
        chunk.append(raw)
        characters += sum(map(len, raw[1].values()))
        if len(chunk) >= CHUNK or characters >= CHUNK_CHARACTERS:
            break
    return chunk


def _read_chunk(importer: Importer, chunk: list[RawRow]) -> tuple[list[Row], list[Fault]]:
    rows, faults = [], []
    for raw in chunk:
        row, wrong = importer.read(raw)
        faults += wrong
        if row is not None:
            rows.append(row)
    return rows, faults


def kind_of(columns: Sequence[Column], stands: dict[str, Any] | None, comes: dict[str, Any]) -> str:
    """Whether a row is new, changes what stands, or says the same."""
    if stands is None:
        return NEW
    return CHANGED if _differences(columns, stands, comes) else SAME


def _differences(
    columns: Sequence[Column], before: dict[str, Any] | None, after: dict[str, Any]
) -> dict[str, tuple[str, str]]:
    """For each column that differs, its text before (empty for a new row) and after."""
    found = {}
    for column in columns:
        if column.name not in after or (before and before[column.name] == after[column.name]):
            continue
        old = column.write(before[column.name]) if before else ""
        new = column.write(after[column.name])
        if old != new:
            found[column.name] = (old, new)
    return found
