"""The link over which a Valkey replica follows its primary: broken as by a network, mended, waited for."""

from __future__ import annotations

from twitterlab.servers.valkey import Valkey
from twitterlab.servers.valkey_node import ask


def cut(primary: Valkey, replica: Valkey, password: str) -> None:
    """The replica loses its link and cannot get a new one."""
    with ask(replica.port, password) as client:
        client.config_set("masterauth", "wrong")
    with ask(primary.port, password) as client:
        client.execute_command("CLIENT", "KILL", "TYPE", "replica")


def mend(node: Valkey, password: str) -> None:
    """A node that is gone is started again, and may follow."""
    if not node.is_running:
        node.start()
    with ask(node.port, password) as client:
        client.config_set("masterauth", password)


def follows(primary: Valkey, password: str) -> bool:
    """Whether a replica has everything that `primary` has."""
    with ask(primary.port, password) as client:
        found = client.info("replication")
    return any(
        found.get(f"slave{number}", {}).get("state") == "online" for number in range(int(found["connected_slaves"]))
    )
