"""The journal: changes on disk before they happen, one after the other, each with its length and checksum.

A record that a crash cut off ends the journal: what follows it was never acknowledged. One flush answers for everything
written before it. Source: Gray and Reuter, "Transaction Processing" (1992), chapter 9, write-ahead log and group commit.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from struct import Struct
from typing import Literal
from zlib import crc32

from twitterlab.errors import Refused, Uncertain
from twitterlab.world.virtual import is_virtual

Durability = Literal["process", "disk"]
"""What an acknowledged write survives: the end of this process by `kill -9`, or a power cut as well."""
HEAD = Struct("<II")  # length, checksum
MAX_RECORD = 1 << 30
FLUSH = getattr(os, "fdatasync", os.fsync)
BROKEN = "the journal cannot be written"


class Journal:
    """`write` before a change, `kept` before its acknowledgement."""

    def __init__(self, path: Path, durability: Durability) -> None:
        self.path, self.durability = path, durability
        self.bytes = whole_bytes(path)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.ftruncate(self._file, self.bytes)
        os.lseek(self._file, 0, os.SEEK_END)
        self._written = self._flushed = 0  # bytes since the start, in all files
        self._flush: asyncio.Future[None] | None = None
        self._thread = ThreadPoolExecutor(1, "journal")
        self._why_broken = ""

    def write(self, record: bytes) -> None:
        """Hand a record to the operating system. `Refused` where it takes none; nothing of it is there then."""
        self.ping()
        framed = HEAD.pack(len(record), crc32(record)) + record
        written = 0
        try:
            while written < len(framed):
                written += os.write(self._file, framed[written:])
        except OSError as error:
            self._take_back(error)
            raise Refused(f"{BROKEN}: {error}", "unavailable") from error
        self.bytes += len(framed)
        self._written += len(framed)

    async def kept(self) -> None:
        """Once everything written so far will survive what it is to survive. `Uncertain` where a flush fails."""
        if self.durability == "process" or is_virtual():  # virtual time would run ahead of a thread
            return
        mine = self._written
        while self._flushed < mine:
            if self._why_broken:
                raise Uncertain(f"{BROKEN}: {self._why_broken}")
            if self._flush is None or self._flush.done():
                self._flush = asyncio.ensure_future(self._flush_once())
            await asyncio.shield(self._flush)

    async def _flush_once(self) -> None:
        goal = self._written
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, FLUSH, self._file)
        except OSError as error:
            self._why_broken = str(error)  # what a failed flush kept cannot be known
            return
        self._flushed = max(self._flushed, goal)

    def ping(self) -> None:
        """`Refused` while nothing can be written."""
        if self._why_broken:
            raise Refused(f"{BROKEN}: {self._why_broken}", "unavailable")

    def move_to(self, path: Path) -> None:
        """Go on in a new file; what is in this one is kept elsewhere."""
        new = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        if self._flush is None or self._flush.done():
            os.close(self._file)
        else:
            self._thread.submit(os.close, self._file)  # after the flush that is under way
        self.path, self._file, self.bytes, self._flushed = path, new, 0, self._written

    def close(self) -> None:
        """Flush and let go. A second call changes nothing."""
        if self._file < 0:
            return
        self._thread.shutdown()
        if not self._why_broken:
            os.fsync(self._file)
        os.close(self._file)
        self._file, self._why_broken = -1, "it is closed"

    def _take_back(self, error: OSError) -> None:
        """Cut off what was written of a record; a journal that cannot even do that takes no more."""
        try:
            os.ftruncate(self._file, self.bytes)
            os.lseek(self._file, 0, os.SEEK_END)
        except OSError:
            self._why_broken = str(error)


def records(path: Path) -> Iterator[bytes]:
    """The whole records of a journal, in order; none where there is no file."""
    if not path.exists():
        return
    with path.open("rb") as file:
        while len(head := file.read(HEAD.size)) == HEAD.size:
            length, checksum = HEAD.unpack(head)
            record = file.read(length) if length <= MAX_RECORD else b""
            if len(record) < length or crc32(record) != checksum:
                return
            yield record


def whole_bytes(path: Path) -> int:
    """How long the part of a journal is that holds whole records."""
    return sum(HEAD.size + len(record) for record in records(path))
