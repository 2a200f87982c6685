"""Machines that run in this process."""

from __future__ import annotations

import asyncio
import threading

import pytest

from twitterlab.errors import Refused, Uncertain
from twitterlab.stage.regional.live.valkey.machines import LiveDisk, LiveMachine, Switchboard


def machine(folder, board=None, name="m"):
    return LiveMachine(name, board or Switchboard(), folder, lambda text: None)


def test_a_call_is_answered_by_whoever_has_the_name(tmp_path):
    async def story():
        board = Switchboard()
        callee = machine(tmp_path / "b", board, "b")
        callee.serve("double", lambda body: 2 * body)
        caller = machine(tmp_path / "a", board, "a")
        assert await caller.call("b", "double", 4, 1_000) == 8
        await callee.stop()
        with pytest.raises(Refused):
            await caller.call("b", "double", 4, 1_000)

    asyncio.run(story())


def test_a_call_without_an_answer_is_uncertain(tmp_path):
    async def story():
        board = Switchboard()
        machine(tmp_path, board, "b").serve("never", lambda body: asyncio.get_running_loop().create_future())
        with pytest.raises(Uncertain):
            await board.call("b", "never", None, 1)

    asyncio.run(story())


def test_a_machine_that_is_stopped_in_the_middle_of_a_write_has_written_it(tmp_path, monkeypatch):
    replace, begun, may_go_on = LiveDisk._replace, asyncio.Event(), threading.Event()

    def slowly(disk, name, content):
        loop.call_soon_threadsafe(begun.set)
        may_go_on.wait(5)
        replace(disk, name, content)

    monkeypatch.setattr(LiveDisk, "_replace", slowly)

    async def story():
        nonlocal loop
        loop = asyncio.get_running_loop()
        first = machine(tmp_path)
        first.spawn(first.disk.replace("progress", b"1"))
        await begun.wait()
        loop.call_later(0.02, may_go_on.set)
        await first.stop()
        second = machine(tmp_path)
        assert second.disk.names() == ["progress"]
        assert await second.disk.read("progress") == b"1"

    loop = None
    asyncio.run(story())


def test_a_cancellation_that_a_library_swallows_stops_the_machine_all_the_same(tmp_path):
    """A program that goes on for ever, asking somebody who drops the cancellation."""
    asked = 0

    async def story():
        board = Switchboard()

        async def deaf(body):
            nonlocal asked
            asked += 1
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                return True

        one = machine(tmp_path / "m", board)
        machine(tmp_path / "b", board, "b").serve("deaf", deaf)

        async def program():
            while asked < 3:
                await one.call("b", "deaf", None, 20_000)

        one.spawn(program())
        while not asked:
            await asyncio.sleep(0)
        async with asyncio.timeout(2):
            await one.stop()

    asyncio.run(story())
    assert asked == 1


def test_what_a_program_raises_is_not_kept_silent(tmp_path):
    async def story():
        one = machine(tmp_path)

        async def wrong():
            raise ZeroDivisionError

        one.spawn(wrong())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        with pytest.raises(ZeroDivisionError):
            one.look()

    asyncio.run(story())
