"""What the embedded default needs on disk: folders and a secret key, made on first use."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from django.core.management.utils import get_random_secret_key


def filesystem_broker_options(folder: Path) -> dict[str, Any]:
    """Transport options of kombu's filesystem broker with its folders made below `folder`.

    The transport takes a message by moving it to the temporary folder. Only a move within one
    file system is atomic, and only then can two workers not take the same message, so the
    temporary folder is put beside the queue.
    """
    queue, control, taken = folder / "queue", folder / "control", folder / "taken"
    for path in (queue, control, taken):
        path.mkdir(parents=True, exist_ok=True)
    tempfile.tempdir = str(taken)
    return {
        "data_folder_in": str(queue),
        "data_folder_out": str(queue),
        "control_folder": str(control),
        "polling_interval": 0.25,
    }


def secret_key(path: Path) -> str:
    """The secret key kept in the file `path`, which is made on first use, readable by its owner.

    Processes that start at once agree on one key: the file appears whole or not at all.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(get_random_secret_key(), encoding="utf-8")
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was first: its key counts
        finally:
            draft.unlink()
    return path.read_text(encoding="utf-8")
