"""A fifth real server joins four."""

from __future__ import annotations

from dataclasses import replace

import pytest

from twitterlab.course.system import system_of
from twitterlab.parts.ring import OneShard
from twitterlab.servers.valkey import VALKEY
from twitterlab.stage.options import LabOptions
from twitterlab.stage.regional.live import cluster_ring
from twitterlab.stage.regional.live.cluster_ring import Join

SYSTEM = system_of(2, mine=False)


class Modulo:
    def __init__(self, members):
        self._names = [member.name for member in members]

    def owners(self, key, count=1):
        return (self._names[key % len(self._names)],)

    def add(self, member):
        self._names.append(member.name)


def test_keys_are_counted_by_what_servers_say():
    a, b, c, d = (b"a", b"b", b"c", b"d")
    join = Join("e", {"s0": frozenset({a, b}), "s1": frozenset({c, d})}, {"s0": frozenset({a, c}), "s1": frozenset({d}), "s2": frozenset({b})}, 1.0)  # fmt: skip

    assert (join.moved, join.strayed, join.missing) == (2, 1, 0)
    assert replace(join, after={**join.after, "s2": frozenset({a})}).missing == 2


@pytest.mark.slow
@pytest.mark.skipif(VALKEY.find() is None, reason=f"{VALKEY.name} is not here. {VALKEY.get_it}")
@pytest.mark.parametrize(
    ("ring", "least", "most", "strayed"), [(None, 10, 30, 0), (Modulo, 70, 90, 1), (OneShard, 0, 0, 0)]
)
def test_keys_really_move(monkeypatch, ring, least, most, strayed):
    monkeypatch.setattr(cluster_ring, "KEYS", 2_000)
    system = SYSTEM if ring is None else replace(SYSTEM, ring=ring)

    finding = cluster_ring.run(system, LabOptions(), lambda share: None)

    figures = {figure.name: figure.measured for figure in finding.figures}
    assert least <= figures["ring_live_keys_moved"] <= most
    assert (figures["ring_live_keys_moved_between_old"] > 0) == strayed
    assert figures["ring_live_keys_missing_or_twice"] == 0
    assert 15 < figures["slots_live_keys_moved"] < 25
    assert figures["slots_live_keys_moved_between_old"] == figures["slots_live_keys_missing_or_twice"] == 0
    assert figures["slots_live_keys_max_over_mean_of_5"] < 1.2
