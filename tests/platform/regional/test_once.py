"""Requests by name: made once, however often they arrive."""

from __future__ import annotations

import asyncio

import pytest

from twitterlab.errors import Refused
from twitterlab.platform.regional.once import Once


class Work:
    """Counts how often it was done; waits until it may end."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.done, self.failure = 0, failure
        self.may_end = asyncio.Event()

    async def __call__(self) -> int:
        self.done += 1
        await self.may_end.wait()
        if self.failure is not None:
            raise self.failure
        return self.done


def test_a_repetition_waits_for_the_first_and_gets_its_answer() -> None:
    async def main() -> None:
        once, work = Once[int](), Work()
        both = asyncio.gather(once.do("a", work), once.do("a", work))
        await asyncio.sleep(0)
        work.may_end.set()

        assert await both == [1, 1]
        assert await once.do("a", work) == 1
        assert await once.do("b", work) == 2

    asyncio.run(main())


def test_a_failure_is_everybodys_who_waits_and_then_forgotten() -> None:
    async def main() -> None:
        once, work = Once[int](), Work(Refused("no", "busy"))
        both = asyncio.gather(once.do("a", work), once.do("a", work), return_exceptions=True)
        await asyncio.sleep(0)
        work.may_end.set()

        assert all(isinstance(each, Refused) for each in await both)
        work.failure = None
        assert await once.do("a", work) == 2

    asyncio.run(main())


def test_only_so_many_are_remembered() -> None:
    async def main() -> None:
        once, work = Once[int](remembered=2), Work()
        work.may_end.set()
        for name in "abc":
            await once.do(name, work)

        assert await once.do("c", work) == 3
        assert await once.do("a", work) == 4

    asyncio.run(main())


def test_who_stops_waiting_does_not_stop_the_work() -> None:
    async def main() -> None:
        once, work = Once[int](), Work()
        first = asyncio.create_task(once.do("a", work))
        await asyncio.sleep(0)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(once.do("a", work), 0.001)
        work.may_end.set()

        assert await first == 1

    asyncio.run(main())
