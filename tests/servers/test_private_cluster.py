"""A private Valkey Cluster of any size, which a node joins."""

from __future__ import annotations

import pytest

from twitterlab.servers import private_cluster, valkey
from twitterlab.servers.valkey_node import ask

pytestmark = pytest.mark.slow


@pytest.fixture
def four():
    if valkey.VALKEY.find() is None:
        pytest.skip(f"{valkey.VALKEY.why_not()}. {valkey.VALKEY.get_it}")
    with private_cluster.open(settings=valkey.VOLATILE, primaries=4, has_replicas=False) as cluster:
        yield cluster


def test_a_node_joins_and_is_given_slots_with_their_keys(four):
    source = four.owner(0)
    (first, last), *_ = four.ranges(source)
    with ask(source.port, four.password) as client:
        client.set("{06S}", "in slot 0")
        assert client.execute_command("CLUSTER", "KEYSLOT", "{06S}") == first == 0

    joined = four.join()
    assert joined not in four.primaries()
    four.give(0, 99, joined)

    assert len(four.primaries()) == 5
    assert four.ranges(joined) == [(0, 99)]
    assert four.ranges(source) == [(100, last)]
    with ask(joined.port, four.password) as client:
        assert client.get("{06S}") == "in slot 0"
    with ask(source.port, four.password) as client:
        assert client.dbsize() == 0
