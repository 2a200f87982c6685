"""A Valkey Cluster of three primaries, each with a replica, formed without valkey-cli.

Source: Valkey documentation, "Cluster tutorial" and "Valkey cluster specification". Replication is asynchronous: an
acknowledged write can be lost in a failover.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from functools import partial
from typing import Any

from twitterlab.servers.process import free_port
from twitterlab.servers.service import Launch, Service
from twitterlab.servers.valkey import DURABLE, VALKEY
from twitterlab.servers.valkey_node import answering, ask, node
from twitterlab.servers.waiting import until

PRIMARIES, SLOTS = 3, 16_384
HOST = "127.0.0.1"
NODE_TIMEOUT_MS = 2_000
"""How long a node must be silent to count as gone: a failover begins then."""


def start(launch: Launch) -> str:
    """Six nodes, then the cluster of them. The URL is the first node's; clients find the others there."""
    password = secrets.token_hex(16)
    buses = [free_port() for _ in range(2 * PRIMARIES)]
    ports = [launch(f"node-{number}", _node(password, bus)) for number, bus in enumerate(buses, 1)]
    nodes = [ask(port, password) for port in ports]
    try:
        with answering("the cluster"):
            form(nodes, ports, buses)
    finally:
        for client in nodes:
            client.close()
    return f"redis://:{password}@{HOST}:{ports[0]}"


def _node(password: str, bus: int) -> Any:
    return node(password, {**DURABLE, **clustered(bus)})


def clustered(bus: int) -> dict[str, str]:
    """Settings of a node whose peers speak to it on the port `bus`."""
    return {
        "cluster-enabled": "yes",
        "cluster-port": str(bus),
        "cluster-node-timeout": str(NODE_TIMEOUT_MS),
        "repl-diskless-sync-delay": "0",
        "repl-ping-replica-period": "1",  # seconds; a copy of nothing makes no progress but by these
    }


def form(nodes: Sequence[Any], ports: Sequence[int], buses: Sequence[int], primaries: int = PRIMARIES) -> None:
    """Slots to the first `primaries`, everybody introduced, then the others made replicas of them."""
    for number, client in enumerate(nodes[:primaries]):
        first, last = number * SLOTS // primaries, (number + 1) * SLOTS // primaries - 1
        client.execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)
    for number, client in enumerate(nodes, 1):
        client.execute_command("CLUSTER", "SET-CONFIG-EPOCH", number)
    for port, bus in zip(ports[1:], buses[1:], strict=True):
        nodes[0].execute_command("CLUSTER", "MEET", HOST, port, bus)
    until(lambda: all(_info(client)["cluster_known_nodes"] == str(len(nodes)) for client in nodes), "nodes to meet")
    ids = [client.execute_command("CLUSTER", "MYID") for client in nodes]
    for client, primary in zip(nodes[primaries:], ids, strict=False):
        until(partial(_follows, client, primary), "a replica to know its primary")
    until(lambda: all(_info(client)["cluster_state"] == "ok" for client in nodes), "the cluster to be whole")
    if len(nodes) == primaries:
        return
    until(lambda: all(_is_linked(client) for client in nodes[primaries:]), "replicas to hold a copy")
    until(lambda: all(_has_copies(client) for client in nodes), "everybody to hear of the copies")


def meet_again(nodes: Sequence[Any], ports: Sequence[int], buses: Sequence[int]) -> None:
    """Nodes that know each other by name, on other ports than they remember."""
    for client in nodes:
        for port, bus in zip(ports, buses, strict=True):
            client.execute_command("CLUSTER", "MEET", HOST, port, bus)
    until(lambda: all(_info(client)["cluster_state"] == "ok" for client in nodes), "the cluster to be whole")
    until(lambda: all(_has_copies(client) for client in nodes), "everybody to hear of the copies")


def _follows(client: Any, primary: str) -> bool:
    from redis import ResponseError

    try:
        client.execute_command("CLUSTER", "REPLICATE", primary)
    except ResponseError as error:  # "Unknown node": the news of it has not come round yet
        if "Unknown node" not in str(error):
            raise
        return False
    return True


def _info(client: Any) -> dict[str, str]:
    found: dict[str, str] = client.execute_command("CLUSTER INFO")
    return found


def _has_copies(client: Any) -> bool:
    """Whether this node names a replica for every slot. It leaves out those whose progress it has not heard of."""
    slots: list[list[Any]] = client.execute_command("CLUSTER SLOTS")
    return all(len(one) > len(("first slot", "last slot", "primary")) for one in slots)


def _is_linked(client: Any) -> bool:
    return bool(client.info("replication").get("master_link_status") == "up")


SERVICE = Service("valkey-cluster", "a Valkey Cluster, three primaries with a replica each", (VALKEY,), start)
