"""Memory of large arrays: zero, aligned to the cache line, and in pages that Linux may make huge."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from twitterlab.storage.arrays.memory import HUGE_BYTES, grown, zeros

SMAPS = Path("/proc/self/smaps")
HUGE = Path("/sys/kernel/mm/transparent_hugepage")


@pytest.mark.parametrize("rows", [0, 1, HUGE_BYTES // 64, HUGE_BYTES // 32 + 1])
def test_large_and_small_arrays_are_zero_and_can_be_written(rows):
    array = zeros((rows, 16), np.int32)

    assert not array.any()
    array[:] = 7
    assert (array == 7).all()


def test_large_arrays_begin_at_a_cache_line():
    assert zeros((HUGE_BYTES + 8,), np.uint8).ctypes.data % 64 == 0


def test_growing_keeps_the_old_and_adds_zeros():
    longer = grown(np.arange(5, dtype=np.int32), 8)

    assert longer.tolist() == [0, 1, 2, 3, 4, 0, 0, 0]


@pytest.mark.skipif(not (SMAPS.exists() and HUGE.exists()), reason="only Linux tells of its pages")
def test_large_arrays_are_private_memory_advised_to_be_huge():
    array = zeros((8 * HUGE_BYTES,), np.uint8)

    mappings = re.split(r"(?m)^(?=[0-9a-f]+-[0-9a-f]+ )", SMAPS.read_text())
    for mapping in filter(None, mappings):
        begin, end = (int(bound, 16) for bound in mapping.split()[0].split("-"))
        if begin <= array.ctypes.data < end:
            break
    assert mapping.split()[1] == "rw-p"
    assert " hg" in mapping  # madvise(MADV_HUGEPAGE)
