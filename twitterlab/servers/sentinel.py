"""A Valkey primary, its replica, and three Sentinels that fail over when two of them miss the primary.

Source: Valkey documentation, "High availability with Sentinel". Replication is asynchronous: an acknowledged write
can be lost in a failover.
"""

from __future__ import annotations

import secrets
from functools import partial
from typing import Any

from twitterlab.servers.service import Launch, Service
from twitterlab.servers.valkey import DURABLE, VALKEY
from twitterlab.servers.valkey_node import answering, ask, node
from twitterlab.servers.waiting import until

NAME, SENTINELS, QUORUM = "main", 3, 2
HOST = "127.0.0.1"
DOWN_AFTER_MS, FAILOVER_WITHIN_MS = 1_000, 5_000


def start(launch: Launch) -> str:
    """The URL names the Sentinels, and the primary by the name they watch it under."""
    password = secrets.token_hex(16)
    primary = launch("primary", node(password, DURABLE))
    follows = {"replicaof": f"{HOST} {primary}", "repl-diskless-sync-delay": "0"}
    launch("replica", node(password, {**DURABLE, **follows}))
    watches = node(password, watch(password, primary), "--sentinel")
    ports = [launch(f"sentinel-{number}", watches) for number in range(1, SENTINELS + 1)]
    for port in ports:
        with answering("a Sentinel"), ask(port, password) as client:
            until(partial(knows_all, client), "the Sentinels to know each other and the replica")
    return f"redis+sentinel://:{password}@{','.join(f'{HOST}:{port}' for port in ports)}/{NAME}"


def watch(password: str, primary: int) -> dict[str, str]:
    """Settings of a Sentinel."""
    return {
        "sentinel monitor": f"{NAME} {HOST} {primary} {QUORUM}",
        "sentinel auth-pass": f"{NAME} {password}",
        "sentinel sentinel-pass": password,
        "sentinel down-after-milliseconds": f"{NAME} {DOWN_AFTER_MS}",
        "sentinel failover-timeout": f"{NAME} {FAILOVER_WITHIN_MS}",
    }


def knows_all(client: Any) -> bool:
    """Whether a Sentinel has heard of the others and of the replica."""
    watched = client.sentinel_master(NAME)
    return bool(watched["num-slaves"] == 1 and watched["num-other-sentinels"] == SENTINELS - 1)


SERVICE = Service("sentinel", "a Valkey primary, its replica and three Sentinels", (VALKEY,), start)
