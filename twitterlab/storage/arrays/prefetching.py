"""Gathering that asks memory for records before it comes to them; compiled by numba, the extra `fast`.

A gather at random waits for memory at every record unless many are on their way at once. `AHEAD` of them are asked for
early with the processor's prefetch instruction; numpy's gather has about half as many under way.
Source: Chen, Ailamaki, Gibbons and Mowry, "Improving Hash Join Performance through Prefetching" (ICDE 2004).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir  # type: ignore[import-untyped]  # it has no types
from numba import njit, types
from numba.extending import intrinsic

from twitterlab.storage.arrays.rings import COUNT, FAST, ROW, Rings
from twitterlab.storage.arrays.tweet_rows import LONG, RECORD, TIED, WORDS

AHEAD = 48
"""Records on their way. With 16 a gather among a million people took 1.6 times as long, with 128 1.1 times."""
LINE = 64
"""Bytes of a cache line."""
_FIELDS: Any = RECORD.fields
FLAGS_WORD, FLAGS_BIT = _FIELDS["flags"][1] // 8, _FIELDS["flags"][1] % 8 * 8
MARKED = LONG | TIED
READ, IN_EVERY_CACHE, DATA = 0, 3, 1
"""Arguments of LLVM's prefetch."""


def _prefetch(context: Any, array: Any, place: Any) -> Any:
    """What LLVM is to make of `_ask_for(array, place)`: fetch that cache line without waiting for it."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        memory = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        prefetch = builder.module.declare_intrinsic("llvm.prefetch", [byte], kind)
        address = builder.bitcast(builder.gep(memory, [arguments[1]]), byte)
        builder.call(prefetch, [address, *(number(value) for value in (READ, IN_EVERY_CACHE, DATA))])
        return context.get_dummy_value()

    return types.void(array, types.int64), generate


_ask_for: Any = intrinsic(_prefetch)


def _page(lines: Any, limit: int, rows: Any, is_told: Any) -> None:
    """The newest rows of each line."""
    slots = lines.shape[1] - 1
    for place in range(len(lines)):
        header = lines[place, 0]
        count, is_told[place] = header & COUNT, header & FAST != 0
        at = count % slots
        for column in range(limit):
            at = at - 1 if at > 0 else slots - 1
            rows[place, column] = lines[place, 1 + at] & ROW if column < count else 0


_paged: Any = njit("void(int32[:, ::1], int64, int32[:, ::1], boolean[::1])", nogil=True, cache=True)(_page)


def _copy(words: Any, rows: Any, out: Any, marked: Any) -> int:
    """Copy each row's record; how many were marked. Row 0 stands for rows beyond the table."""
    room, found = len(words) // WORDS, 0
    for place in range(len(rows)):
        if place + AHEAD < len(rows) and rows[place + AHEAD] < room:
            first = np.int64(rows[place + AHEAD]) * WORDS
            for line in range(0, WORDS, LINE // 8):
                _ask_for(words, first + line)
        row = np.int64(rows[place]) if rows[place] < room else 0
        for word in range(WORDS):
            out[place * WORDS + word] = words[row * WORDS + word]
        if (words[row * WORDS + FLAGS_WORD] >> np.uint64(FLAGS_BIT)) & np.uint64(MARKED):
            marked[found] = place
            found += 1
    return found


_copied: Any = njit("int64(uint64[::1], int32[::1], uint64[::1], int64[::1])", nogil=True, cache=True)(_copy)


def newest(
    rings: Rings, users: npt.NDArray[np.int64], limit: int
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
    """As `Rings.page`."""
    rows, is_told = np.empty((len(users), limit), np.int32), np.empty(len(users), np.bool_)
    _paged(rings.lines.take(users, axis=0), limit, rows, is_told)
    return rows, is_told


def copies(records: npt.NDArray[Any], rows: npt.NDArray[Any]) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    """As numpy's in `gathering`; a row beyond the table gives no tweet."""
    out, marked = np.empty((len(rows), WORDS), np.uint64), np.empty(len(rows), np.int64)
    found = _copied(records.view(np.uint64), np.ascontiguousarray(rows, np.int32), out.reshape(-1), marked)
    return out, marked[:found]
