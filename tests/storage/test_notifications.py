"""The contract of notifications, clause by clause, on every engine."""

import asyncio

from twitterlab.model.message import Notification


def test_a_repeated_event_notifies_once_and_the_mark_never_moves_back(open_engine):
    async def story():
        stores = open_engine()
        notifications = stores.notifications
        try:
            given = [Notification(id_, 1, "like", 2, None if id_ % 2 else 7, id_) for id_ in (1, 2, 3, 4)]
            await notifications.add([*given, Notification(2, 2, "follow", 1, None, 0)])
            await notifications.add(given[1:3])
            await notifications.add([])
            assert await notifications.page(1, 4, 2) == [given[2], given[1]]
            assert await notifications.page(2, 9, 9) == [Notification(2, 2, "follow", 1, None, 0)]
            assert await notifications.unread(1) == 4
            await notifications.read(1, 3)
            await notifications.read(1, 1)
            assert await notifications.unread(1) == 1
            assert await notifications.unread(2) == 1
        finally:
            await stores.close()

    asyncio.run(story())
