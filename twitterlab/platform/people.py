"""Accounts, and who follows, blocks and mutes whom."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

from twitterlab.errors import Refused
from twitterlab.model.page import Page
from twitterlab.model.user import Profile, User
from twitterlab.parts.given import Clock
from twitterlab.parts.queue import Event
from twitterlab.platform import cursors
from twitterlab.platform import text as rules
from twitterlab.platform.client import MAX_PAGE
from twitterlab.platform.ids import Ids
from twitterlab.platform.timelines import HomeTimelines
from twitterlab.storage.stores import Stores

HANDLE = re.compile(r"[A-Za-z0-9_]{1,15}")
MAX_NAME = 50
MAX_BIO = 160
FRIENDS = 50
"""How many friends, and friends of each, a suggestion looks at."""
SEARCHED = 500
"""How deep the pages of a search for people go."""
Listing = Callable[[int, int, int], Awaitable[list[int]]]


class People:
    """Everything about accounts."""

    def __init__(self, stores: Stores, ids: Ids, clock: Clock, timelines: HomeTimelines) -> None:
        self._stores, self._ids, self._clock, self._timelines = stores, ids, clock, timelines

    async def sign_up(self, handle: str, name: str, bio: str = "") -> User:
        if not HANDLE.fullmatch(handle):
            raise Refused("a handle is 1 to 15 letters, digits or underscores")
        user = User(await self._ids.next(), handle, _name(name), self._clock.now_ms(), _bio(bio))
        await self._stores.users.add(user)
        return user

    async def update_profile(self, me: int, name: str, bio: str) -> User:
        old = await self.by_id(me)
        user = User(old.id, old.handle, _name(name), old.created_ms, _bio(bio))
        await self._stores.users.update(user)
        return user

    async def by_id(self, user_id: int) -> User:
        """The account; `Refused(kind="missing")` where there is none."""
        for user in await self._stores.users.many([user_id]):
            return user
        raise Refused(f"there is no user {user_id}", "missing")

    async def some(self, me: int, user_ids: Sequence[int]) -> list[User]:
        """At most a page of accounts by id; those that do not exist or block `me` are left out."""
        if len(user_ids) > MAX_PAGE:
            raise Refused(f"at most {MAX_PAGE} people at once")
        return await self._open_to(me, await self._stores.users.many(user_ids))

    async def found(self, me: int, text: str, cursor: str | None, limit: int) -> Page[User]:
        """A page of those whose handle or name starts so, the most followed first, without those that block `me`.
        A cursor is the last person shown: who is followed more or less since then may be missed or come twice."""
        cursors.check_limit(limit)
        start, last_id = text.removeprefix("@"), cursors.decode(cursor) if cursor is not None else None
        ranked = list(await self._stores.users.search(start, limit + 1 if last_id is None else SEARCHED))
        if last_id is not None:
            ids = [user.id for user in ranked]
            ranked = ranked[ids.index(last_id) + 1 :] if last_id in ids else []
        page = ranked[:limit]
        people = await self._open_to(me, page)
        return Page(tuple(people), cursors.encode(page[-1].id) if len(ranked) > limit else None)

    async def listed(self, me: int, ids: Listing, user_id: int, cursor: str | None, limit: int) -> Page[User]:
        """A page of who follows or is followed, without those that block `me`."""
        await self.refuse_blocked(me, user_id)
        above_id = cursors.decode(cursor) if cursor is not None else -1
        found = await ids(user_id, above_id, cursors.check_limit(limit))
        hidden = await self._stores.relations.hidden(me)
        people = await self._stores.users.many([found_id for found_id in found if found_id not in hidden])
        return Page(tuple(people), cursors.encode(found[-1]) if len(found) == limit else None)

    async def suggested(self, me: int, limit: int) -> list[User]:
        """Friends of friends, the most shared first; nobody for who follows nobody."""
        cursors.check_limit(limit)
        mine = await self._stores.follows.following(me, -1, FRIENDS)
        shared: Counter[int] = Counter()
        for friend in mine:
            shared.update(await self._stores.follows.following(friend, -1, FRIENDS))
        known = {me, *mine} | await self._stores.relations.hidden(me)
        likely = [user_id for user_id, _ in shared.most_common(limit + len(known)) if user_id not in known]
        followed = await self._stores.follows.among(me, likely)
        return list(await self._stores.users.many([user_id for user_id in likely if user_id not in followed][:limit]))

    async def profile(self, me: int, handle: str) -> Profile:
        """Also of somebody that `me` blocks, to unblock them; never of somebody that blocks `me`."""
        user = await self._stores.users.by_handle(handle.removeprefix("@"))
        if user is None:
            raise Refused(f"there is no @{handle.removeprefix('@')}", "missing")
        if not await self._open_to(me, [user]):
            raise Refused("one of you has blocked the other", "forbidden")
        return Profile(
            user,
            await self._stores.users.counts(user.id),
            is_followed=bool(await self._stores.follows.among(me, [user.id])),
            is_muted=user.id in await self._stores.relations.muted(me),
            is_blocked=user.id in await self._stores.relations.blocked(me),
        )

    async def follow(self, me: int, other_id: int) -> bool:
        await self.refuse_blocked(me, other_id)
        event = Event(await self._ids.next(), "followed", me, other_id)
        is_new = await self._stores.follows.follow(me, other_id, self._clock.now_ms(), event)
        if is_new:
            await self._timelines.forget([me])
        return is_new

    async def unfollow(self, me: int, other_id: int) -> bool:
        event = Event(await self._ids.next(), "unfollowed", me, other_id)
        was_there = await self._stores.follows.unfollow(me, other_id, event)
        if was_there:
            await self._timelines.forget([me])
        return was_there

    async def block(self, me: int, other_id: int) -> bool:
        """Neither follows the other any more."""
        await self._other(me, other_id)
        is_new = await self._stores.relations.block(me, other_id)
        await self.unfollow(me, other_id)
        await self.unfollow(other_id, me)
        return is_new

    async def unblock(self, me: int, other_id: int) -> bool:
        return await self._stores.relations.unblock(me, other_id)

    async def mute(self, me: int, other_id: int) -> bool:
        await self._other(me, other_id)
        return await self._stores.relations.mute(me, other_id)

    async def unmute(self, me: int, other_id: int) -> bool:
        return await self._stores.relations.unmute(me, other_id)

    async def refuse_blocked(self, me: int, other_id: int) -> None:
        """`Refused(kind="forbidden")` where either blocks the other."""
        if await self._stores.relations.blocks_either_way(me, other_id):
            raise Refused("one of you has blocked the other", "forbidden")

    async def _open_to(self, me: int, people: Sequence[User]) -> list[User]:
        """Those that do not block `me`."""
        hidden = await self._stores.relations.hidden(me)
        return [
            user for user in people if user.id not in hidden or me not in await self._stores.relations.blocked(user.id)
        ]

    async def _other(self, me: int, other_id: int) -> None:
        if me == other_id:
            raise Refused("that is yourself")
        await self.by_id(other_id)


def _name(name: str) -> str:
    name = name.strip()
    if rules.is_blank(name):
        raise Refused("a name has something to read")
    if not 1 <= len(name) <= MAX_NAME:
        raise Refused(f"a name is 1 to {MAX_NAME} characters")
    return name


def _bio(bio: str) -> str:
    if len(bio) > MAX_BIO:
        raise Refused(f"a bio is at most {MAX_BIO} characters")
    return bio
