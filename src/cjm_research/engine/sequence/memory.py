"""Memory that one block of customers hands on to the next.

glibc returns an array of some megabytes to the system as soon as it is freed, and the next one of that size begins with
pages the system has to zero again: a third of a walk over 100 million events was that, and more. Elsewhere nothing is changed.
"""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _MMAP_MAX = -1, -3, -4  # <malloc.h>
_MB = 1 << 20
_inside = False


@contextmanager
def reused_memory() -> Iterator[None]:
    """Within, freed memory is kept for the next array; after it, no more than 1 GB is, for the next question.

    The peak stays what it was: what is kept had been in use at once.
    """
    global _inside
    mallopt = _mallopt()
    if mallopt is None or _inside:
        yield
        return
    _inside = True
    mallopt(_MMAP_MAX, 0)
    mallopt(_TRIM_THRESHOLD, 2**31 - 1)
    try:
        yield
    finally:
        _inside = False
        mallopt(_MMAP_MAX, 65536)
        mallopt(_MMAP_THRESHOLD, 32 * _MB)  # where glibc's own adjustment ends, which the calls above switch off
        mallopt(_TRIM_THRESHOLD, 1024 * _MB)


@functools.cache
def _mallopt() -> Callable[[int, int], int] | None:
    """The C library's function, where it is glibc's."""
    try:
        library = ctypes.CDLL(None)
        library.gnu_get_libc_version  # noqa: B018 (others have a mallopt that means something else, or none)
        return library.mallopt
    except (OSError, AttributeError, TypeError):
        return None
