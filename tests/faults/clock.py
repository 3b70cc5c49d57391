"""A wall clock that a test sets for the processes of a stack."""

from __future__ import annotations

from pathlib import Path

FOLDER_ON_PATH = Path(__file__).parent / "set_clock"


class WallClock:
    """It shows so many `seconds_ahead` of the real time to every process that has `settings`."""

    def __init__(self, folder: Path, *, seconds_ahead: float = 0.0) -> None:
        self._file = folder / "clock"
        self.set_ahead(seconds_ahead)

    @property
    def settings(self) -> dict[str, str]:
        return {"PYTHONPATH": str(FOLDER_ON_PATH), "CLOCK_FILE": str(self._file)}

    def set_ahead(self, seconds: float) -> None:
        draft = self._file.with_suffix(".new")
        draft.write_text(f"{seconds}", encoding="ascii")
        draft.replace(self._file)  # whoever reads it meets a whole number
