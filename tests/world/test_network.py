"""The network: late as measured, in order, and as bad as a fault makes it."""

from __future__ import annotations

from statistics import fmean

import pytest

from twitterlab.errors import BadInput
from twitterlab.world.chance import SeededChance
from twitterlab.world.kernel import Kernel
from twitterlab.world.links import Impairment
from twitterlab.world.network import Network
from twitterlab.world.places import REGIONS, Geography, Place, measured_round_trips_ms
from twitterlab.world.samplers import Constant
from twitterlab.world.trace import Trace

MS = 1_000_000
A, B = Place("frankfurt", "a"), Place("washington", "a")


class Pair:
    """Two endpoints, and what arrives at the second."""

    def __init__(self, start: Place = A, end: Place = B, trace: Trace | None = None, **options: float) -> None:
        self.kernel = Kernel()
        self.network = Network(self.kernel, lambda stream: SeededChance(1, stream), trace=trace, **options)
        self.arrived: list[tuple[int, object]] = []
        self.network.attach("a", start, lambda source, frame: None)
        self.network.attach("b", end, lambda source, frame: self.arrived.append((self.kernel.now_ns, frame)))

    def send(self, count: int, every_ns: int = 0, size_bytes: int = 0) -> list[object]:
        for number in range(count):
            self.kernel.after(number * every_ns, self.network.carry, "a", "b", number, size_bytes)
        self.kernel.run()
        return [frame for _, frame in self.arrived]


@pytest.mark.parametrize(
    ("start", "end", "low_ms", "high_ms"),
    [
        (Place("tokyo", "a", "1"), Place("tokyo", "a", "2"), 0.04, 0.05),
        (Place("tokyo", "a"), Place("tokyo", "b"), 1.0, 1.15),
        (Place("frankfurt"), Place("washington"), 91 / 2 * 0.97, 91 / 2 * 1.5),
        (Place("sao-paulo"), Place("sydney"), 328 / 2 * 0.97, 328 / 2 * 1.5),
    ],
)
def test_latency_is_that_of_the_measured_matrix(start: Place, end: Place, low_ms: float, high_ms: float) -> None:
    pair = Pair(start, end)

    pair.send(2_000, every_ns=1_000 * MS)

    took = [(at - number * 1_000 * MS) / MS for number, (at, _) in enumerate(pair.arrived)]
    assert low_ms <= min(took) <= max(took) <= high_ms
    assert fmean(took) == pytest.approx(Geography().latency(start, end).mean_ms, rel=0.01)


def test_every_pair_of_regions_has_a_latency() -> None:
    matrix = measured_round_trips_ms()

    assert {(a, b) for a in REGIONS for b in REGIONS if a != b} == set(matrix)
    assert matrix["tokyo", "washington"] == 166
    assert matrix["washington", "tokyo"] == 164


def test_an_unknown_region_is_bad_input() -> None:
    with pytest.raises(BadInput, match=r"frankfurt to mars.*Regions are: .*tokyo"):
        Pair(A, Place("mars")).send(1)


def test_a_direction_may_have_a_latency_of_its_own() -> None:
    pair = Pair()
    pair.network.set_latency("a", "b", Constant(3))

    pair.send(1)

    assert pair.arrived == [(3 * MS, 0)]
    with pytest.raises(BadInput, match="already sent"):
        pair.network.set_latency("a", "b", Constant(4))


def test_one_direction_keeps_its_order() -> None:
    assert Pair().send(1_000, every_ns=1_000) == list(range(1_000))


def test_reordering_overtakes_and_loses_nothing() -> None:
    pair = Pair()
    pair.network.link("a", "b").impair(Impairment(reordering=0.3, reordering_ms=50))

    arrived = pair.send(1_000, every_ns=1_000)

    assert arrived != sorted(arrived)
    assert sorted(arrived) == list(range(1_000))


def test_loss_and_duplication_have_the_rate_they_are_given() -> None:
    lossy, doubling = Pair(), Pair()
    lossy.network.link("a", "b").impair(Impairment(loss=0.1))
    doubling.network.link("a", "b").impair(Impairment(duplication=0.2))

    assert abs(len(lossy.send(10_000)) - 9_000) < 4 * 30
    assert abs(len(doubling.send(10_000)) - 12_000) < 4 * 40
    assert lossy.network.lost == 10_000 - len(lossy.arrived)


def test_bandwidth_makes_large_messages_wait_for_each_other() -> None:
    pair = Pair(A, A, bandwidth_mbit_s=8.0)  # a byte a microsecond

    pair.send(10, size_bytes=1_000)

    took = [at / MS for at, _ in pair.arrived]
    assert all(1.0 * number + 0.04 <= at <= 1.0 * number + 0.05 for number, at in enumerate(took, 1))


def test_a_cut_stops_what_is_on_its_way_and_mending_lets_the_next_pass() -> None:
    pair = Pair()
    pair.network.carry("a", "b", "on its way")
    mend = pair.network.impair([("a", "b")], Impairment(is_cut=True))
    pair.network.carry("a", "b", "into the cut")
    pair.kernel.run()
    mend()

    pair.network.carry("a", "b", "after")
    pair.kernel.run()

    assert [frame for _, frame in pair.arrived] == ["after"]
    assert (pair.network.carried, pair.network.lost) == (3, 2)


def test_two_overlapping_cuts_end_with_the_second() -> None:
    pair = Pair()
    first = pair.network.impair([("a", "b")], Impairment(is_cut=True))
    second = pair.network.impair([("a", "b")], Impairment(is_cut=True))

    first()
    assert pair.send(1) == []
    second()

    assert pair.send(1) == [0]


def test_watching_changes_nothing() -> None:
    seen, unseen = Pair(trace=Trace()), Pair()
    for pair in (seen, unseen):
        pair.network.link("a", "b").impair(Impairment(loss=0.1, duplication=0.1, reordering=0.1, reordering_ms=9))

    assert seen.send(500, 100) == unseen.send(500, 100)
    assert seen.arrived == unseen.arrived


def test_an_unknown_name_is_bad_input_and_a_name_is_taken_once() -> None:
    pair = Pair()

    with pytest.raises(BadInput, match=r"no node is called 'c'.*a, b"):
        pair.network.carry("a", "c", 1)
    with pytest.raises(BadInput, match="two nodes"):
        pair.network.attach("a", A, lambda source, frame: None)
