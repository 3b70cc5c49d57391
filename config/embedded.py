"""What the embedded default makes for itself on first use."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from django.core.management.utils import get_random_secret_key


def make_once(path: Path, content: Callable[[], bytes]) -> None:
    """Leave a file with `content()` at `path`, readable by its owner, unless there is one already.

    Processes that start at once agree on one content: the file appears whole or not at all.
    """
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content())
        os.link(draft, path)
    except FileExistsError:
        pass  # another process was first: its content counts
    finally:
        os.unlink(draft)


def secret_key(path: Path) -> str:
    """The secret key kept in the file `path`, which is made on first use."""
    make_once(path, lambda: get_random_secret_key().encode())
    return path.read_text(encoding="utf-8")
