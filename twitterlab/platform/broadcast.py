"""Broadcast: what several processes of one system tell each other, over the event log's server.

Who watches is connected to one process; what they watch for happens in another. Each says who listens to it, and tells
the others what happened to those; a process also hears of new tags, which is how trends are one for all. A message is
delivered at most once (Valkey documentation, "Pub/Sub"): who was cut off reads its pages again.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from redis import RedisError

from twitterlab.platform.feed import PEOPLE_REMEMBERED, Feed, Listener
from twitterlab.platform.remote import Spans
from twitterlab.platform.trends import Trends

CHANNEL = "broadcast"
WAITING = 10_000
"""Messages that wait to be sent; what is told while as many wait is lost."""
AGAIN_S = 0.2


class Broadcast:
    """The channel of one process. `run` it; `hear` is called with what others, and we ourselves, say."""

    def __init__(self, redis: Any) -> None:
        self._redis = redis
        self._waiting: asyncio.Queue[bytes] = asyncio.Queue(WAITING)
        self._ears: dict[str, Callable[..., None]] = {}
        self._on_connect: list[Callable[[], None]] = []

    def hear(self, kind: str, ear: Callable[..., None]) -> None:
        """Call `ear` with the values of each message of this kind."""
        self._ears[kind] = ear

    def on_connect(self, call: Callable[[], None]) -> None:
        """Call it whenever the channel is there, the first time and after each break."""
        self._on_connect.append(call)

    def say(self, kind: str, *values: Any) -> None:
        """To everybody, soon."""
        with contextlib.suppress(asyncio.QueueFull):
            self._waiting.put_nowait(msgspec.msgpack.encode((kind, *values)))

    async def run(self) -> None:
        """Until it is cancelled."""
        await asyncio.gather(self._send_all(), self._hear_all())

    async def _send_all(self) -> None:
        while True:
            message = await self._waiting.get()
            with contextlib.suppress(RedisError, OSError):
                await self._redis.publish(CHANNEL, message)

    async def _hear_all(self) -> None:
        while True:
            try:
                async with self._redis.pubsub(ignore_subscribe_messages=True) as channel:
                    await channel.subscribe(CHANNEL)
                    for call in self._on_connect:
                        call()
                    async for message in channel.listen():
                        self._heard(message["data"])
            except (RedisError, OSError):
                await asyncio.sleep(AGAIN_S)

    def _heard(self, message: bytes) -> None:
        kind, *values = msgspec.msgpack.decode(message)
        ear = self._ears.get(kind)
        if ear is not None:
            ear(*values)


class SharedFeed(Feed):
    """A feed of which each process has the listeners that are connected to it."""

    def __init__(self, epoch: str, broadcast: Broadcast) -> None:
        super().__init__(epoch)
        self._broadcast, self._everywhere = broadcast, OrderedDict[int, None]()
        self._was_cut_off = False
        broadcast.hear("happened", super().tell)
        broadcast.hear("listens", self._note)
        broadcast.hear("who", self._announce)
        broadcast.on_connect(self._connected)

    def tell(self, user_ids: Iterable[int], kind: str, subject_id: int, by: int) -> None:
        """To their listeners, whichever process these are connected to."""
        told = self.known(user_ids)
        if told:
            self._broadcast.say("happened", told, kind, subject_id, by)

    def known(self, user_ids: Iterable[int]) -> list[int]:
        """Those who listen to any process, or did lately."""
        return [user_id for user_id in user_ids if user_id in self._everywhere or user_id in self._people]

    def listen(self, user_id: int, epoch: str | None = None, position: int = 0) -> Listener:
        listener = super().listen(user_id, epoch, position)
        self._broadcast.say("listens", [user_id])
        return listener

    def _note(self, user_ids: list[int]) -> None:
        for user_id in user_ids:
            self._everywhere[user_id] = None
            self._everywhere.move_to_end(user_id)
        while len(self._everywhere) > PEOPLE_REMEMBERED:
            self._everywhere.popitem(last=False)

    def _announce(self) -> None:
        if self._people:
            self._broadcast.say("listens", list(self._people))

    def _connected(self) -> None:
        """Ask who listens elsewhere; and after a break tell those here to read again."""
        self._broadcast.say("who")
        if self._was_cut_off:
            super().tell(list(self._people), "reset", 0, 0)
        self._was_cut_off = True


class SharedTrends(Trends):
    """Trends that every process has, whoever counted the tweet. A tweet that is told twice counts once."""

    def __init__(self, broadcast: Broadcast) -> None:
        super().__init__()
        self._broadcast = broadcast
        broadcast.hear("tags", super().count)

    def count(self, tweet_id: int, tags: Iterable[str], at_ms: int) -> None:
        found = list(tags)
        super().count(tweet_id, found, at_ms)
        if found:
            self._broadcast.say("tags", tweet_id, found, at_ms)


def hear_deliveries(broadcast: Broadcast, keep: Callable[[int, Spans], None]) -> None:
    """Call `keep` with the spans of each delivery that a worker in another process made."""
    broadcast.hear("delivered", lambda tweet_id, spans: keep(tweet_id, tuple(map(tuple, spans))))
