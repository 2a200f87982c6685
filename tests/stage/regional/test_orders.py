"""Orders to a run while it goes on: what they do, when, and that nothing acknowledged is lost by them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from twitterlab.course.system import system_of
from twitterlab.model.event import TraceEvent
from twitterlab.parts.shards import OneByOne
from twitterlab.stage.regional import judging
from twitterlab.stage.regional.heard import HeardTrace
from twitterlab.stage.regional.orders import given
from twitterlab.stage.regional.run import Run, start_ms
from twitterlab.stage.regional.snapshot import Snapshot
from twitterlab.world.chance import SeededChance
from twitterlab.world.trace import Trace

RATES = {"home": 30.0, "page": 10.0, "post": 12.0, "like": 12.0, "follow": 4.0, "unfollow": 3.0}
BREAKING = (
    "kill america-s7", "kill europe-s7", "kill asia-s3", "kill america-s1", "kill america-g1", "kill europe",
    "partition asia", "partition america",
)  # fmt: skip
SYSTEM = system_of(2, mine=False)
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def people() -> Snapshot:
    return Snapshot(400, 1, start_ms())


def told(*orders: str, people: Snapshot, seconds: float = 10.0, system=SYSTEM, trace: Trace | None = None):
    """A run that is given all its orders in the beginning, and the events of its trace that are not messages."""
    trace = trace or Trace(1, one_in=50)
    waiting = list(orders)

    def give(now_ns: int) -> Sequence[str]:
        found, waiting[:] = list(waiting), []
        return found

    run = Run(system, people, 1, seconds, rates=RATES, trace=trace, orders=give)
    run.go()
    return run, [event for event in trace.events() if "request" not in event.fields]


def promised(run: Run) -> dict[str, float]:
    return {figure.name: figure.measured for figure in judging.promises(run)}


def gauges(events: list[TraceEvent], second: int) -> dict[str, Any]:
    return next(each.fields for each in events if each.kind == "regions" and each.at_ns == second * 1_000_000_000)


def kept(run: Run) -> bool:
    found = promised(run)
    return (
        found["acknowledged_writes"] > 100
        and found["acknowledged_writes_lost"] == 0
        and found["likes_invented"] == 0
        and found["replicas_converged"] == 1
    )


def test_what_is_killed_is_down_from_the_next_second_and_a_restart_brings_it_back(people: Snapshot) -> None:
    run, events = told("@3 kill europe", "@3 kill asia-s2", "@6 restart europe", people=people)

    europe = {second: set(gauges(events, second)["continents"]["europe"]["machines"].values()) for second in (3, 4, 7)}
    asia = gauges(events, 4)["continents"]["asia"]["machines"]
    faults = [(event.at_ns // 1_000_000_000, event.fields["phase"]) for event in events if event.kind == "fault"]
    assert europe == {3: {"up"}, 4: {"down"}, 7: {"up"}}
    assert [name for name, state in asia.items() if state == "down"] == ["s2"]
    assert faults == [(3, "begin"), (3, "begin"), (6, "end"), (10, "end")]  # all is healed in the end
    assert kept(run)


def test_people_of_a_dark_continent_are_seen_to_be_served_by_another(people: Snapshot) -> None:
    _, events = told("@3 kill europe", people=people)

    assert gauges(events, 3)["continents"]["europe"]["served_by"]["europe"] == 100.0
    assert gauges(events, 8)["continents"]["europe"]["served_by"]["europe"] == 0.0
    assert gauges(events, 8)["continents"]["europe"]["served_by"]["america"] > 50.0


def test_a_partition_cuts_cables_and_lag_grows_until_it_heals(people: Snapshot) -> None:
    run, events = told("@3 partition asia", "@7 heal", people=people)

    def link(second: int) -> list[Any]:
        return next(row for row in gauges(events, second)["links"] if row[:2] == ["america", "asia"])

    assert link(2)[2] == "up"
    assert link(2)[3] == pytest.approx(164, rel=0.1)
    assert 164 < link(2)[4] < 400
    assert link(6)[2] == "cut"
    assert link(6)[4] > 2_000
    assert link(8)[2] == "up"
    assert gauges(events, 30)["links"][1][4:] == [0.0, 0.0]
    assert kept(run)


def test_the_same_orders_at_the_same_seconds_are_the_same_run(people: Snapshot) -> None:
    first, events = told("@2 kill america-s1", "@4 restart america-s1", "nonsense", people=people, seconds=6)
    heard: list[Any] = []
    again = HeardTrace(1, heard.append, 50)

    second, _ = told(*given(events), people=people, seconds=6, trace=again)

    assert first.trace is not None
    assert list(given(events)) == ["@1 nonsense", "@2 kill america-s1", "@4 restart america-s1"]
    assert first.trace.sha256 == again.sha256
    assert first.obeyed == second.obeyed == 3
    assert {"regions", "order", "fault", "log"} <= {kind for _, kind, _ in heard}
    assert not any("request" in fields for _, _, fields in heard)


def test_a_shard_joins_while_people_write_and_takes_its_share(people: Snapshot) -> None:
    run, events = told("@2 add", people=people, seconds=16)

    assert "s7 has joined" in [event.fields.get("text") for event in events]
    assert run.layout.shards == 7
    assert all(shards["s7"] for shards in _loads(events, 5, 15).values())
    assert kept(run)


@pytest.mark.parametrize(
    "orders",
    [
        ("@2 add", "@2 partition asia", "@6 kill europe-s7", "@9 heal"),
        ("@2 add", "@2 kill america-s2", "@3 kill asia-s7", "@8 heal", "@9 add"),
    ],
)
def test_what_breaks_while_a_shard_joins_loses_nothing(people: Snapshot, orders: tuple[str, ...]) -> None:
    run, _ = told(*orders, people=people, seconds=20)

    assert run.join is not None
    assert run.join.is_over
    assert kept(run)


@pytest.mark.parametrize("seed", range(6))
def test_whatever_breaks_while_shards_join_nothing_is_lost(people: Snapshot, seed: int) -> None:
    """Drawn faults, from the same second on as the join; all heals, a second shard joins, and more breaks."""
    chance = SeededChance(seed, "orders")
    orders, at_s = ["@2 add"], 2
    for _ in range(1 + chance.below(3)):
        at_s += chance.below(3)
        orders.append(f"@{at_s} {BREAKING[chance.below(len(BREAKING))]}")
    orders += ["@12 heal", "@14 add", f"@15 {BREAKING[chance.below(len(BREAKING))]}", "@20 heal"]

    run, _ = told(*orders, people=people, seconds=26)

    assert run.layout.joined
    assert kept(run), orders


def test_without_a_plan_nobody_joins_and_nothing_is_lost(people: Snapshot) -> None:
    system = replace(SYSTEM, shards=OneByOne)

    run, events = told(
        "@2 add", "@4 kill asia-s1", "@5 restart asia-s1", "@5 add", people=people, seconds=13, system=system
    )

    assert "the plan moved nothing to s7" in [event.fields.get("text") for event in events]
    assert "the plan does not move anything" in [event.fields.get("text") for event in events]
    assert run.layout.shards == 6
    assert kept(run)


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ("kill mars", "nobody knows how"),
        ("kill europe-people", "nobody knows how"),
        ("restart europe", "nothing here was killed by itself"),
        ("add", "none can join while something is broken, or in the last 10 s"),
    ],
)
def test_what_cannot_be_done_is_said(people: Snapshot, order: str, said: str) -> None:
    _, events = told(f"@1 {order}", people=people, seconds=2)

    assert said in [event.fields["text"] for event in events if event.kind == "log"]
    assert not [event for event in events if event.kind == "fault"]


def _loads(events: list[TraceEvent], first: int, last: int) -> dict[str, dict[str, int]]:
    """Of each continent, requests by shard in these seconds."""
    found: dict[str, dict[str, int]] = {}
    for second in range(first, last):
        for name, said in gauges(events, second)["continents"].items():
            for shard, count in said["shards"].items():
                row = found.setdefault(name, {})
                row[shard] = row.get(shard, 0) + count
    return found
