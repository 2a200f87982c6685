"""One slot handed from a primary to another in the classic way, key by key, while both answer for it.

Meanwhile the old owner sends whoever asks for a key that it does not have to the new one (`ASK`). Servers without
atomic slot migration (Valkey before 9) know no other way. Source: Valkey documentation, "Valkey cluster
specification", "Live reconfiguration".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twitterlab.servers.valkey import Valkey
from twitterlab.servers.valkey_node import ask

KEYS_AT_ONCE, WITHIN_MS = 100, 5_000


class Handover:
    """Of `slot`, in three steps; in between the cluster works. `nodes` are all that must hear of it."""

    def __init__(self, slot: int, source: Valkey, target: Valkey, nodes: Sequence[Valkey], password: str) -> None:
        self._slot, self._source, self._target, self._nodes = slot, source, target, nodes
        self._password = password

    def begin(self) -> None:
        """New keys go to the target from now on."""
        self._set(self._target, "IMPORTING", self._name(self._source))
        self._set(self._source, "MIGRATING", self._name(self._target))

    def copy(self) -> None:
        """Every key that the source has."""
        with ask(self._source.port, self._password) as client:
            while keys := client.execute_command("CLUSTER", "GETKEYSINSLOT", self._slot, KEYS_AT_ONCE):
                place = ("127.0.0.1", self._target.port, "", 0, WITHIN_MS)
                client.execute_command("MIGRATE", *place, "AUTH", self._password, "KEYS", *keys)

    def finish(self) -> None:
        """The target has it; the target hears of it first."""
        name = self._name(self._target)
        for node in (self._target, *(node for node in self._nodes if node is not self._target)):
            self._set(node, "NODE", name)

    def _name(self, node: Valkey) -> str:
        with ask(node.port, self._password) as client:
            return str(client.execute_command("CLUSTER", "MYID"))

    def _set(self, node: Valkey, *how: Any) -> None:
        with ask(node.port, self._password) as client:
            client.execute_command("CLUSTER", "SETSLOT", self._slot, *how)
