"""The feed: what happens to people while they watch. The live half of the door listens to it.

A listener gets events in the order they happened to its person, each once. Events are short (a kind and ids):
the pages are the truth, an event says that one has changed. The last `REMEMBERED` events of everybody who listened
lately are kept, so that a listener who comes back goes on where it was; one who was away too long is told to read
the pages again. The feed lives in one process; a restart has a new `epoch`, and everybody reads again.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass

REMEMBERED = 200
PEOPLE_REMEMBERED = 20_000
BACKLOG = 500
"""Events that may wait for one listener; a slower one is ended."""


@dataclass(frozen=True, slots=True)
class Happening:
    """`kind`: tweet, notification, message, or `reset`: read the pages again. `by` is who did it."""

    kind: str
    subject_id: int
    by: int
    position: int = 0


class Listener:
    """One open connection. Iterate over it; it ends when it is closed or too slow. `position` is
    where it begins: after the last event that its person has seen."""

    def __init__(self, user_id: int, position: int) -> None:
        self.user_id, self.position = user_id, position
        self.was_too_slow = False
        self._waiting: deque[Happening] = deque()
        self._news = asyncio.Event()
        self.is_closed = False

    def tell(self, happening: Happening) -> None:
        if self.is_closed:
            return
        if len(self._waiting) >= BACKLOG:
            self.was_too_slow = True
            self.close()
            return
        self._waiting.append(happening)
        self._news.set()

    def close(self) -> None:
        self.is_closed = True
        self._waiting.clear()
        self._news.set()

    def ready(self) -> list[Happening]:
        """Take what waits, without waiting."""
        taken = list(self._waiting)
        self._waiting.clear()
        return taken

    def __aiter__(self) -> Listener:
        return self

    async def __anext__(self) -> Happening:
        while not self._waiting:
            if self.is_closed:
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        return self._waiting.popleft()


class _Past:
    """The latest events of one person, and who listens."""

    __slots__ = ("events", "listeners", "position")

    def __init__(self) -> None:
        self.position = 0
        self.events: deque[Happening] = deque(maxlen=REMEMBERED)
        self.listeners: list[Listener] = []


class Feed:
    """Everybody's events. `epoch` names this feed: positions of another one mean nothing here."""

    def __init__(self, epoch: str) -> None:
        self.epoch = epoch
        self._people: OrderedDict[int, _Past] = OrderedDict()
        self.listening = 0

    def tell(self, user_ids: Iterable[int], kind: str, subject_id: int, by: int) -> None:
        """Something happened to these people. Costs a lookup for who does not listen."""
        people = self._people
        for user_id in user_ids if people else ():
            past = people.get(user_id)
            if past is None:
                continue
            past.position += 1
            happening = Happening(kind, subject_id, by, past.position)
            past.events.append(happening)
            for listener in past.listeners:
                listener.tell(happening)

    def known(self, user_ids: Iterable[int]) -> list[int]:
        """Those who listen, or did lately."""
        return [user_id for user_id in user_ids if user_id in self._people] if self._people else []

    def listen(self, user_id: int, epoch: str | None = None, position: int = 0) -> Listener:
        """Listen from now on, or from after `position` of this `epoch`; what cannot be told again is one `reset`."""
        past = self._people.get(user_id)
        is_known = past is not None and epoch == self.epoch
        if past is None:
            past = self._people[user_id] = _Past()
            self._make_room()
        self._people.move_to_end(user_id)
        listener = Listener(user_id, past.position)
        missed = past.position - position
        if is_known and 0 <= missed <= len(past.events):
            listener.position = position
            for happening in list(past.events)[len(past.events) - missed :]:
                listener.tell(happening)
        elif epoch is not None:
            listener.tell(Happening("reset", 0, 0, past.position))
        past.listeners.append(listener)
        self.listening += 1
        return listener

    def leave(self, listener: Listener) -> None:
        """The connection is gone."""
        listener.close()
        past = self._people.get(listener.user_id)
        if past is not None and listener in past.listeners:
            past.listeners.remove(listener)
            self.listening -= 1

    def end(self) -> None:
        """The process ends: every connection does, and goes on elsewhere."""
        for past in self._people.values():
            for listener in past.listeners:
                listener.close()

    def _make_room(self) -> None:
        """Forget who left longest ago; who listens stays."""
        for user_id in list(self._people)[: max(0, len(self._people) - PEOPLE_REMEMBERED)]:
            if not self._people[user_id].listeners:
                del self._people[user_id]
