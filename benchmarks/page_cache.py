"""What the kernel keeps of files in memory."""

import os
from collections.abc import Iterable
from pathlib import Path


def evict(files: Iterable[Path]) -> None:
    """Take files out of the page cache; what another process maps stays."""
    for path in files:
        handle = os.open(path, os.O_RDONLY)
        os.fsync(handle)
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(handle)


def fill(files: Iterable[Path]) -> None:
    """Have the kernel hold them."""
    for path in files:
        path.read_bytes()
