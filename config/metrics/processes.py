"""Request metrics of several web processes: each writes to a file of one folder, any may answer."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

#: The folder, as prometheus_client reads it when it is imported.
VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


def share_between_processes() -> None:
    """Have all processes of this web server count together, until it ends.

    To be called before prometheus_client is imported. A folder that is given is used as it is.
    """
    if os.environ.get(VARIABLE):
        return
    folder = tempfile.mkdtemp(prefix="certkeep-metrics-")
    os.environ[VARIABLE] = folder
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
