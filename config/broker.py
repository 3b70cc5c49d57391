"""The broker of the embedded default: kombu's queue of files, made safe against kill -9.

A process that dies while it writes leaves half a file behind. kombu's own transport ends the worker
that meets it; here messages appear whole or not at all, and what can't be read is left out: the
sweep rings again.
"""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from queue import Empty
from typing import Any

import structlog
from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps, loads

logger = structlog.get_logger(__name__)


def broker_options(folder: Path) -> dict[str, Any]:
    """Transport options of a queue below `folder`, whose folders are made."""
    queue, control, taken = folder / "queue", folder / "control", folder / "taken"
    for path in (queue, control, taken):
        path.mkdir(parents=True, exist_ok=True)
    return {
        "data_folder_in": str(queue),
        "data_folder_out": str(queue),
        "control_folder": str(control),
        "processed_folder": str(taken),
        "polling_interval": 0.25,
    }


class Channel(filesystem.Channel):
    # kombu's own two signatures disagree.
    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """Put a message onto the queue; `ChannelError` if the folder can't be written."""
        name = f"{time.time_ns()}_{uuid.uuid4()}.{queue}.msg"
        draft = Path(self.data_folder_out, f".{name}.part")
        try:
            draft.write_text(dumps(payload), encoding="utf-8")
            draft.rename(draft.with_name(name))
        except OSError as error:
            # What a full disk took half of would keep the other half's room.
            draft.unlink(missing_ok=True)
            raise ChannelError(f"Cannot add {name} to the queue") from error

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        """Take the oldest message: who moved the file has it. `Empty` when there is none."""
        for path in sorted(Path(self.data_folder_in).iterdir()):
            if path.name.partition(".")[2] != f"{queue}.msg":
                continue
            taken = Path(self.processed_folder, path.name)
            try:
                path.rename(taken)
            except FileNotFoundError:
                continue  # another worker was faster
            text = taken.read_text(encoding="utf-8", errors="replace")
            taken.unlink()
            try:
                return loads(text)
            except ValueError:
                logger.warning("message_unreadable", queue=queue)
        raise Empty

    def _queue_bind(self, exchange: Any, routing_key: Any, pattern: Any, queue: Any) -> None:
        """Bind as kombu does; a table of bindings that can't be read is made anew."""
        try:
            super()._queue_bind(exchange, routing_key, pattern, queue)
        except ValueError:
            logger.warning("bindings_unreadable", exchange=exchange)
            Path(self.control_folder, f"{exchange}.exchange").unlink(missing_ok=True)
            super()._queue_bind(exchange, routing_key, pattern, queue)


class Transport(filesystem.Transport):
    Channel = Channel
