"""The contract of credentials, clause by clause, on every engine."""

import asyncio

import pytest

from twitterlab.errors import Refused


def on(open_engine, story):
    async def main():
        stores = open_engine()
        try:
            await story(stores.credentials)
        finally:
            await stores.close()

    asyncio.run(main())


def test_a_password_is_replaced(open_engine):
    async def story(credentials):
        assert await credentials.password(1) is None
        await credentials.set_password(1, "old")
        await credentials.set_password(1, "new")
        assert (await credentials.password(1), await credentials.password(2)) == ("new", None)

    on(open_engine, story)


def test_a_session_lasts_until_it_expires(open_engine):
    async def story(credentials):
        await credentials.open_session(b"a" * 32, 7, 1_000)
        assert await credentials.session(b"a" * 32, 999) == 7
        assert await credentials.session(b"a" * 32, 1_000) is None
        assert await credentials.session(b"b" * 32, 0) is None

    on(open_engine, story)


def test_a_closed_session_never_comes_back(open_engine):
    async def story(credentials):
        for number, user_id in ((1, 7), (2, 7), (3, 8)):
            await credentials.open_session(bytes([number]) * 32, user_id, 1_000)
        await credentials.close_session(bytes([1]) * 32)
        await credentials.close_session(bytes([1]) * 32)
        assert [await credentials.session(bytes([n]) * 32, 0) for n in (1, 2, 3)] == [None, 7, 8]
        await credentials.close_all(7)
        assert [await credentials.session(bytes([n]) * 32, 0) for n in (2, 3)] == [None, 8]

    on(open_engine, story)


def test_a_digest_opens_one_session(open_engine):
    async def story(credentials):
        await credentials.open_session(b"a" * 32, 7, 1_000)
        with pytest.raises(Refused) as refused:
            await credentials.open_session(b"a" * 32, 8, 1_000)
        assert refused.value.kind == "taken"
        assert await credentials.session(b"a" * 32, 0) == 7

    on(open_engine, story)


def test_expired_sessions_are_forgotten_and_counted(open_engine):
    async def story(credentials):
        await credentials.open_session(b"a" * 32, 7, 1_000)
        await credentials.open_session(b"b" * 32, 7, 2_000)
        assert await credentials.forget_expired(1_000) == 1
        assert await credentials.session(b"b" * 32, 1_000) == 7

    on(open_engine, story)
