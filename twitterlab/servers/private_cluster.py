"""A private Valkey Cluster: three primaries and three replicas that end with us, and can be broken one by one.

`cut` breaks the link over which a replica follows, as a network does; `kill` is a `kill -9`; `move` gives slots to
another primary. Source: Valkey documentation, "Valkey cluster specification", "Atomic slot migration".
"""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from redis.crc import key_slot

from twitterlab.servers.handover import Handover
from twitterlab.servers.links import cut, mend
from twitterlab.servers.process import free_port
from twitterlab.servers.valkey import Valkey
from twitterlab.servers.valkey_cluster import HOST, PRIMARIES, clustered, form, meet_again
from twitterlab.servers.valkey_node import answering, ask
from twitterlab.servers.waiting import until

QUICK: Mapping[str, str] = {"appendonly": "yes", "appendfsync": "everysec", "save": '""'}
"""A reply means: in memory, on disk within about a second (Valkey documentation, "Persistence"). The log is mostly handed
to the operating system before the reply, but not while a sync is under way."""
BUSIEST = key_slot(b"{events}")
"""Where the event log is."""
SELDOM_S = 0.02
"""How often to ask a cluster that is at work: asking is work too."""
RUNS_ON: Mapping[str, str] = {"cluster-require-full-coverage": "no"}
"""The other primaries go on while one is gone."""


class PrivateCluster:
    """`Replicated`: six servers in folders below `folder`, or so many `primaries`, each with a replica or none. `nodes`
    are the primaries, then their replicas, as they were made, then who joined later."""

    def __init__(
        self,
        folder: Path,
        settings: Mapping[str, str] = QUICK,
        is_temporary: bool = False,
        primaries: int = PRIMARIES,
        has_replicas: bool = True,
    ) -> None:
        self.password = secrets.token_hex(16)
        self._folder, self._settings, self._is_temporary, self._primaries = folder, settings, is_temporary, primaries
        self._buses: list[int] = []
        self.nodes: list[Valkey] = []
        for _ in range(primaries * (1 + has_replicas)):
            self._make()

    def _make(self) -> Valkey:
        bus = free_port()
        place = self._folder / f"node-{len(self.nodes) + 1}"
        place.mkdir(parents=True, exist_ok=True)
        more = {**clustered(bus), **RUNS_ON, "masterauth": self.password, **self._settings}
        node = Valkey(place, more, is_temporary=self._is_temporary, password=self.password)
        self._buses.append(bus)
        self.nodes.append(node)
        return node

    @property
    def port(self) -> int:
        """Of a node that runs: it knows the others."""
        return next(node.port for node in self.nodes if node.is_running)

    def start(self) -> None:
        """Six servers, then the cluster of them, or the one that their folders hold. StartFailed."""
        is_new = not any((node.folder / "nodes.conf").exists() for node in self.nodes)
        with ThreadPoolExecutor(len(self.nodes)) as pool:
            list(pool.map(Valkey.start, self.nodes))
        with ExitStack() as opened:
            clients = [opened.enter_context(ask(node.port, self.password)) for node in self.nodes]
            with answering("the cluster"):
                ports = [node.port for node in self.nodes]
                if is_new:
                    form(clients, ports, self._buses, self._primaries)
                else:
                    meet_again(clients, ports, self._buses)

    def stop(self) -> None:
        """End them all."""
        with ThreadPoolExecutor(len(self.nodes)) as pool:
            list(pool.map(Valkey.stop, self.nodes))

    def label(self) -> str:
        """`valkey-cluster 9.1.2`."""
        return self.nodes[0].label().replace("valkey", "valkey-cluster")

    def flush(self) -> None:
        """Forget everything."""
        for node in self.nodes:
            with _suppress_read_only(), ask(node.port, self.password) as client:
                client.flushall()

    def owner(self, slot: int, witness: Valkey | None = None) -> Valkey:
        """The primary that has `slot` by the word of `witness`, or of the first node that runs."""
        for first, last, primary, *_ in self._slots(witness):
            if first <= slot <= last:
                return self._at(primary)
        raise LookupError(f"no node has slot {slot}")

    def primaries(self) -> list[Valkey]:
        """Who has slots."""
        return list(dict.fromkeys(self._at(one[2]) for one in self._slots()))

    def replica(self, slot: int) -> Valkey:
        """The first replica of it."""
        for first, last, _, *replicas in self._slots():
            if first <= slot <= last and replicas:
                return self._at(replicas[0])
        raise LookupError(f"no replica has a copy of slot {slot}")

    def lag(self) -> None:
        """Law 1 of `Replicated`: the pair of the event log."""
        self.cut(BUSIEST)

    def fail(self) -> None:
        """Law 2."""
        self.owner(BUSIEST).kill()

    def move(self) -> int:
        """Law 4: half of what the busiest primary has, the event log with it."""
        first, last = self.migrate(BUSIEST)
        return last + 1 - first

    def cut(self, slot: int) -> None:
        """Break the link between the primary that has `slot` and its replica, which does not come back."""
        cut(self.owner(slot), self.replica(slot), self.password)

    def heal(self) -> None:
        """Law 3."""
        for node in self.nodes:
            mend(node, self.password)
        until(self.is_whole, "every slot to have a replica")

    def migrate(self, slot: int) -> tuple[int, int]:
        """Give the range of slots around `slot`, half of what its primary has, to another primary. The first and the
        last slot of it."""
        source = self.owner(slot)
        first, last = next((one[0], one[1]) for one in self._slots() if one[0] <= slot <= one[1])
        middle = (first + last) // 2
        first, last = (first, middle) if slot <= middle else (middle + 1, last)
        self.give(first, last, self._another(source))
        return first, last

    def give(self, first: int, last: int, target: Valkey) -> None:
        """The slots `first` to `last`, which one primary has, to `target`. Return once every primary says so."""
        source = self.owner(first)
        if not self._moved_at_once(source, target, first, last):
            for one in range(first, last + 1):
                step = self.handover(one, target)
                step.begin()
                step.copy()
                step.finish()
        for node in {*self.primaries(), source, target}:
            until(partial(self._has, target, first, node), "slots to move", SELDOM_S)

    def join(self) -> Valkey:
        """One more node, without slots. Return once everybody knows it and it knows everybody. StartFailed."""
        node = self._make()
        node.start()
        everybody = [one for one in self.nodes if one.is_running]
        with answering("the joining node"), ask(self.nodes[0].port, self.password) as client:
            client.execute_command("CLUSTER", "MEET", HOST, node.port, self._buses[-1])
        for one in everybody:
            until(partial(self._knows, one, len(everybody)), "the node to be known", SELDOM_S)
        return node

    def ranges(self, primary: Valkey) -> list[tuple[int, int]]:
        """The slots that `primary` has: first and last of each range."""
        return [(one[0], one[1]) for one in self._slots() if self._at(one[2]) is primary]

    def handover(self, slot: int, target: Valkey | None = None) -> Handover:
        """The classic way for one slot, step by step."""
        source = self.owner(slot)
        return Handover(slot, source, target or self._another(source), self.primaries(), self.password)

    def _moved_at_once(self, source: Valkey, target: Valkey, first: int, last: int) -> bool:
        """By atomic slot migration. False where the server does not know it."""
        from redis import ResponseError

        with ask(target.port, self.password) as client:
            name = client.execute_command("CLUSTER", "MYID")
        with ask(source.port, self.password) as client:
            try:
                client.execute_command("CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", first, last, "NODE", name)
            except ResponseError as error:
                if "unknown subcommand" not in str(error).lower():
                    raise
                return False
        return True

    def _another(self, primary: Valkey) -> Valkey:
        return next(one for one in self.primaries() if one is not primary)

    def is_whole(self) -> bool:
        """Whether every node runs and takes commands, and there are a primary and a replica for every slot."""
        return all(map(self._works, self.nodes)) and all(len(one) > 3 for one in self._slots())

    def _works(self, node: Valkey) -> bool:
        if not node.is_running:
            return False
        with ask(node.port, self.password) as client:
            return bool(client.execute_command("CLUSTER INFO")["cluster_state"] == "ok")

    def _has(self, node: Valkey, slot: int, witness: Valkey) -> bool:
        return any(first <= slot <= last and self._at(one) is node for first, last, one, *_ in self._slots(witness))

    def _knows(self, node: Valkey, count: int) -> bool:
        with ask(node.port, self.password) as client:
            info: dict[str, str] = client.execute_command("CLUSTER INFO")
        return info["cluster_known_nodes"] == str(count) and info["cluster_state"] == "ok"

    def _slots(self, witness: Valkey | None = None) -> list[list[Any]]:
        with ask(self.port if witness is None else witness.port, self.password) as client:
            found: list[list[Any]] = client.execute_command("CLUSTER", "SLOTS")
        return found

    def _at(self, place: Any) -> Valkey:
        return next(node for node in self.nodes if node.port == int(place[1]))


@contextmanager
def _suppress_read_only() -> Iterator[None]:
    """A replica empties itself when its primary does."""
    from redis.exceptions import ReadOnlyError

    with suppress(ReadOnlyError):
        yield


@contextmanager
def open(
    folder: Path | None = None,
    settings: Mapping[str, str] = QUICK,
    primaries: int = PRIMARIES,
    has_replicas: bool = True,
) -> Iterator[PrivateCluster]:
    """A started cluster, stopped at the end; without `folder` its data goes with it. BadInput when the program is
    missing."""
    with tempfile.TemporaryDirectory(prefix="twitterlab-cluster-") as temporary:
        cluster = PrivateCluster(folder or Path(temporary), settings, folder is None, primaries, has_replicas)
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.stop()
