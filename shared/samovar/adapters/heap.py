"""The C library's heap, told early what it would find out by itself while weights are packed.

Opening a graph takes and gives back buffers of megabytes, one for each of its weights. glibc asks
the kernel for each at first, zeroed page by page, until it has learnt to keep them: about 3,000
page faults, 5 ms of the 40 that a 90 MB encoder takes. Told before, it asks once; and where
Linux has huge pages to give, for these.
"""

import ctypes
from functools import cache

_TOP_PAD, _TRIM, _MAPPED_FROM = -2, -1, -3  # mallopt's names for them
_LEARNT = 32 << 20  # bytes: as far as glibc's own learning goes
_AHEAD = 64 << 20  # of address space; memory is taken when it is written to
_PAD = 128 << 10  # glibc's own
_HUGE = 2 << 20
_MADV_HUGEPAGE = 14


@cache
def prepare_heap() -> None:
    """Once a process, before a graph is opened. Does nothing where there is no such heap."""
    try:
        libc = ctypes.CDLL(None)
        mallopt, malloc, free = libc.mallopt, libc.malloc, libc.free
        sbrk, madvise = libc.sbrk, libc.madvise
    except (OSError, AttributeError):
        return  # musl, macOS
    for option, value in ((_MAPPED_FROM, _LEARNT), (_TRIM, 2 * _AHEAD), (_TOP_PAD, _AHEAD)):
        mallopt(option, value)
    malloc.restype = sbrk.restype = ctypes.c_void_p
    free.argtypes = [ctypes.c_void_p]
    madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    before = sbrk(0)
    block = malloc(2 * _HUGE)
    start, end = -(-before // _HUGE) * _HUGE, sbrk(0) // _HUGE * _HUGE
    if start < end:  # not in a thread, whose heap is another
        madvise(start, end - start, _MADV_HUGEPAGE)
    free(block)
    mallopt(_TOP_PAD, _PAD)


def return_heap() -> None:
    """Once a graph is open: what was lent for its weights goes back, 2 to 5 MB a process."""
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (OSError, AttributeError):
        return
