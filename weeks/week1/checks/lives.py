"""A process that can be ended at any of its steps: before the step takes effect, or after."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any


class Died(BaseException):
    """The process is gone: no part can catch this."""


class Life:
    """Lists the steps of one process and ends it at step `last`, before or after the step took effect."""

    def __init__(self, last: int | None = None, after: bool = False) -> None:
        self.steps: list[str] = []
        self._last = last
        self._after = after

    async def step(self, name: str, do: Callable[[], Awaitable[Any]]) -> Any:
        self.steps.append(name)
        if self._last is None or len(self.steps) < self._last:
            return await do()
        if self._after and len(self.steps) == self._last:
            await do()
        raise Died

    def bound(self, thing: Any) -> Any:
        return _Mortal(thing, self)


class _Mortal:
    """`thing`, whose every awaited call is a step of a life."""

    def __init__(self, thing: Any, life: Life) -> None:
        self._thing = thing
        self._life = life

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._thing, name)
        if not callable(found):
            return found

        def call(*args: Any, **options: Any) -> Any:
            answer = found(*args, **options)
            if inspect.iscoroutine(answer):
                return self._step(name, answer)
            return _Mortal(answer, self._life) if name == "pipeline" else answer

        return call

    async def _step(self, name: str, coroutine: Any) -> Any:
        try:
            return await self._life.step(name, lambda: coroutine)
        finally:
            coroutine.close()

    async def __aenter__(self) -> Any:
        await self._thing.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._thing.__aexit__(*error)
