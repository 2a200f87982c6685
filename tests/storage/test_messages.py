"""The contract of direct messages, clause by clause, on every engine."""

import asyncio

import pytest

from twitterlab.errors import Refused
from twitterlab.model.message import Conversation, DirectMessage

TOP = 2**63 - 1


def test_pages_conversations_and_marks(open_engine):
    async def story():
        stores = open_engine()
        messages = stores.messages
        try:
            sent = {
                id_: DirectMessage(id_, sender, recipient, f"text {id_}", id_)
                for id_, sender, recipient in ((1, 1, 2), (2, 2, 1), (3, 3, 1), (4, 2, 1), (5, 3, 2))
            }
            for message in sent.values():
                await messages.add(message)
            with pytest.raises(Refused) as refused:
                await messages.add(DirectMessage(5, 1, 2, "x", 0))
            assert refused.value.kind == "taken"
            assert await messages.page(1, 2, TOP, 2) == [sent[4], sent[2]]
            assert await messages.page(2, 1, 2, 9) == [sent[1]]
            assert await messages.page(1, 9, TOP, 9) == []
            assert await messages.conversations(1, TOP, 9) == [Conversation(2, sent[4], 2), Conversation(3, sent[3], 1)]
            assert await messages.conversations(1, 4, 9) == [Conversation(3, sent[3], 1)]
            await messages.read(1, 2, 2)
            await messages.read(1, 2, 1)
            assert await messages.conversations(1, TOP, 1) == [Conversation(2, sent[4], 1)]
            assert await messages.conversations(2, TOP, 9) == [Conversation(3, sent[5], 1), Conversation(1, sent[4], 1)]
        finally:
            await stores.close()

    asyncio.run(story())


def test_a_mark_before_the_first_message_is_no_conversation(open_engine):
    async def story():
        stores = open_engine()
        try:
            await stores.messages.read(1, 2, 5)
            assert await stores.messages.conversations(1, TOP, 9) == []
            await stores.messages.add(DirectMessage(4, 2, 1, "x", 0))
            assert (await stores.messages.conversations(1, TOP, 9))[0].unread == 0
        finally:
            await stores.close()

    asyncio.run(story())
