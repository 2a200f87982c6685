"""The ports of the engine `arrays`, opened together over one state."""

from __future__ import annotations

from twitterlab.storage.arrays.state import ArrayState
from twitterlab.storage.arrays.timelines import ArrayTimelines
from twitterlab.storage.arrays.tweets import ArrayTweets
from twitterlab.storage.credentials.memory import MemoryCredentials
from twitterlab.storage.follows.memory import MemoryFollows
from twitterlab.storage.media.memory import MemoryMedia
from twitterlab.storage.messages.memory import MemoryMessages
from twitterlab.storage.notifications.memory import MemoryNotifications
from twitterlab.storage.outbox.memory import MemoryOutbox
from twitterlab.storage.relations.memory import MemoryRelations
from twitterlab.storage.search.memory import MemorySearch
from twitterlab.storage.stores import Stores
from twitterlab.storage.users.memory import MemoryUsers


def array_stores(state: ArrayState | None = None) -> Stores:
    """All ports over a state; an empty one if left out."""
    state = ArrayState() if state is None else state
    return Stores(
        users=MemoryUsers(state),
        tweets=ArrayTweets(state),
        follows=MemoryFollows(state),
        relations=MemoryRelations(state),
        notifications=MemoryNotifications(state),
        messages=MemoryMessages(state),
        search=MemorySearch(),
        timelines=ArrayTimelines(state.accounts, state.rows),
        outbox=MemoryOutbox(state),
        credentials=MemoryCredentials(),
        media=MemoryMedia(),
        engine="arrays",
    )
