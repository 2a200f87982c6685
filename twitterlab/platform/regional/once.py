"""Requests that are made once however often they arrive: repetitions get the answer of the first."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from twitterlab.errors import Failure

T = TypeVar("T")
REMEMBERED = 10_000
"""Requests whose repetition is noticed."""


class Once(Generic[T]):
    """What one process has been asked, by name. A crash forgets it."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._remembered = remembered
        self._answers: OrderedDict[str, asyncio.Future[T]] = OrderedDict()

    async def do(self, name: str, work: Callable[[], Awaitable[T]]) -> T:
        """The answer of `work`, or of whoever was asked the same before. Its failure is everybody's who waits, and
        then forgotten: who asks again may have more luck."""
        if name in self._answers:
            return await asyncio.shield(self._answers[name])
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._answers[name] = answer
        if len(self._answers) > self._remembered:
            self._answers.popitem(last=False)
        try:
            answer.set_result(await work())
        except Failure as failure:
            self._answers.pop(name, None)
            answer.set_exception(failure)
            answer.exception()  # seen: nobody may wait
            raise
        return answer.result()
