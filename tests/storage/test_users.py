"""The contract of accounts, clause by clause, on every engine."""

import asyncio

import pytest

from twitterlab.errors import Refused
from twitterlab.model.user import User


def run(open_engine, story):
    async def opened():
        stores = open_engine()
        try:
            await story(stores)
        finally:
            await stores.close()

    asyncio.run(opened())


def test_id_and_handle_are_taken_once_whatever_the_case(open_engine):
    async def story(stores):
        ada = User(1, "Ada", "Ada L.", 5, "counts")
        await stores.users.add(ada)
        for other in (User(1, "eve", "Eve", 0), User(2, "aDA", "Eve", 0)):
            with pytest.raises(Refused) as refused:
                await stores.users.add(other)
            assert refused.value.kind == "taken"
        assert await stores.users.by_handle("ADA") == ada
        assert await stores.users.by_handle("eve") is None

    run(open_engine, story)


def test_many_answers_in_the_order_asked_repeats_included(open_engine):
    async def story(stores):
        for id_ in (1, 2):
            await stores.users.add(User(id_, f"user{id_}", "x", 0))
        assert [user.id for user in await stores.users.many([2, 9, 1, 2])] == [2, 1, 2]

    run(open_engine, story)


def test_search_finds_starts_of_handles_and_names_most_followed_first(open_engine):
    async def story(stores):
        names = {1: ("ann", "Zoë"), 2: ("bob", "ANNA"), 3: ("anton", "T"), 4: ("zed", "Joann"), 5: ("élan", "Él_%")}
        for id_, (handle, name) in names.items():
            await stores.users.add(User(id_, handle, name, 0))
        await stores.follows.follow(1, 2, 0)
        assert [user.id for user in await stores.users.search("An", 9)] == [2, 1, 3]
        assert [user.id for user in await stores.users.search("an", 2)] == [2, 1]
        assert [user.id for user in await stores.users.search("ÉL", 9)] == [5]
        assert await stores.users.search("%", 9) == []

    run(open_engine, story)


def test_update_changes_name_and_bio(open_engine):
    async def story(stores):
        await stores.users.add(User(1, "ada", "Ada", 5))
        await stores.users.update(User(1, "eve", "Lady", 9, "bio"))
        assert await stores.users.many([1]) == [User(1, "ada", "Lady", 5, "bio")]
        with pytest.raises(Refused) as refused:
            await stores.users.update(User(2, "eve", "Eve", 0))
        assert refused.value.kind == "missing"

    run(open_engine, story)
