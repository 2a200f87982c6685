"""Large arrays of zeros: pages of their own, aligned to the cache line, huge where the system offers them."""

from __future__ import annotations

import mmap
from contextlib import suppress
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

HUGE_BYTES = 1 << 21


def zeros(shape: tuple[int, ...], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """Like `numpy.zeros`. Memory that is never touched is never taken."""
    kind = np.dtype(dtype)
    count = prod(shape)
    if count * kind.itemsize < HUGE_BYTES:
        return np.zeros(shape, kind)
    return np.frombuffer(_pages(count * kind.itemsize), kind, count).reshape(shape)


def _pages(size_bytes: int) -> mmap.mmap:
    """Private ones: Linux gives shared memory no huge pages, and a gather at random then waits for the page table."""
    if not hasattr(mmap, "MADV_HUGEPAGE"):
        return mmap.mmap(-1, size_bytes)
    pages = mmap.mmap(-1, size_bytes, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    with suppress(OSError):  # a kernel without huge pages
        pages.madvise(mmap.MADV_HUGEPAGE)
    return pages


def grown(old: npt.NDArray[Any], length: int) -> npt.NDArray[Any]:
    """A copy of `length` rows, the new ones zero."""
    new = zeros((length, *old.shape[1:]), old.dtype)
    new[: len(old)] = old
    return new
