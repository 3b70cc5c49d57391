"""XML as a stream, with bounds on all that a parser would otherwise keep."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar
from xml.parsers import expat

from config.import_export.errors import UnreadableFile
from config.import_export.xlsx.package import Part

#: Bytes that are parsed at a time, and the longest tag or comment.
CHUNK, MOST_TOKEN = 16 * 1024, 256 * 1024
MOST_DEPTH = 100
#: Names of elements and attributes: parsers keep every one that they have met.
MOST_NAMES = 10_000
#: Characters that a cell may have (Excel specifications and limits).
MOST_CHARACTERS = 32_767

Attributes = dict[str, str]
Opened = Callable[[Attributes], None]
Closed = Callable[[], None]
H = TypeVar("H")


def _ignored(*_: object) -> None:
    """What happens at an element that nobody asks for."""


class _Handlers(dict[str, H]):
    """Handlers by the names in the file, which may have a prefix."""

    def __init__(self, by_local_name: Mapping[str, H], otherwise: H) -> None:
        super().__init__()
        self._by_local_name, self._otherwise = by_local_name, otherwise

    def __missing__(self, name: str) -> H:
        handler = self._by_local_name.get(name.rpartition(":")[2], self._otherwise)
        self[name] = handler
        return handler


class XmlReader:
    """Calls what a subclass names for the begin and end of elements, by their local names.

    Between `begin_text` and `end_text` the text is collected. No document type is taken: entities
    are declared there.
    """

    def __init__(self, opened: Mapping[str, Opened], closed: Mapping[str, Closed]) -> None:
        self._opened = _Handlers[Opened](opened, _ignored)
        self._closed = _Handlers[Closed](closed, _ignored)
        self._names: dict[str, str] = {}
        self._depth = self._text_length = 0
        self._text: list[str] = []
        self.is_done = False
        self._parser = expat.ParserCreate(intern=self._names)
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._open
        self._parser.EndElementHandler = self._close
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype

    def run(self, part: Part) -> Iterator[None]:
        """Parse the part until its end or until `is_done`; yields after every chunk."""
        fed = 0
        while not self.is_done:
            chunk = part.read(CHUNK)
            fed += len(chunk)
            self._parser.Parse(chunk, not chunk)
            if fed - self._parser.CurrentByteIndex > MOST_TOKEN:
                raise ValueError("a tag that is too long")
            if len(self._names) > MOST_NAMES:
                raise ValueError("too many names")
            yield
            if not chunk:
                return

    def read(self, part: Part) -> None:
        """Parse all of it."""
        for _ in self.run(part):
            continue

    def begin_text(self) -> None:
        self._text.clear()
        self._parser.CharacterDataHandler = self._add_text

    def end_text(self) -> str:
        self._parser.CharacterDataHandler = None
        return "".join(self._text)

    def forget_length(self) -> None:
        """What comes now is another cell's text."""
        self._text_length = 0

    def _open(self, name: str, attributes: Attributes) -> None:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise ValueError("nested too deeply")
        self._opened[name](attributes)

    def _close(self, name: str) -> None:
        self._depth -= 1
        self._closed[name]()

    def _add_text(self, text: str) -> None:
        self._text_length += len(text)
        if self._text_length > MOST_CHARACTERS:
            raise UnreadableFile(f"A cell has more than {MOST_CHARACTERS} characters.")
        self._text.append(text)

    def _refuse_doctype(self, *_: object) -> None:
        raise ValueError("a document type")
