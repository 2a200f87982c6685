"""Logged ports: every change is a record in the journal before it happens, and happens again when it is read there.

Records are calls of ports. A port of this engine is a function of its arguments and of what is there, so that the same
calls on the same snapshot give the same state. A call that was refused is refused again.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from twitterlab.errors import Refused
from twitterlab.model.message import DirectMessage, Notification
from twitterlab.model.tweet import Tweet
from twitterlab.model.user import User
from twitterlab.parts.queue import Event
from twitterlab.storage.arrays.journal import Journal
from twitterlab.storage.batches import Batches, HomePages, NewTweets
from twitterlab.storage.stores import Stores

CALLS: Mapping[str, Any] = MappingProxyType(
    {
        "users.add": tuple[User],
        "users.update": tuple[User],
        "tweets.add": tuple[Tweet, tuple[int, ...], Event | None],
        "tweets.delete": tuple[int, int, Event | None],
        "tweets.like": tuple[int, int, int, Event | None],
        "tweets.unlike": tuple[int, int],
        "follows.follow": tuple[int, int, int, Event | None],
        "follows.unfollow": tuple[int, int, Event | None],
        "follows.follow_many": tuple[tuple[tuple[int, int], ...], int],
        "relations.block": tuple[int, int],
        "relations.unblock": tuple[int, int],
        "relations.mute": tuple[int, int],
        "relations.unmute": tuple[int, int],
        "notifications.add": tuple[tuple[Notification, ...]],
        "notifications.read": tuple[int, int],
        "messages.add": tuple[DirectMessage],
        "messages.read": tuple[int, int, int],
        "search.index": tuple[Tweet],
        "search.remove": tuple[int],
        "outbox.delivered": tuple[tuple[int, ...]],
        "credentials.set_password": tuple[int, str],
        "credentials.open_session": tuple[bytes, int, int],
        "credentials.close_session": tuple[bytes],
        "credentials.close_all": tuple[int],
        "credentials.forget_expired": tuple[int],
        "timelines.push": tuple[tuple[int, ...], int],
        "timelines.forget": tuple[tuple[int, ...]],
        "batches.add": tuple[NewTweets],
        "batches.fan_out": tuple[int],
        "batches.fan_out_large": tuple[()],
    }
)
"""What changes anything, and its arguments. `timelines.fill` does not: a timeline that is not built is built again."""
NAMES = tuple(CALLS)
UNANSWERED = frozenset(("timelines", "outbox"))
"""Nobody is told of these; they are on disk no later than the next record that somebody is told of."""
_call = msgspec.msgpack.Decoder(tuple[int, msgspec.Raw])
_arguments = {name: msgspec.msgpack.Decoder(of) for name, of in CALLS.items()}


def logged(stores: Stores, journal: Journal) -> None:
    """From here on the ports of `stores` write down what they do."""
    for port_name in dict.fromkeys(name.split(".")[0] for name in NAMES):
        port = getattr(stores, port_name)
        proxy = LoggedBatches(port, journal) if port_name == "batches" else LoggedPort(port, port_name, journal)
        setattr(stores, port_name, proxy)


async def replay(stores: Stores, record: bytes) -> None:
    """Do again what a record says. `stores` are not logged yet."""
    number, raw = _call.decode(record)
    name = NAMES[number]
    port_name, method = name.split(".")
    try:
        answer = getattr(getattr(stores, port_name), method)(*_arguments[name].decode(raw))
        if inspect.isawaitable(answer):
            await answer
    except Refused:
        return


def record_of(name: str, arguments: tuple[Any, ...]) -> bytes:
    return msgspec.msgpack.encode((NAMES.index(name), arguments))


class LoggedPort:
    """Any port: what it reads is its own, what it changes is logged."""

    def __init__(self, port: Any, name: str, journal: Journal) -> None:
        for method in dir(port):
            if not method.startswith("_"):
                setattr(self, method, getattr(port, method))
        for call in NAMES:
            if call.startswith(f"{name}."):
                method = call.split(".")[1]
                setattr(self, method, _written(call, getattr(port, method), journal, name not in UNANSWERED))


def _written(
    name: str, change: Callable[..., Awaitable[Any]], journal: Journal, is_answered: bool
) -> Callable[..., Awaitable[Any]]:
    signature = inspect.signature(change)

    async def write_and_do(*arguments: Any, **named: Any) -> Any:
        bound = signature.bind(*arguments, **named)
        bound.apply_defaults()
        values = tuple(
            value if value is None or isinstance(value, (int, str, bytes)) or hasattr(value, "__dataclass_fields__") else tuple(value)
            for value in bound.arguments.values()
        )  # fmt: skip
        journal.write(record_of(name, values))
        answer = await change(*values)
        if is_answered:
            await journal.kept()
        return answer

    return write_and_do


class LoggedBatches:
    """`Batches`, logged. Who added awaits `kept` before telling anybody."""

    def __init__(self, batches: Batches, journal: Journal) -> None:
        self._batches, self._journal = batches, journal
        self.pages: Callable[..., tuple[HomePages, Any]] = batches.pages
        self.place, self.rebuild = batches.place, batches.rebuild

    def add(self, tweets: NewTweets) -> None:
        self._journal.write(record_of("batches.add", (tweets,)))
        self._batches.add(tweets)

    async def kept(self) -> None:
        await self._journal.kept()

    def fan_out(self, first_id: int) -> int:
        self._journal.write(record_of("batches.fan_out", (first_id,)))
        return self._batches.fan_out(first_id)

    def fan_out_large(self) -> int:
        if not getattr(self._batches, "large", True):
            return 0
        self._journal.write(record_of("batches.fan_out_large", ()))
        return self._batches.fan_out_large()
