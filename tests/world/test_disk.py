"""Disks: what was synced survives a crash whole; what was not is kept, lost or torn, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twitterlab.errors import Refused
from twitterlab.world.chance import SeededChance
from twitterlab.world.disk import SECTOR_BYTES, Disk, DiskProfile, Write
from twitterlab.world.kernel import Kernel
from twitterlab.world.loop import VirtualLoop
from twitterlab.world.samplers import Constant


def on_disk(story: Callable[[Disk], Awaitable[Any]], seed: int = 1, profile: DiskProfile | None = None) -> Any:
    kernel = Kernel()
    loop = VirtualLoop(kernel=kernel)
    disk = Disk(kernel, SeededChance(seed, "disk"), profile or DiskProfile())
    try:
        return loop.run_until_complete(story(disk))
    finally:
        loop.close()


WRITES = st.lists(st.tuples(st.integers(0, 3_000), st.binary(min_size=1, max_size=2_000)), max_size=8)


@settings(max_examples=60, deadline=None)
@given(WRITES, st.integers(0, 1_000))
def test_a_file_reads_as_it_was_written_and_what_was_synced_survives(
    writes: list[tuple[int, bytes]], seed: int
) -> None:
    async def story(disk: Disk) -> None:
        model = bytearray()
        for offset, content in writes:
            await disk.write("f", offset, content)
            model.extend(bytes(max(0, offset - len(model))))
            model[offset : offset + len(content)] = content
        if not writes:
            return
        assert await disk.read("f") == bytes(model)
        await disk.fsync("f")
        disk.crash()
        assert await disk.read("f") == bytes(model)

    on_disk(story, seed)


def _after_crash(seed: int, content: bytes) -> bytes | None:
    async def story(disk: Disk) -> bytes | None:
        await disk.append("f", content)
        disk.crash()
        return await disk.read("f") if disk.names() else None

    return on_disk(story, seed)


def test_an_unsynced_write_is_kept_lost_or_torn_at_a_sector() -> None:
    content = bytes(range(256)) * 10

    fates = {_after_crash(seed, content) for seed in range(60)}

    assert {None, content} < fates
    assert len(fates) > 4
    assert all(fate is None or (content.startswith(fate) and len(fate) % SECTOR_BYTES == 0) for fate in fates)


def test_a_replaced_file_is_the_old_or_the_new_one_never_a_mixture() -> None:
    old, new = b"o" * 5_000, b"n" * 5_000

    def after(seed: int) -> bytes:
        async def story(disk: Disk) -> bytes:
            await disk.replace("f", old)
            await disk.fsync("f")
            await disk.replace("f", new)
            disk.crash()
            return await disk.read("f")

        return on_disk(story, seed)

    assert {after(seed) for seed in range(30)} == {old, new}


def test_a_sync_covers_only_what_was_written_before_it_began() -> None:
    def after(seed: int) -> bytes:
        async def story(disk: Disk) -> bytes:
            await disk.append("f", b"before")
            sync = asyncio.ensure_future(disk.fsync("f"))
            await asyncio.sleep(0)
            disk._change("f", Write(6, b"meanwhile"))
            await sync
            disk.crash()
            return await disk.read("f")

        return on_disk(story, seed)

    assert {after(seed) for seed in range(30)} == {b"before", b"beforemeanwhile"}


def test_a_full_disk_refuses_and_changes_nothing() -> None:
    async def story(disk: Disk) -> None:
        await disk.append("f", b"12345")
        with pytest.raises(Refused, match="full") as refused:
            await disk.append("f", b"678901")
        assert refused.value.kind == "disk_full"
        assert await disk.read("f") == b"12345"
        disk.is_full = True
        with pytest.raises(Refused, match="full"):
            await disk.append("f", b"6")

    on_disk(story, profile=DiskProfile(capacity_bytes=10))


def test_a_disk_does_one_thing_at_a_time() -> None:
    async def story(disk: Disk) -> float:
        await disk.append("f", b"x")
        started = asyncio.get_running_loop().time()
        await asyncio.gather(*(disk.fsync("f") for _ in range(5)))
        return asyncio.get_running_loop().time() - started

    assert on_disk(story, profile=DiskProfile(fsync=Constant(2))) == pytest.approx(0.010)


def test_corruption_flips_one_byte_and_survives_a_sync() -> None:
    async def story(disk: Disk) -> bytes:
        await disk.append("f", bytes(1_000))
        await disk.fsync("f")
        disk.corrupt()
        disk.crash()
        return await disk.read("f")

    found = on_disk(story)
    assert len(found) == 1_000
    assert sum(byte != 0 for byte in found) == 1


def test_no_file_is_refused() -> None:
    async def story(disk: Disk) -> None:
        for action in (disk.read("f"), disk.fsync("f"), disk.remove("f")):
            with pytest.raises(Refused, match="no file f"):
                await action

    on_disk(story)
