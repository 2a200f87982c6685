"""Processes that die: every call to the outside is a step, and one step is the last."""

from __future__ import annotations

from collections.abc import Awaitable
from inspect import isawaitable
from typing import Any, TypeVar

T = TypeVar("T")


class Killed(BaseException):
    """The process is gone. No `except Exception` holds it."""


class Life:
    """Counts steps; the `last`-th raises `Killed`, and so does every later one: the dead do nothing."""

    def __init__(self, last: int) -> None:
        self._left = last
        self._is_immortal = False
        self.is_over = False

    def step(self) -> None:
        """One more step, before or after an effect."""
        if self._is_immortal:
            return
        self._left -= 1
        if self._left <= 0:
            self.is_over = True
            raise Killed

    async def around(self, effect: Awaitable[T]) -> T:
        """A step before the effect and one after: a death with the effect undone, one with it done."""
        try:
            self.step()
        except Killed:
            if hasattr(effect, "close"):
                effect.close()  # never started: no warning about it
            raise
        result = await effect
        self.step()
        return result

    def resurrect(self) -> None:
        """From here on nobody dies."""
        self._is_immortal = True


class MortalRedis:
    """An async Redis client in the hands of who may die. A pipeline is one step: it is one round trip."""

    def __init__(self, redis: Any, life: Life) -> None:
        self._redis, self._life = redis, life

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._redis, name)
        if name == "pipeline":
            return lambda *args, **options: _MortalPipeline(method(*args, **options), self._life)
        return lambda *args, **options: self._life.around(method(*args, **options))


class _MortalPipeline:
    def __init__(self, pipeline: Any, life: Life) -> None:
        self._pipeline, self._life = pipeline, life

    async def __aenter__(self) -> _MortalPipeline:
        await self._pipeline.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._pipeline.__aexit__(*error)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._pipeline, name)

        def call(*args: Any, **options: Any) -> Any:
            result = method(*args, **options)
            if result is self._pipeline:  # queued, not sent
                return self
            return self._life.around(result) if isawaitable(result) else result

        return call
