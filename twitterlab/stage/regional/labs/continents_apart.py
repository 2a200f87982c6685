"""Lab d: the cables break, both sides go on writing, and then they hear of each other again."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from twitterlab.bench.finding import Finding
from twitterlab.bench.plots import Line, Plot
from twitterlab.model.fault import FaultPlan, Partition, Scheduled
from twitterlab.model.figure import Figure
from twitterlab.parts.blueprint import Blueprint
from twitterlab.parts.replica import Add, Change, Count, Put, Remove
from twitterlab.platform.regional.layout import Layout, machine
from twitterlab.stage.regional import judging
from twitterlab.stage.regional.run import Run
from twitterlab.stage.regional.snapshot import Snapshot

SECONDS, BREAK_S, APART_S = 60.0, 10, 20
MARKS = ((float(BREAK_S), "cut"), (float(BREAK_S + APART_S), "mended"))
RATES: Mapping[str, float] = {"home": 100.0, "page": 20.0, "post": 20.0, "like": 40.0, "follow": 15.0, "unfollow": 8.0}


def run(
    blueprint: Blueprint, snapshot: Snapshot, seed: int, progress: Callable[[float], None],
    rates: Mapping[str, float] = RATES,
) -> Finding:  # fmt: skip
    """Asia against the rest for `APART_S` seconds; then every copy is compared."""
    layout = Layout()
    side = tuple(machine("asia", name) for name in _names(layout))
    rest = tuple(machine(other, name) for other in layout.others("asia") for name in _names(layout))
    broken = Scheduled(BREAK_S * 1_000, Partition(against=rest), side, APART_S * 1_000)
    plan = FaultPlan((broken,), heal_ms=SECONDS * 1_000, until_ms=SECONDS * 1_000)
    differing: list[int] = []

    def look(share: float) -> None:
        progress(share)
        differing.append(judging.keys_differing(one))

    one = Run(blueprint, snapshot, seed, SECONDS, plan, rates=rates, progress=look)
    one.go()
    promised = judging.promises(one)
    lost = next(each.measured for each in promised if each.name == "acknowledged_writes_lost")
    lines = [
        Line(name, tuple(map(float, range(int(SECONDS)))), tuple(map(float, seconds.served[: int(SECONDS)])))
        for name, seconds in one.by_continent.items()
    ]
    return Finding(
        "Asia is cut off for 20 s, and everybody goes on writing. How many acknowledged writes are lost at the end?",
        ("those of the smaller side", "those that conflict", "none"),
        2,
        f"Of {one.told.ledger.acknowledged:,} acknowledged writes {lost:.0f} were lost. " + _conflicts(blueprint),
        (*_renamed(promised), judging.figure("apart_keys_differing_most", "keys", max(differing))),
        (
            Plot("Requests served while Asia is cut off", "seconds", "requests a second", tuple(lines), marks=MARKS),
            Plot(
                "Keys of which some copies say something else",
                "seconds",
                "keys",
                (Line("keys", tuple(map(float, range(1, len(differing) + 1))), tuple(map(float, differing))),),
                marks=MARKS,
            ),
        ),
    )


def _names(layout: Layout) -> tuple[str, ...]:
    gateways = (f"g{number}" for number in range(1, layout.gateways + 1))
    return (*(member.name for member in layout.members), *gateways, "e1")


def _renamed(figures: list[Figure]) -> list[Figure]:
    return [judging.figure(f"apart_{each.name}", each.unit, each.measured, each.note) for each in figures]


def _conflicts(blueprint: Blueprint) -> str:
    """What becomes of the three conflicts, tried on two replicas that do not hear of each other."""
    here, there = blueprint.replica("here"), blueprint.replica("there")
    first: tuple[Change, ...] = (Add("follows/1", 2), Put("profile/1", "old"))
    for change in first:
        here.write(change, 1_000)
    there.merge(here.delta({}) or {}, 1_000)
    for change, other in ((Remove("follows/1", 2), Add("follows/1", 2)), (Put("profile/1", "here"), Put("profile/1", "there"))):  # fmt: skip
        here.write(change, 2_000)
        there.write(other, 2_001)
    here.write(Count("likes/1", 1), 2_000)
    there.write(Count("likes/1", 1), 2_000)
    one, other_way = here.delta(there.version()), there.delta(here.version())
    there.merge(one or {}, 2_100)
    here.merge(other_way or {}, 2_100)
    follow = "the follow" if 2 in here.members("follows/1") else "the unfollow"
    return (
        f"Of a follow against an unfollow {follow} stays; of two profiles, {here.register('profile/1')!r}, the later "
        f"one; two likes count {here.counter('likes/1')}."
    )
