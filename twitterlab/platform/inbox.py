"""Notifications and direct messages."""

from __future__ import annotations

from twitterlab.errors import Refused
from twitterlab.model.message import Conversation, DirectMessage, Notification
from twitterlab.model.page import Page
from twitterlab.parts.given import Clock
from twitterlab.platform import cursors
from twitterlab.platform.feed import Feed
from twitterlab.platform.ids import Ids
from twitterlab.platform.people import People
from twitterlab.storage.stores import Stores

MAX_MESSAGE = 10_000


class Inbox:
    """What is addressed to one person."""

    def __init__(self, stores: Stores, ids: Ids, clock: Clock, people: People, feed: Feed) -> None:
        self._stores, self._ids, self._clock, self._people, self._feed = stores, ids, clock, people, feed

    async def notifications(self, me: int, cursor: str | None, limit: int) -> Page[Notification]:
        found = await self._stores.notifications.page(me, cursors.decode(cursor), cursors.check_limit(limit))
        hidden = await self._stores.relations.hidden(me)
        shown = tuple(notification for notification in found if notification.actor_id not in hidden)
        return Page(shown, cursors.encode(found[-1].id) if len(found) == limit else None)

    async def send(self, me: int, other_id: int, text: str) -> DirectMessage:
        if not 1 <= len(text.strip()) <= MAX_MESSAGE:
            raise Refused(f"a message is 1 to {MAX_MESSAGE} characters")
        await self._people.by_id(other_id)
        await self._people.refuse_blocked(me, other_id)
        message = DirectMessage(await self._ids.next(), me, other_id, text, self._clock.now_ms())
        await self._stores.messages.add(message)
        self._feed.tell(dict.fromkeys((other_id, me)), "message", message.id, me)
        return message

    async def conversations(self, me: int, cursor: str | None, limit: int) -> Page[Conversation]:
        found = await self._stores.messages.conversations(me, cursors.decode(cursor), cursors.check_limit(limit))
        return Page(tuple(found), cursors.encode(found[-1].last.id) if len(found) == limit else None)

    async def messages(self, me: int, other_id: int, cursor: str | None, limit: int) -> Page[DirectMessage]:
        found = await self._stores.messages.page(me, other_id, cursors.decode(cursor), cursors.check_limit(limit))
        if cursor is None and found:
            await self._stores.messages.read(me, other_id, found[0].id)
        return Page(tuple(found), cursors.encode(found[-1].id) if len(found) == limit else None)
