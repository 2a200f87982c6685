"""The contract of blocks and mutes, clause by clause, on every engine."""

import asyncio


def test_setting_twice_or_clearing_nothing_says_false(open_engine):
    async def story():
        stores = open_engine()
        relations = stores.relations
        try:
            for put, clear in ((relations.block, relations.unblock), (relations.mute, relations.unmute)):
                assert not await clear(1, 2)
                assert await put(1, 2)
                assert not await put(1, 2)
                assert await clear(1, 2)
                assert not await clear(1, 2)
        finally:
            await stores.close()

    asyncio.run(story())


def test_hidden_are_the_muted_the_blocked_and_the_blocking(open_engine):
    async def story():
        stores = open_engine()
        relations = stores.relations
        try:
            await relations.mute(1, 2)
            await relations.block(1, 3)
            await relations.block(4, 1)
            await relations.mute(5, 1)
            assert await relations.hidden(1) == {2, 3, 4}
            assert await relations.hidden(4) == {1}
            assert await relations.hidden(2) == frozenset()
            assert await relations.blocked(1) == {3}
            assert await relations.muted(1) == {2}
            assert await relations.blocks_either_way(1, 4)
            assert await relations.blocks_either_way(4, 1)
            assert not await relations.blocks_either_way(1, 2)
        finally:
            await stores.close()

    asyncio.run(story())
