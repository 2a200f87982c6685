"""How faults are done in the simulated world: each to a node or to links, and several at once add up."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from twitterlab.errors import BadInput
from twitterlab.model.fault import (
    ClockDrift,
    ClockStep,
    Crash,
    Delay,
    DiskCorruption,
    DiskFull,
    Duplicating,
    Fault,
    Lossy,
    Partition,
    Pause,
    Reordering,
    Slow,
)
from twitterlab.world.faults import Impossible, Mend
from twitterlab.world.kernel import Kernel
from twitterlab.world.links import Impairment
from twitterlab.world.network import Network
from twitterlab.world.node import Node
from twitterlab.world.nodes import Nodes
from twitterlab.world.samplers import NS_PER_MS

CUT = Impairment(is_cut=True)


def _crash(node: Node, active: Sequence[Crash]) -> None:
    if active:
        node.crash(loses_power=any(each.loses_power for each in active))
    else:
        node.start()


def _pause(node: Node, active: Sequence[Pause]) -> None:
    if active:
        node.pause()
    else:
        node.resume()


def _slow(node: Node, active: Sequence[Slow]) -> None:
    node.slow(math.prod(each.factor for each in active))


def _step(node: Node, active: Sequence[ClockStep]) -> None:
    node.clock.step_ms = sum(each.step_ms for each in active)


def _drift(node: Node, active: Sequence[ClockDrift]) -> None:
    node.clock.drift_ppm = sum(each.ppm for each in active)


def _full(node: Node, active: Sequence[DiskFull]) -> None:
    node.disk.is_full = bool(active)


ON_NODES: dict[type[Any], Callable[[Node, Sequence[Any]], None]] = {
    Crash: _crash, Pause: _pause, Slow: _slow, ClockStep: _step, ClockDrift: _drift, DiskFull: _full,
}  # fmt: skip
"""What all active faults of a kind together do to a node."""


def impairment(fault: Fault) -> Impairment | None:
    """What a fault does to a link; None if it is none of links."""
    match fault:
        case Lossy(probability):
            return Impairment(loss=probability)
        case Duplicating(probability):
            return Impairment(duplication=probability)
        case Reordering(probability, delay_ms):
            return Impairment(reordering=probability, reordering_ms=delay_ms)
        case Delay(extra_ms):
            return Impairment(delay_ms=extra_ms)
        case _:
            return None


class SimInjector:
    """Does every fault of the vocabulary."""

    def __init__(self, kernel: Kernel, network: Network, nodes: Nodes) -> None:
        self._kernel, self._network, self._nodes = kernel, network, nodes
        self._active: dict[tuple[str, type[Any]], list[Fault]] = {}

    def inject(self, fault: Fault, targets: tuple[str, ...]) -> Mend:
        """Do it; the answer takes it back. Impossible for a target that is not there."""
        try:
            hit = self._nodes.find(targets)
            against = self._nodes.find(fault.against) if isinstance(fault, Partition) and fault.against else ()
        except BadInput as error:
            raise Impossible(error.problem) from error
        if isinstance(fault, Partition):
            return self._partition(fault, hit, against)
        if isinstance(fault, DiskCorruption):
            for node in hit:
                node.disk.corrupt()
            return lambda: None
        worse = impairment(fault)
        if worse is not None:
            return self._network.impair(self._around(hit), worse)
        return self._on_nodes(fault, hit)

    def _on_nodes(self, fault: Fault, hit: tuple[Node, ...]) -> Mend:
        apply = ON_NODES[type(fault)]
        lists = [(node, self._active.setdefault((node.name, type(fault)), [])) for node in hit]
        for node, active in lists:
            active.append(fault)
            apply(node, active)

        def mend() -> None:
            for node, active in lists:
                active.remove(fault)
                apply(node, active)

        return mend

    def _around(self, hit: tuple[Node, ...]) -> list[tuple[str, str]]:
        """Every link from or to one of them, once."""
        names = {node.name: None for node in hit}
        there = [(name, other) for name in names for other in self._network.endpoints if other != name]
        return list(dict.fromkeys([*there, *((end, start) for start, end in there)]))

    def _partition(self, fault: Partition, hit: tuple[Node, ...], against: tuple[Node, ...]) -> Mend:
        inside = {node.name: None for node in hit}
        outside = [node.name for node in against] or [name for name in self._network.endpoints if name not in inside]
        pairs = [(start, end) for start in inside for end in outside if start != end]
        if not fault.is_one_way:
            pairs += [(end, start) for start, end in pairs]
        if not pairs:
            raise Impossible("a partition needs somebody on the other side")
        if fault.flap_ms:
            return _Flapping(self._kernel, self._network, pairs, round(fault.flap_ms * NS_PER_MS)).stop
        return self._network.impair(pairs, CUT)


class _Flapping:
    """A partition that opens and closes every `period_ns`."""

    def __init__(self, kernel: Kernel, network: Network, pairs: list[tuple[str, str]], period_ns: int) -> None:
        self._kernel, self._network, self._pairs, self._period_ns = kernel, network, pairs, period_ns
        self._mend: Mend | None = None
        self._flap()

    def _flap(self) -> None:
        self._timer = self._kernel.timer(self._period_ns, self._flap)
        if self._mend is None:
            self._mend = self._network.impair(self._pairs, CUT)
        else:
            self._mend()
            self._mend = None

    def stop(self) -> None:
        self._timer.cancel()
        if self._mend is not None:
            self._mend()
            self._mend = None
