"""Disks that a test can fill: small file systems in memory, which root may mount."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class Disk:
    """A mounted file system at `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Leave no room for a further byte."""
        with self._ballast.open("wb", buffering=0) as ballast:
            try:
                while ballast.write(b"x" * 4096):
                    pass
            except OSError:
                return

    def make_room(self) -> None:
        self._ballast.unlink()


@contextmanager
def mounted_disk(folder: Path, *, kilobytes: int) -> Iterator[Disk]:
    """A disk of that size at `folder`, which is made; skips the test where it can't be mounted."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a disk")
    folder.mkdir(exist_ok=True)
    options = ["-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs"]
    mounted = subprocess.run(["mount", *options, str(folder)], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield Disk(folder)
    finally:
        # Lazily: processes that are ended after this may still have files open.
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
