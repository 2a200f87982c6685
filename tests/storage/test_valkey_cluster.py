"""A cluster behind the words of one server: order, transactions, and slots that move meanwhile."""

from __future__ import annotations

import asyncio

import pytest
from redis import ConnectionError, RedisError, WatchError

from twitterlab.storage.cluster_pipelines import keys_of, slot_of
from twitterlab.storage.redis_servers import cluster_client


@pytest.mark.parametrize(
    ("command", "keys"),
    [
        (("GET", "a"), ["a"]),
        (("DEL", "a", "b"), ["a", "b"]),
        (("EVALSHA", "sha", 2, "a", "b", "argument"), ["a", "b"]),
        (("XREADGROUP", "GROUP", "g", "c", "COUNT", 1, b"STREAMS", "a", ">"), ["a"]),
        (("XINFO GROUPS", "a"), ["a"]),
        (("XGROUP CREATE", "a", "g", "0", b"MKSTREAM"), ["a"]),
        (("PING",), []),
    ],
)
def test_the_keys_of_a_command(command, keys):
    assert keys_of(command) == keys


def test_what_shares_a_hash_tag_shares_a_slot():
    assert slot_of("{events}:tries") == slot_of(b"{events}") != slot_of("{other}:tries")


@pytest.fixture
def told(valkey_cluster):
    """Runs a story with a client of an empty cluster."""
    valkey_cluster.flush()

    def run(story):
        async def main():
            client = cluster_client(valkey_cluster)
            try:
                await story(client)
            finally:
                await client.aclose()

        asyncio.run(main())

    return run


@pytest.mark.slow
def test_a_batch_over_all_nodes_answers_in_the_order_of_its_commands(told):
    async def story(client):
        pipe = client.pipeline(transaction=False)
        for number in range(100):
            pipe.set(f"key{number}", number)
        for number in range(100):
            pipe.get(f"key{number}")
        pipe.delete(*(f"key{number}" for number in range(50)), "nothing")
        answers = await pipe.execute()
        assert answers[:100] == [True] * 100
        assert answers[100:200] == [str(number).encode() for number in range(100)]
        assert answers[200:] == [50]
        assert await client.exists(*(f"key{number}" for number in range(100))) == 50

    told(story)


@pytest.mark.slow
def test_a_transaction_sees_what_it_watches_change(told):
    async def story(client):
        async with client.pipeline(transaction=True) as pipe:
            await pipe.watch("{a}")
            assert await pipe.get("{a}") is None
            await client.set("{a}", 1)
            pipe.multi()
            pipe.set("{a}:b", 2)
            with pytest.raises(WatchError):
                await pipe.execute()
        assert await client.get("{a}:b") is None

    told(story)


@pytest.mark.slow
def test_a_transaction_over_two_slots_is_refused_whole(told):
    async def story(client):
        pipe = client.pipeline(transaction=True)
        pipe.set("a", 1)
        pipe.set("b", 2)
        with pytest.raises(RedisError):
            await pipe.execute()
        assert await client.exists("a", "b") == 0

    told(story)


@pytest.mark.slow
def test_while_slots_move_every_acknowledged_write_counts_once(told, valkey_cluster):
    acknowledged = dict.fromkeys(range(24), 0)

    async def story(client):
        stop = asyncio.Event()

        async def write(number):
            while not stop.is_set():
                pipe = client.pipeline(transaction=number % 2 == 0)
                pipe.incr(f"{{events}}:{number}" if number % 3 == 0 else f"key{number}")
                await pipe.execute()
                acknowledged[number] += 1

        writers = [asyncio.ensure_future(write(number)) for number in acknowledged]
        for _ in range(3):
            assert await asyncio.to_thread(valkey_cluster.move) > 0
        stop.set()
        await asyncio.gather(*writers)
        for number, count in acknowledged.items():
            assert int(await client.get(f"{{events}}:{number}" if number % 3 == 0 else f"key{number}")) == count

    told(story)
    assert min(acknowledged.values()) > 0


@pytest.mark.slow
def test_while_a_slot_is_handed_over_key_by_key_both_nodes_answer_for_it(told, valkey_cluster):
    async def write(client, name):
        await client.set(f"{{events}}:{name}:single", 1)
        for kind in (True, False):
            pipe = client.pipeline(transaction=kind)
            pipe.set(f"{{events}}:{name}:{kind}", 1)
            assert await pipe.execute() == [True]

    async def story(client):
        await write(client, "before")
        step = valkey_cluster.handover(slot_of("{events}"))
        for during in ("begin", "copy", "finish"):
            await asyncio.to_thread(getattr(step, during))
            await write(client, during)
            await write(client, "before")
        names = [
            f"{{events}}:{name}:{what}" for name in ("before", "begin", "copy", "finish") for what in ("single", True)
        ]
        assert await client.exists(*names) == len(names)

    told(story)


@pytest.mark.slow
def test_without_atomic_migration_slots_move_one_by_one(told, valkey_cluster, monkeypatch):
    monkeypatch.setattr(type(valkey_cluster), "_moved_at_once", lambda *arguments: False)

    async def story(client):
        before = valkey_cluster.owner(slot_of("{events}"))
        await client.set("{events}", 1)
        assert await asyncio.to_thread(valkey_cluster.move) > 0
        assert valkey_cluster.owner(slot_of("{events}")) is not before
        assert await client.get("{events}") == b"1"

    told(story)


@pytest.mark.slow
def test_a_connection_closed_before_a_command_is_written_is_a_lost_connection(told):
    async def story(client):
        await client.set("a", 1)
        for node in client.get_nodes():
            connection = node.acquire_connection()
            await connection.connect()
            await connection.disconnect(nowait=True)  # as redis-py does with all of a node's when one fails
            with pytest.raises(ConnectionError):
                await connection._send_packed_command([b"PING"])

    told(story)
