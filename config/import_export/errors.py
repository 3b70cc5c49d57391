"""What is wrong with a file as a whole."""

from __future__ import annotations

from config.errors import InvalidError


class UnreadableFile(InvalidError):
    """The file as a whole can't be taken: the text says why."""

    code = "unreadable-file"
    title = "The file can't be read"

    def __init__(self, detail: str) -> None:
        super().__init__()
        self.detail = detail
        self.args = (detail,)
