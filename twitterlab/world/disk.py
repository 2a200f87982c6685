"""A machine's disk: what was written is safe only once it was synced, and a crash shows the difference.

At a crash each write since the last `fsync` of its file is kept, lost, or torn at a sector, each on its
own, as disks do that reorder what they cache ("All File Systems Are Not Created Equal", OSDI 2014). A
file is replaced whole, atomically, with `replace`; that too is safe only after an `fsync`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from twitterlab.errors import Refused
from twitterlab.parts.given import Chance
from twitterlab.world.kernel import Kernel
from twitterlab.world.samplers import Exponential, Sampler

SECTOR_BYTES = 512


@dataclass(frozen=True, slots=True)
class DiskProfile:
    """How long a disk takes and how much it holds. The defaults are a common solid-state drive's."""

    read: Sampler = field(default_factory=lambda: Exponential(0.02, floor_ms=0.08))
    write: Sampler = field(default_factory=lambda: Exponential(0.005, floor_ms=0.01))  # into the page cache
    fsync: Sampler = field(default_factory=lambda: Exponential(0.5, floor_ms=0.5))
    capacity_bytes: int = 1 << 40


@dataclass(frozen=True, slots=True)
class Write:
    """One write that is not synced: `content` at `offset`; None as offset replaces the file."""

    offset: int | None
    content: bytes


class File:
    """What the programs see, what surely survives, and the writes between the two."""

    __slots__ = ("durable", "is_durable", "seen", "unsynced", "writes")

    def __init__(self) -> None:
        self.seen, self.durable = bytearray(), bytearray()
        self.is_durable = False  # before the first sync the file itself may vanish
        self.unsynced: list[Write] = []
        self.writes = 0

    def apply(self, write: Write) -> None:
        self.writes += 1
        self.unsynced.append(write)
        _apply(self.seen, write)

    def sync(self, writes: int) -> None:
        """Make the first `writes` of all its writes durable."""
        count = len(self.unsynced) - (self.writes - writes)
        for write in self.unsynced[: max(0, count)]:
            _apply(self.durable, write)
        del self.unsynced[: max(0, count)]
        self.is_durable = True

    def crash(self, chance: Chance) -> bool:
        """Keep, lose or tear each unsynced write; whether the file is still there."""
        for write in self.unsynced:
            fate = chance.below(3)
            if fate == 0:
                continue
            self.is_durable = True
            _apply(self.durable, write if fate == 1 or write.offset is None else _torn(write, chance))
        self.unsynced.clear()
        self.seen = bytearray(self.durable)
        return self.is_durable


def _apply(content: bytearray, write: Write) -> None:
    if write.offset is None:
        content[:] = write.content
        return
    content.extend(bytes(max(0, write.offset - len(content))))
    content[write.offset : write.offset + len(write.content)] = write.content


def _torn(write: Write, chance: Chance) -> Write:
    """The first sectors of a write: as many as the disk got to."""
    assert write.offset is not None
    boundary = chance.below(len(write.content) // SECTOR_BYTES + 1) * SECTOR_BYTES
    first = (SECTOR_BYTES - write.offset % SECTOR_BYTES) % SECTOR_BYTES
    return Write(write.offset, write.content[: min(len(write.content), boundary + first)])


class Disk:
    """Files by name. Refused(kind="disk_full") where nothing more fits; reads of no file are Refused too."""

    def __init__(self, kernel: Kernel, chance: Chance, profile: DiskProfile) -> None:
        self._kernel, self._chance = kernel, chance
        self._capacity_bytes = profile.capacity_bytes
        self._read, self._write, self._fsync = (
            each.stream(chance) for each in (profile.read, profile.write, profile.fsync)
        )
        self._files: dict[str, File] = {}
        self._free_ns = 0
        self.is_full = False
        self.slowness = 1.0
        self.fsyncs = 0

    async def append(self, name: str, content: bytes) -> int:
        """Write at the end of the file, which is made if need be; gives the offset."""
        await self._busy(self._write)
        offset = len(self._files[name].seen) if name in self._files else 0
        self._change(name, Write(offset, bytes(content)))
        return offset

    async def write(self, name: str, offset: int, content: bytes) -> None:
        """Write `content` at `offset`. It survives a crash for sure only after `fsync`."""
        await self._busy(self._write)
        self._change(name, Write(offset, bytes(content)))

    async def replace(self, name: str, content: bytes) -> None:
        """Put `content` in place of the whole file: after a crash it is the old or the new one, never a mixture."""
        await self._busy(self._write)
        self._change(name, Write(None, bytes(content)))

    async def fsync(self, name: str) -> None:
        """Return once everything written to the file before this call survives a crash."""
        file = self._file(name)
        writes = file.writes
        await self._busy(self._fsync)
        file.sync(writes)
        self.fsyncs += 1

    async def read(self, name: str, offset: int = 0, size: int | None = None) -> bytes:
        """The file's content, as written, synced or not."""
        file = self._file(name)
        await self._busy(self._read)
        return bytes(file.seen[offset : None if size is None else offset + size])

    async def remove(self, name: str) -> None:
        """Delete the file, at once and for good."""
        self._file(name)
        await self._busy(self._write)
        self._files.pop(name, None)

    def names(self) -> list[str]:
        """The files there are, sorted."""
        return sorted(self._files)

    @property
    def used_bytes(self) -> int:
        """What the files weigh."""
        return sum(len(file.seen) for file in self._files.values())

    def crash(self) -> None:
        """Lose power: what was not synced is kept, lost or torn."""
        self._free_ns = self._kernel.now_ns
        for name in self.names():
            if not self._files[name].crash(self._chance):
                del self._files[name]

    def corrupt(self) -> None:
        """Flip one byte of every file that has any."""
        for name in self.names():
            file = self._files[name]
            if file.seen:
                at = self._chance.below(len(file.seen))
                file.seen[at] ^= 0xFF
                file.durable[at : at + 1] = file.seen[at : at + 1]

    def _change(self, name: str, write: Write) -> None:
        if self.is_full or self.used_bytes + len(write.content) > self._capacity_bytes:
            raise Refused(f"the disk is full: {name} was not written", "disk_full")
        self._files.setdefault(name, File()).apply(write)

    def _file(self, name: str) -> File:
        found = self._files.get(name)
        if found is None:
            raise Refused(f"no file {name}", "not_found")
        return found

    async def _busy(self, draw: Callable[[], int]) -> None:
        """Wait for the disk, which does one thing at a time, and for what it takes."""
        now_ns = self._kernel.now_ns
        self._free_ns = max(now_ns, self._free_ns) + round(draw() * self.slowness)
        done = asyncio.get_running_loop().create_future()
        self._kernel.at(self._free_ns, _settle, done)
        await done


def _settle(done: asyncio.Future[None]) -> None:
    if not done.done():
        done.set_result(None)
