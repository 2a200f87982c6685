"""Cables between several places, beside a program that does other things: they have a thread of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from threading import Thread
from typing import Any, TypeVar

from twitterlab.servers.cable import Cable

T = TypeVar("T")
WITHIN_S = 10.0


class Cables:
    """`one_way_ms` by pairs of places; a pair that is not in it is joined without delay, and cannot be cut."""

    def __init__(self, one_way_ms: Mapping[tuple[str, str], float]) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="cables", daemon=True)
        self._one_way_ms = {frozenset(pair): ms for pair, ms in one_way_ms.items()}
        self._cables: dict[frozenset[str], Cable] = {}
        self._ports: dict[tuple[frozenset[str], int], int] = {}

    def start(self) -> None:
        self._thread.start()
        self._run(self._lay())

    def stop(self) -> None:
        """Every connection through them is lost. A second call changes nothing."""
        if self._loop.is_closed():
            return
        self._run(self._take_up())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(WITHIN_S)
        self._loop.close()

    def lead(self, start: str, end: str, port: int) -> int:
        """Where somebody at `start` reaches the server that listens on `port` at `end`."""
        pair = frozenset((start, end))
        if pair not in self._cables:
            return port
        if (pair, port) not in self._ports:
            self._ports[pair, port] = self._run(self._cables[pair].lead_to(port))
        return self._ports[pair, port]

    def one_way_s(self, start: str, end: str) -> float:
        return self._one_way_ms.get(frozenset((start, end)), 0.0) / 1_000

    def cut(self, place: str) -> None:
        """Nobody elsewhere reaches `place`, nor the other way round."""
        self._run(self._change(place, is_whole=False))

    def mend(self, place: str) -> None:
        self._run(self._change(place, is_whole=True))

    async def _lay(self) -> None:
        self._cables = {pair: Cable(ms / 1_000) for pair, ms in self._one_way_ms.items()}

    async def _take_up(self) -> None:
        for cable in self._cables.values():
            await cable.take_up()

    async def _change(self, place: str, is_whole: bool) -> None:
        for pair, cable in self._cables.items():
            if place in pair:
                (cable.mend if is_whole else cable.cut)()

    def _run(self, what: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(WITHIN_S)


@contextmanager
def open(one_way_ms: Mapping[tuple[str, str], float]) -> Iterator[Cables]:
    """Cables that are laid, and taken up at the end."""
    cables = Cables(one_way_ms)
    cables.start()
    try:
        yield cables
    finally:
        cables.stop()
