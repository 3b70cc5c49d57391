"""Every text of the pages and mails, as the code marks it for translation."""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract_python
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
#: The folders whose texts have a catalogue of their own: below each is its `locale`.
CATALOGUES = (
    "config",
    "certifications",
    "cron",
    "certificates/webhooks",
    "certificates",
    "badges",
)
KEYWORDS = ("_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy")
#: How `templatize` writes the texts of a template.
CALL = re.compile(r"""\b(?:n?gettext|_)\(\s*u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""")


def catalogue_of(file: Path) -> str:
    """The folder whose catalogue has the texts of the file."""
    name = file.relative_to(ROOT).as_posix()
    return next(folder for folder in CATALOGUES if name.startswith(f"{folder}/"))


def texts_of(file: Path) -> Iterator[str]:
    """The message ids in a Python file or a template; of those with a plural, the singular."""
    source = file.read_text(encoding="utf-8")
    if file.suffix != ".py":
        yield from (ast.literal_eval(text) for text in CALL.findall(templatize(source)))
        return
    found = extract_python(io.BytesIO(source.encode()), dict.fromkeys(KEYWORDS), [], {})
    for _line, _function, messages, _comments in found:
        # Of a text that is marked elsewhere and only looked up here there is no message.
        first = messages if messages is None or isinstance(messages, str) else messages[0]
        if first:
            yield first


def marked_texts() -> dict[str, set[str]]:
    """All message ids of the project, by the folder of their catalogue."""
    marked: dict[str, set[str]] = {folder: set() for folder in CATALOGUES}
    for folder in {name.partition("/")[0] for name in CATALOGUES}:
        for suffix in ("*.py", "*.html", "*.txt"):
            for file in (ROOT / folder).rglob(suffix):
                if "migrations" not in file.parts:
                    marked[catalogue_of(file)].update(texts_of(file))
    return marked
