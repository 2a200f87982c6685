"""A backend to be balanced: an HTTP server with one worker, which can be told to be slow, or to fail.

Its service times are those of a home timeline in the calibrated profile, stretched: the worker waits so long, it does
not compute, since five of them share two cores with whoever measures. Who finds it busy queues. Every request that
arrives is written to a file at once, so that nothing is forgotten by who is killed.
"""

from __future__ import annotations

import asyncio
import os
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from twitterlab.stage.regional.live.envoy.child import listens, settings_of
from twitterlab.stage.regional.live.envoy.http_server import Answer, Request, listen, port_of
from twitterlab.world.chance import SeededChance
from twitterlab.world.live import LiveClock, stopwatch_ns
from twitterlab.world.samplers import Empirical

ARRIVALS = "arrivals"
_ARRIVAL = struct.Struct("<Q")
MOOD = "/mood"


@dataclass(frozen=True, slots=True)
class Mood:
    """How it is: so many times as slow, and this share of answers is a 500, given at once."""

    slow: float = 1.0
    fails: float = 0.0


class Backend:
    """The server: `draw` gives service times in nanoseconds, `arrived` is called for each request."""

    def __init__(self, name: str, draw: Callable[[], int], chance: SeededChance, arrived: Callable[[], None]) -> None:
        self._name, self._draw, self._chance, self._arrived = name, draw, chance, arrived
        self._worker, self._clock = asyncio.Semaphore(1), LiveClock()
        self._mood = Mood()

    async def handle(self, request: Request) -> Answer:
        """A request of the crowd, or one that changes the mood."""
        where = urlsplit(request.path)
        if where.path == MOOD:
            said = {name: float(values[0]) for name, values in parse_qs(where.query).items()}
            self._mood = Mood(**said)
            return Answer(200)
        self._arrived()
        if self._chance.random() < self._mood.fails:
            return Answer(500, b"out of order", (("x-backend", self._name),))
        async with self._worker:
            await self._clock.sleep_ms(self._draw() * self._mood.slow / 1e6)
        return Answer(200, b"a page", (("x-backend", self._name),))


def mood_path(mood: Mood) -> str:
    """What to POST to put it into this mood."""
    return f"{MOOD}?slow={mood.slow:g}&fails={mood.fails:g}"


def arrivals(folder: Path) -> list[int]:
    """When requests arrived at a backend, in nanoseconds of this machine's stopwatch."""
    written = (folder / ARRIVALS).read_bytes()
    return [at_ns for (at_ns,) in _ARRIVAL.iter_unpack(written[: len(written) // _ARRIVAL.size * _ARRIVAL.size])]


async def _serve(folder: Path) -> None:
    settings = settings_of(folder)
    file = os.open(folder / ARRIVALS, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    chance = SeededChance(settings["seed"], f"{settings['name']}/fails")
    times = Empirical(tuple((share, ms) for share, ms in settings["service"]))
    draw = times.stream(SeededChance(settings["seed"], f"{settings['name']}/service"))

    def arrived() -> None:
        os.write(file, _ARRIVAL.pack(stopwatch_ns()))

    backend = Backend(settings["name"], draw, chance, arrived)
    server = await listen(backend.handle, settings["port"])
    listens(folder, port_of(server))
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
