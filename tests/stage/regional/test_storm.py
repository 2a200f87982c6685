"""Lab f: the part before an LRU of its size on the lab's traffic, and what is compared is who may come in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from solutions.week2.day5_edge_cache import Edge
from twitterlab.course.system import system_of
from twitterlab.parts.edge_cache import STALE_MS, TTL_MS, NoEdge
from twitterlab.stage.regional.labs import storm
from twitterlab.stage.regional.labs.storm import FETCH_MS, Lru

SYSTEM = system_of(2, mine=False)


def figures(system=SYSTEM, seed=1):
    return {figure.name: figure.measured for figure in storm.run(system, seed).figures}


class LetsEverybodyIn(Edge):
    def _keep(self, key, response, now_ms):
        self._often.of = lambda key: 0
        super()._keep(key, response, now_ms)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_reference_beats_an_lru_of_its_size_on_the_traffic_of_the_lab(seed):
    found = figures(seed=seed)

    assert found["edge_hits"] > found["lru_hits"] + 4
    assert found["origin_requests"] < 100 - found["edge_hits"] + 1, "who is served costs the origin nothing"


def test_without_its_door_it_is_an_lru_and_no_better():
    found = figures(replace(SYSTEM, edge_cache=LetsEverybodyIn))

    assert found["edge_hits"] == pytest.approx(found["lru_hits"], abs=0.5)


def test_without_an_edge_the_origin_has_it_all():
    assert figures(replace(SYSTEM, edge_cache=NoEdge))["origin_requests"] == 100


def test_of_the_lru_whoever_was_asked_for_longest_ago_goes():
    lru = Lru(2, TTL_MS, STALE_MS)

    asked = [lru.ask(page, number * 2 * FETCH_MS) for number, page in enumerate([1, 2, 1, 3, 1, 2])]

    assert asked == [False, False, True, False, True, False]


def test_the_lru_is_as_old_as_it_may_be_and_asks_once():
    lru = Lru(2, TTL_MS, STALE_MS)
    lru.ask(1, 0)

    assert lru.ask(1, 1), "it is joined"
    assert lru.ask(1, FETCH_MS)
    assert lru.ask(1, FETCH_MS + TTL_MS + STALE_MS - 1), "stale, and fetched anew"
    assert lru.ask(1, FETCH_MS + TTL_MS + STALE_MS), "joined"
    assert not Lru(2, TTL_MS, STALE_MS).ask(1, 0)
