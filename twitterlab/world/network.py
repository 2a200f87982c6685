"""The network of a simulation: who has an address, and the links between any two of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from twitterlab.errors import BadInput
from twitterlab.parts.given import Chance
from twitterlab.world.kernel import Kernel
from twitterlab.world.links import Endpoint, Impairment, Link, Receive
from twitterlab.world.places import LOOPBACK, Geography, Place
from twitterlab.world.samplers import Sampler
from twitterlab.world.trace import Trace


class Network:
    """Links between all endpoints, opened at first use. `chance(stream)` gives each link its own streams."""

    def __init__(
        self,
        kernel: Kernel,
        chance: Callable[[str], Chance],
        geography: Geography | None = None,
        bandwidth_mbit_s: float | None = None,
        trace: Trace | None = None,
    ) -> None:
        self._kernel, self._chance, self._trace = kernel, chance, trace
        self.geography = geography or Geography()
        self.bandwidth_mbit_s = bandwidth_mbit_s
        self.endpoints: dict[str, Endpoint] = {}
        self._latencies: dict[tuple[str, str], Sampler] = {}
        self._links: dict[tuple[str, str], Link] = {}

    def attach(self, name: str, place: Place, receive: Receive) -> None:
        """Give `name` an address. BadInput for a name that is taken."""
        if name in self.endpoints:
            raise BadInput(f"two nodes are called {name!r}", "Give one of them another name")
        self.endpoints[name] = Endpoint(name, place, receive)

    def set_latency(self, source: str, target: str, latency: Sampler) -> None:
        """Give one direction a latency of its own, before its first message."""
        if (source, target) in self._links:
            raise BadInput(f"{source} has already sent to {target}", "Set the latency before the first message")
        self._latencies[source, target] = latency

    def carry(
        self, source: str, target: str, frame: Any, size_bytes: int = 0, what: str = "", request: int = 0
    ) -> None:
        """Deliver `frame` some time later, if at all. `what` and `request` are for the trace."""
        link = self._links.get((source, target)) or self._open(source, target)
        link.carry(frame, size_bytes, what, request)

    def link(self, source: str, target: str) -> Link:
        """The one direction from `source` to `target`. BadInput for a name that has no address."""
        return self._links.get((source, target)) or self._open(source, target)

    def opened(self, source: str, target: str) -> Link | None:
        """The one direction from `source` to `target`, if anything has used it yet."""
        return self._links.get((source, target))

    @property
    def carried(self) -> int:
        """Frames that were sent."""
        return sum(link.carried for link in self._links.values())

    @property
    def lost(self) -> int:
        """Frames that the network lost, to faults or partitions."""
        return sum(link.lost for link in self._links.values())

    def impair(self, pairs: Iterable[tuple[str, str]], impairment: Impairment) -> Callable[[], None]:
        """Make these directions worse; the answer takes that back."""
        mends = [self.link(source, target).impair(impairment) for source, target in pairs]

        def mend() -> None:
            for each in mends:
                each()

        return mend

    def _open(self, source: str, target: str) -> Link:
        ends = (self._endpoint(source), self._endpoint(target))
        latency = self._latencies.get((source, target)) or self._usual_latency(*ends)
        draw = latency.stream(self._chance(f"latency/{source}/{target}"))
        chance = self._chance(f"link/{source}/{target}")
        link = Link(self._kernel, ends, draw, chance, self.bandwidth_mbit_s, self._trace)
        self._links[source, target] = link
        return link

    def _usual_latency(self, source: Endpoint, target: Endpoint) -> Sampler:
        return LOOPBACK if source is target else self.geography.latency(source.place, target.place)

    def _endpoint(self, name: str) -> Endpoint:
        found = self.endpoints.get(name)
        if found is None:
            raise BadInput(f"no node is called {name!r}", f"There are: {', '.join(sorted(self.endpoints)) or 'none'}")
        return found
