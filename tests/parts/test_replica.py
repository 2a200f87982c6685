"""The laws of the replica part once more, as properties, against a model that knows who had seen what."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solutions.week2 import day4_replica
from solutions.week2.day4_replica import RegionReplica
from twitterlab.course.checks import CheckFailed, lineage
from twitterlab.parts.replica import MAX_SKEW_MS, Add, Change, Count, OneRegion, Put, Remove, Stamp
from weeks.week2.checks import day4_replica as checks

NAMES = ("america", "asia", "europe")
CHANGES = st.one_of(
    st.builds(Put, st.just("profile/1"), st.sampled_from(["a", "b", None])),
    st.builds(Add, st.just("follows/1"), st.integers(0, 2)),
    st.builds(Remove, st.just("follows/1"), st.integers(0, 2)),
    st.builds(Count, st.just("likes/1"), st.sampled_from([1, 2, -1])),
)
PLACES = st.integers(0, 2)
WRITES = st.tuples(st.just("write"), PLACES, CHANGES, st.integers(-40, 40))
SENDS = st.tuples(st.just("send"), PLACES, PLACES)
ARRIVES = st.tuples(st.just("arrive"), st.integers(0, 50))
STEPS = st.lists(st.one_of(WRITES, SENDS, ARRIVES), max_size=40)


@dataclass(frozen=True, slots=True)
class Written:
    """A change, its stamp, and the numbers of those its replica had seen."""

    change: Change
    stamp: Stamp
    known: frozenset[int]


class Model:
    """Each replica is the set of all changes it has seen: big, slow and plain. Every question is answered from it."""

    def __init__(self) -> None:
        self.all: list[Written] = []
        self.seen: dict[str, set[int]] = {name: set() for name in NAMES}

    def write(self, name: str, change: Change, stamp: Stamp) -> None:
        self.all.append(Written(change, stamp, frozenset(self.seen[name])))
        self.seen[name].add(len(self.all) - 1)

    def answers(self, name: str) -> tuple[Any, Any, Any]:
        mine = sorted(self.seen[name])
        puts = [self.all[n] for n in mine if isinstance(self.all[n].change, Put)]
        removals = [self.all[n] for n in mine if isinstance(self.all[n].change, Remove)]
        return (
            max(puts, key=lambda put: put.stamp).change.value if puts else None,
            frozenset(
                self.all[n].change.element
                for n in mine
                if isinstance(self.all[n].change, Add)
                and not any(n in gone.known and gone.change.element == self.all[n].change.element for gone in removals)
            ),
            sum(self.all[n].change.by for n in mine if isinstance(self.all[n].change, Count)),
        )


class World:
    """Three replicas and the model; deltas travel as JSON, in any order, some never and some twice."""

    def __init__(self) -> None:
        self.replicas = {name: RegionReplica(name) for name in NAMES}
        self.model = Model()
        self.under_way: list[tuple[str, set[int], str]] = []
        self.now_ms = 1_000

    def write(self, place: int, change: Change, skew_ms: int) -> None:
        self.now_ms += 1
        stamp = self.replicas[NAMES[place]].write(change, self.now_ms + skew_ms)
        self.model.write(NAMES[place], change, stamp)

    def send(self, source: int, target: int) -> None:
        delta = self.replicas[NAMES[source]].delta(sent(self.replicas[NAMES[target]].version()))
        if delta is not None:
            known = set(self.model.seen[NAMES[source]])
            self.under_way.append((NAMES[target], known, json.dumps(delta)))

    def arrive(self, which: int) -> None:
        """A delta reaches the replica it was made for, now and perhaps again: that one has all that comes before."""
        if self.under_way:
            target, known, text = self.under_way[which % len(self.under_way)]
            self.replicas[target].merge(json.loads(text), self.now_ms)
            self.model.seen[target] |= known

    def play(self, steps: list[tuple[Any, ...]]) -> None:
        for name, *how in steps:
            getattr(self, name)(*how)

    def settle(self) -> int:
        """Everybody hears from everybody, until nobody lacks anything; how many rounds it took."""
        for rounds in range(5):
            pairs = [(one, other) for one in range(3) for other in range(3) if one != other]
            self.under_way.clear()
            for pair in pairs:
                self.send(*pair)
            if not self.under_way:
                return rounds
            for number in range(len(self.under_way)):
                self.arrive(number)
        raise AssertionError("deltas do not stop")


def sent(value: Any) -> Any:
    return json.loads(json.dumps(value))


def answers(replica: Any) -> tuple[Any, Any, Any]:
    return replica.register("profile/1"), replica.members("follows/1"), replica.counter("likes/1")


@settings(max_examples=200, deadline=None)
@given(STEPS)
def test_every_replica_answers_as_all_it_has_seen_says(steps: list[tuple[Any, ...]]) -> None:
    world = World()

    world.play(steps)

    for name, replica in world.replicas.items():
        assert answers(replica) == world.model.answers(name)


@settings(max_examples=100, deadline=None)
@given(STEPS)
def test_all_agree_in_the_end_and_then_nobody_has_anything_to_say(steps: list[tuple[Any, ...]]) -> None:
    world = World()
    world.play(steps)

    rounds = world.settle()

    assert rounds <= 3
    assert len({answers(replica) for replica in world.replicas.values()}) == 1
    assert answers(world.replicas["asia"]) == world.model.answers("asia")


@settings(max_examples=100, deadline=None)
@given(STEPS, st.permutations(range(6)))
def test_a_newcomer_comes_to_the_same_in_whatever_order_it_hears(steps: list[Any], order: list[int]) -> None:
    world = World()
    world.play(steps)
    deltas = [replica.delta({}) for replica in world.replicas.values()] * 2
    newcomer, other = RegionReplica("new"), RegionReplica("newer")

    for one in range(6):
        other.merge(sent(deltas[one] or {}), world.now_ms)
        newcomer.merge(sent(deltas[order[one]] or {}), world.now_ms)

    assert answers(newcomer) == answers(other)


@settings(max_examples=100, deadline=None)
@given(STEPS)
def test_stamps_rise_and_stay_below_the_highest_clock(steps: list[tuple[Any, ...]]) -> None:
    world, last, highest = World(), {name: Stamp(-1, 0, "") for name in NAMES}, 0
    for name, *how in steps:
        getattr(world, name)(*how)
        if name != "write":
            continue
        stamp, place = world.model.all[-1].stamp, NAMES[how[0]]
        highest = max(highest, world.now_ms + how[2])
        assert stamp > last[place]
        assert stamp.at_ms <= highest
        assert all(stamp > world.model.all[number].stamp for number in world.model.all[-1].known)
        last[place] = stamp


@settings(max_examples=100, deadline=None)
@given(STEPS)
def test_a_replica_begun_anew_goes_on_where_it_was(steps: list[tuple[Any, ...]]) -> None:
    world = World()
    for step in steps:
        world.play([step])
        again = RegionReplica("asia")
        again.merge(sent(world.replicas["asia"].delta({}) or {}), world.now_ms)
        world.replicas["asia"] = again

    world.settle()

    assert answers(world.replicas["europe"]) == world.model.answers("europe")


@pytest.mark.parametrize("ahead_ms", [0, MAX_SKEW_MS, MAX_SKEW_MS + 1, 10_000])
def test_a_clock_too_far_ahead_is_refused_and_nothing_of_it_is_kept(ahead_ms: int) -> None:
    here, there = RegionReplica("here"), RegionReplica("there")
    there.write(Count("likes/1", 1), 1_000)
    there.write(Count("likes/1", 1), 1_000 + ahead_ms)

    if ahead_ms > MAX_SKEW_MS:
        with pytest.raises(ValueError, match="ahead"):
            here.merge(sent(there.delta({})), 1_000)
    else:
        here.merge(sent(there.delta({})), 1_000)

    assert here.counter("likes/1") == (0 if ahead_ms > MAX_SKEW_MS else 2)
    assert here.version() == ({"here": 0} if ahead_ms > MAX_SKEW_MS else {"here": 0, "there": 2})


def test_what_is_overwritten_a_thousand_times_is_sent_once() -> None:
    replica = RegionReplica("here")
    for number in range(1_000):
        replica.write(Put("profile/1", str(number)), number)
        replica.write(Count("likes/1", 1), number)

    assert len(json.dumps(replica.delta({}))) < 200


class NewestArrival(RegionReplica):
    """Takes over whatever it hears."""

    def _apply(self, name: str, number: int, operation: list[Any]) -> bool:
        if operation[0] == "put":
            self._registers.pop(operation[1], None)
        return super()._apply(name, number, operation)


class Clock(RegionReplica):
    """Shows what the wall shows."""

    def write(self, change: Change, now_ms: int) -> Stamp:
        self._clock = (now_ms, self._clock[1])
        return super().write(change, now_ms)


class Credulous(RegionReplica):
    """Believes every clock."""

    def merge(self, delta: Any, now_ms: int) -> tuple[str, ...]:
        return super().merge(delta, 1 << 60)


class NeverGone(RegionReplica):
    """Removes nothing."""

    def _remove(self, key: str, element: int, dots: list[list[Any]]) -> None:
        return None


class FirstWriter(RegionReplica):
    """Keeps what was there first."""

    def _apply(self, name: str, number: int, operation: list[Any]) -> bool:
        is_late = operation[0] == "put" and operation[1] in self._registers
        return False if is_late else super()._apply(name, number, operation)


class Likes(RegionReplica):
    """Adds what arrives, as often as it arrives."""

    def merge(self, delta: Any, now_ms: int) -> tuple[str, ...]:
        for _, _, news in delta.values():
            for _, operation in news:
                if operation[0] == "count":
                    self.extra = getattr(self, "extra", 0) + 1
        return super().merge(delta, now_ms)

    def counter(self, key: str) -> int:
        return super().counter(key) + getattr(self, "extra", 0)


class Talkative(RegionReplica):
    """Always has something to say."""

    def delta(self, version: Any) -> Any:
        return super().delta({})


class Silent(RegionReplica):
    """Does not say what it changed."""

    def merge(self, delta: Any, now_ms: int) -> tuple[str, ...]:
        super().merge(delta, now_ms)
        return ()


class FromOne(RegionReplica):
    """Counts its changes beside what it has seen."""

    def write(self, change: Change, now_ms: int) -> Stamp:
        self.made = getattr(self, "made", 0)
        self._seen[self._name], self.made = self.made, self.made + 1
        return super().write(change, now_ms)


WRONG = {
    "replicas_agree": NewestArrival,
    "stamps_rise": Clock,
    "broken_clocks_are_refused": Credulous,
    "add_wins": NeverGone,
    "the_last_writer_wins": FirstWriter,
    "likes_count_once": Likes,
    "deltas_are_small": Talkative,
    "changes_are_named": Silent,
    "restarts_go_on": FromOne,
}
ALL = {name: look for name, look in vars(checks).items() if hasattr(look, "check")}


def test_each_check_has_its_wrong_implementation() -> None:
    assert set(ALL) == set(WRONG)


@pytest.mark.parametrize("name", ALL)
def test_a_check_passes_the_solution(name: str) -> None:
    ALL[name](day4_replica.RegionReplica)


@pytest.mark.parametrize("name", ALL)
def test_a_check_fails_the_wrong_implementation_it_names(name: str) -> None:
    with pytest.raises(CheckFailed):
        ALL[name](WRONG[name])


@pytest.mark.parametrize("name", ALL)
def test_the_null_part_scores_nothing(name: str) -> None:
    with pytest.raises(AssertionError):
        for look in lineage(ALL[name]):
            look(OneRegion)


def test_the_null_part_knows_what_was_written_here_and_nothing_else() -> None:
    here = OneRegion("here")
    for change in (Put("profile/1", "x"), Add("follows/1", 2), Add("follows/1", 3), Remove("follows/1", 3)):
        here.write(change, 1_000)
    here.write(Count("likes/1", 2), 1_000)

    assert answers(here) == ("x", {2}, 2)
    assert here.delta({}) is None
    assert here.merge({"there": [0, 1, []]}, 1_000) == ()
