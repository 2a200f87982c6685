"""One direction between two machines: latency, bandwidth, and what a fault does to it.

A link carries frames late, twice, or not at all. It hands a frame over as it is, so a frame must be
data that nobody changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from twitterlab.parts.given import Chance
from twitterlab.world.kernel import Kernel
from twitterlab.world.places import Place
from twitterlab.world.samplers import NS_PER_MS
from twitterlab.world.trace import Trace

Receive = Callable[[str, Any], object]
"""Called with the sender's name and the frame."""


class Endpoint:
    """An address: a name, a place, and a function that receives."""

    __slots__ = ("name", "place", "receive")

    def __init__(self, name: str, place: Place, receive: Receive) -> None:
        self.name, self.place, self.receive = name, place, receive


@dataclass(frozen=True, slots=True)
class Impairment:
    """What a fault does to a link while it lasts. Probabilities in [0, 1]."""

    loss: float = 0.0
    duplication: float = 0.0
    reordering: float = 0.0
    reordering_ms: float = 0.0
    delay_ms: float = 0.0
    is_cut: bool = False


class Link:
    """From `source` to `target`. Frames keep their order unless a fault reorders them."""

    __slots__ = ("_chance", "_draw", "_free_ns", "_hand_over", "_impairments", "_is_plain", "_kernel", "_last_ns", "_ns_per_byte",
                 "_trace", "carried", "is_cut", "lost", "source", "target")  # fmt: skip

    def __init__(
        self,
        kernel: Kernel,
        ends: tuple[Endpoint, Endpoint],
        draw: Callable[[], int],
        chance: Chance,
        bandwidth_mbit_s: float | None = None,
        trace: Trace | None = None,
    ) -> None:
        self._kernel, self._draw, self._chance, self._trace = kernel, draw, chance, trace
        self.source, self.target = ends[0].name, ends[1]
        self._ns_per_byte = 8_000 / bandwidth_mbit_s if bandwidth_mbit_s else 0.0
        self._impairments: list[Impairment] = []
        self._free_ns = self._last_ns = 0
        self.carried = self.lost = 0
        self._hand_over = self._deliver  # bound once: this is the hot path
        self._refresh()

    def carry(self, frame: Any, size_bytes: int = 0, what: str = "", request: int = 0) -> None:
        """Deliver `frame` some time later, if at all. `what` and `request` are for the trace."""
        self.carried += 1
        if not self._is_plain or (self._trace is not None and self._trace.follows(request)):
            self._carry_with_care(frame, size_bytes, what, request)
            return
        kernel = self._kernel
        arrival_ns = kernel.now_ns + self._draw()
        if arrival_ns < self._last_ns:
            arrival_ns = self._last_ns  # not before the one ahead
        else:
            self._last_ns = arrival_ns
        kernel.push(arrival_ns, self._hand_over, (frame,))

    def _deliver(self, frame: Any) -> None:
        if self.is_cut:
            self.lost += 1
        else:
            self.target.receive(self.source, frame)

    def impair(self, impairment: Impairment) -> Callable[[], None]:
        """Make it worse; the answer takes that back. Several faults add up."""
        self._impairments.append(impairment)
        self._refresh()

        def mend() -> None:
            self._impairments.remove(impairment)
            self._refresh()

        return mend

    @property
    def impairments(self) -> tuple[Impairment, ...]:
        """What makes it worse now."""
        return tuple(self._impairments)

    def _refresh(self) -> None:
        self.is_cut = any(each.is_cut for each in self._impairments)
        self._is_plain = not self._impairments and not self._ns_per_byte

    def _carry_with_care(self, frame: Any, size_bytes: int, what: str, request: int) -> None:
        deliver: Callable[..., object] = self._deliver
        args: tuple[Any, ...] = (frame,)
        fields: dict[str, Any] = {}
        if self._trace is not None and self._trace.follows(request):
            number = self._trace.next_message()
            fields = {"message": number, "source": self.source, "target": self.target.name, "what": what}
            if request:
                fields["request"] = request
            self._trace.event(self._kernel.now_ns, "sent", {**fields, "bytes": size_bytes})
            deliver, args = self._deliver_traced, (frame, fields)
        arrivals = () if self.is_cut else self._arrivals(size_bytes)
        for arrival_ns in arrivals:
            self._kernel.at(arrival_ns, deliver, *args)
        if not arrivals:
            self._drop(fields, "partition" if self.is_cut else "loss")

    def _deliver_traced(self, frame: Any, fields: dict[str, Any]) -> None:
        if self.is_cut:
            self._drop(fields, "partition")
            return
        if self._trace is not None:
            self._trace.event(self._kernel.now_ns, "delivered", fields)
        self.target.receive(self.source, frame)

    def _drop(self, fields: dict[str, Any], why: str) -> None:
        self.lost += 1
        if self._trace is not None and fields:
            self._trace.event(self._kernel.now_ns, "dropped", {**fields, "why": why})

    def _arrivals(self, size_bytes: int) -> tuple[int, ...]:
        """When a frame that leaves now arrives: never (empty), once, or twice."""
        self._free_ns = max(self._kernel.now_ns, self._free_ns) + int(size_bytes * self._ns_per_byte)
        copies = 1
        for each in self._impairments:
            if each.loss and self._chance.random() < each.loss:
                return ()
            copies += bool(each.duplication) and self._chance.random() < each.duplication
        return tuple(self._arrival() for _ in range(copies))

    def _arrival(self) -> int:
        extra_ns = sum(int(each.delay_ms * NS_PER_MS) for each in self._impairments)
        arrival_ns = self._free_ns + self._draw() + extra_ns
        for each in self._impairments:
            if each.reordering and self._chance.random() < each.reordering:
                return arrival_ns + int(self._chance.random() * each.reordering_ms * NS_PER_MS)
        self._last_ns = max(arrival_ns, self._last_ns)
        return self._last_ns
