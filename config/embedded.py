"""What the embedded default makes for itself on first use."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

from django.core.management.utils import get_random_secret_key


def keep_private(folder: Path) -> None:
    """Make the folder for its owner alone, and whatever this process writes from now on as well.

    What a version before left open to others is closed at the first start. A folder of somebody
    else's, or one that is meant for all (sticky, such as /tmp), is left as it is.
    """
    os.umask(0o077)
    folder.mkdir(parents=True, exist_ok=True)
    status = folder.stat()
    is_ours = status.st_uid == os.geteuid() and not status.st_mode & stat.S_ISVTX
    if not (is_ours and status.st_mode & 0o077):
        return
    for path in folder.rglob("*"):
        _close(path)
    # Last, as it says that all below is done.
    _close(folder)


def _close(path: Path) -> None:
    """Take all rights from others than the owner; what is gone meanwhile needs none taken."""
    with contextlib.suppress(FileNotFoundError):
        status = path.lstat()
        if not stat.S_ISLNK(status.st_mode):
            path.chmod(status.st_mode & 0o700)


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
