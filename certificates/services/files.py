"""Files in the storage: none is lost by a crash, and none is left behind by one.

Before a file appears its name is written down as unreferenced. The transaction that makes the
attachment takes the name off the list, the one that deletes the attachment puts it back, and
whatever stays on the list is removed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from certificates.models import UnreferencedFile
from certificates.models.attachment import attachment_storage

logger = structlog.get_logger(__name__)

#: How long a name may stand on the list before the sweep takes its upload for dead.
LONGEST_UPLOAD = timedelta(hours=1)


def announce_file(name: str, *, now: datetime) -> None:
    """Write down that a file of this name is about to appear. Call it outside of a transaction."""
    UnreferencedFile.objects.create(name=name, since=now)


def keep_file(name: str) -> None:
    """Take the name off the list, in the transaction that makes the attachment."""
    UnreferencedFile.objects.filter(name=name).delete()


def give_up_files(names: Iterable[str], *, now: datetime) -> None:
    """Have the files deleted once the transaction that gave them up is committed."""
    given_up = list(names)
    UnreferencedFile.objects.bulk_create(
        UnreferencedFile(name=name, since=now) for name in given_up
    )
    transaction.on_commit(lambda: remove_files(given_up), robust=True)


def remove_files(names: Iterable[str]) -> None:
    """Delete the files; one that the storage won't delete now stays on the list for the sweep."""
    storage = attachment_storage()
    for name in names:
        try:
            storage.delete(name)
        except Exception:
            # Each kind of storage has errors of its own; the name stays on the list.
            logger.warning("file_not_deleted", name=name, exc_info=True)
        else:
            UnreferencedFile.objects.filter(name=name).delete()


def remove_unreferenced_files(now: datetime) -> int:
    """Remove what crashes left behind; returns how many names were on the list."""
    stale = UnreferencedFile.objects.filter(since__lt=now - LONGEST_UPLOAD)
    names = list(stale.order_by("since").values_list("name", flat=True))
    remove_files(names)
    return len(names)
