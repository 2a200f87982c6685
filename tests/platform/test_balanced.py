"""One service in several processes: who is asked, and who else when that one is gone."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from solutions.week2.day3_balancer import TwoChoices
from twitterlab.errors import Refused, Uncertain
from twitterlab.parts.balancer import FirstBackend
from twitterlab.platform.balanced import Balanced, Crew
from twitterlab.world.chance import SeededChance


class Process:
    """Answers with its name, or fails as it is told; `asked` counts."""

    def __init__(self, name):
        self.name, self.asked, self.failure = name, 0, None
        self.gate = asyncio.Event()

    async def ask(self, word, *, loud=False):
        self.asked += 1
        if self.failure is not None:
            raise self.failure
        return f"{self.name}: {word.upper() if loud else word}"

    async def wait(self):
        self.asked += 1
        await self.gate.wait()


class Clock:
    """Time passes a little with every look."""

    def __init__(self):
        self.now_ns = 0

    def __call__(self):
        self.now_ns += 10_000
        return self.now_ns


def several(count=3, balancer=TwoChoices):
    processes = {f"tweet-{number}": Process(f"tweet-{number}") for number in range(1, count + 1)}
    clock = Clock()
    crew = Crew(count, balancer, SeededChance(1, "test"), clock)
    assert crew.names("tweet") == tuple(processes)
    return Balanced("tweet", processes, crew), processes, clock


def test_calls_are_spread_and_arguments_arrive():
    service, processes, _ = several()

    async def story():
        return [await service.ask("tea", loud=True) for _ in range(300)]

    said = Counter(asyncio.run(story()))

    assert set(said) == {f"{name}: TEA" for name in processes}
    assert min(said.values()) > 50


def test_who_is_busy_is_asked_less():
    service, processes, _ = several(2)

    async def story():
        waiting = [asyncio.create_task(service.wait()) for _ in range(10)]
        await asyncio.sleep(0)
        assert [process.asked for process in processes.values()] == [5, 5]
        processes["tweet-1"].gate.set()
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.sleep(0)
        for _ in range(5):
            assert await service.ask("x") == "tweet-1: x"  # nothing is in flight there
        processes["tweet-2"].gate.set()
        await asyncio.gather(*waiting)

    asyncio.run(story())


def test_a_process_that_did_nothing_is_replaced_by_another_one_also_to_write():
    service, processes, _ = several()
    processes["tweet-2"].failure = Refused("down", "unavailable")

    async def story():
        return {await service.ask("x") for _ in range(100)}

    assert asyncio.run(story()) == {"tweet-1: x", "tweet-3: x"}
    assert 5 <= processes["tweet-2"].asked < 20  # then it is ejected


def test_it_comes_back():
    service, processes, clock = several()
    processes["tweet-2"].failure = Refused("down", "unavailable")

    async def story():
        for _ in range(100):
            await service.ask("x")
        processes["tweet-2"].failure = None
        clock.now_ns += 5_000_000_000
        return {await service.ask("x") for _ in range(100)}

    assert len(asyncio.run(story())) == 3


@pytest.mark.parametrize("failure", [Uncertain("lost"), Refused("not yours", "forbidden"), KeyError("bug")])
def test_what_may_have_happened_and_what_was_answered_is_not_asked_of_another(failure):
    service, processes, _ = several(balancer=FirstBackend)
    processes["tweet-1"].failure = failure

    with pytest.raises(type(failure)):
        asyncio.run(service.ask("x"))

    assert [process.asked for process in processes.values()] == [1, 0, 0]


def test_a_no_is_an_answer_and_ejects_nobody():
    service, processes, _ = several(2)
    for process in processes.values():
        process.failure = Refused("not yours", "forbidden")

    async def story():
        for _ in range(200):
            with pytest.raises(Refused, match="not yours"):
                await service.ask("x")

    asyncio.run(story())

    assert min(process.asked for process in processes.values()) > 50


def test_when_all_are_gone_it_is_unavailable():
    service, processes, _ = several(2)
    for process in processes.values():
        process.failure = Refused("down", "unavailable")

    async def story():
        for _ in range(20):
            with pytest.raises(Refused) as told:
                await service.ask("x")
            assert told.value.kind == "unavailable"

    asyncio.run(story())
