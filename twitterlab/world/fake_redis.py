"""A Redis in the process: fakeredis, on the time of the loop that asks.

fakeredis looks at the wall clock from many modules. Here, in one place, they are given a `time` that
follows the running loop: virtual on a `VirtualLoop`, real elsewhere.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any

from twitterlab.world.virtual import VirtualLoop


class _Time:
    """Stands in for the `time` module inside fakeredis."""

    monotonic = staticmethod(time.monotonic)  # only bounds waits between threads, of which there are none
    sleep = staticmethod(time.sleep)

    @staticmethod
    def time() -> float:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return time.time()
        return loop.now_ms() / 1000 if isinstance(loop, VirtualLoop) else time.time()


def fake_server() -> Any:
    """A `fakeredis.FakeServer`: several clients of one share their data; `connected = False` takes it down."""
    return _fakeredis().FakeServer()


def fake_redis(server: Any = None) -> Any:
    """An async client, without response decoding, of `server` (see `fake_server`), else of one of its own.
    `server.connected = False` makes every command a `redis.ConnectionError`."""
    fakeredis = _fakeredis()
    for name, module in list(sys.modules.items()):
        if name.startswith("fakeredis") and getattr(module, "time", None) is time:
            module.time = _Time  # type: ignore[attr-defined]
    unbounded = dict.fromkeys(("socket_timeout", "socket_connect_timeout"))  # there is no network to lose an answer
    return fakeredis.FakeAsyncRedis(server=server or fakeredis.FakeServer(), **unbounded)


def _fakeredis() -> Any:
    """fakeredis without the two packages it tries, and can do without: that saves 0.3 s of 0.7 s, each start."""
    absent = [name for name in ("numpy", "valkey") if {name, "fakeredis"}.isdisjoint(sys.modules)]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]  # None: not to be found
    try:
        import fakeredis
    finally:
        for name in absent:
            del sys.modules[name]
    return fakeredis
