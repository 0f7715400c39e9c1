"""Keeps the C library's allocator from holding a heap for each thread."""

import ctypes
import sys

_M_ARENA_MAX = -8


def keep_few_heaps() -> None:
    """Let all threads share two heaps; to be called before there are threads.

    glibc makes up to eight for each processor, and every one keeps the most it ever held: 16 of them came to 200 MiB
    in a server that needs a hundred. Elsewhere this does nothing.
    """
    if sys.platform == "linux" and hasattr(library := ctypes.CDLL(None), "mallopt"):
        library.mallopt(_M_ARENA_MAX, 2)


def give_back_memory() -> None:
    """Return to the system what was freed and is still held."""
    if sys.platform == "linux" and hasattr(library := ctypes.CDLL(None), "malloc_trim"):
        library.malloc_trim(0)
