"""Each check of day 2.1 passes the solution and fails the wrong implementation it names; and the laws, once more."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solutions.week2 import day1_ring
from solutions.week2.day1_ring import HashRing
from twitterlab.course.checks import lineage
from twitterlab.parts.ring import Member, OneShard
from weeks.week2.checks import day1_ring as checks

ALL = [look for look in vars(checks).values() if hasattr(look, "check")]
KEYS = [number * 0x9E3779B97F4A7C15 % 2**63 for number in range(100)]
steady = settings(deadline=None, max_examples=40)


class ByArrival(HashRing):
    def __init__(self, members=()):
        self._number = {member.name: f"n{at}" for at, member in enumerate(members)}
        super().__init__([Member(self._number[each.name], each.zone, each.weight) for each in members])

    def owners(self, key, count=1):
        back = {number: name for name, number in self._number.items()}
        return tuple(back.get(number, number) for number in super().owners(key, count))

    def remove(self, name):
        super().remove(self._number.get(name, name))


class ByPythonsHash(HashRing):
    def owners(self, key, count=1):
        return super().owners(hash(str(key)) % 2**63, count)


class Modulo(HashRing):
    def owners(self, key, count=1):
        names = sorted(self._members)
        first = key % len(names)
        return tuple((names[first:] + names[:first])[:count])


class Stays(HashRing):
    def remove(self, name):
        if name not in self._members:
            raise ValueError(name)


class KeysAreNotHashed(HashRing):
    def owners(self, key, count=1):
        return self._owner[day1_ring.bisect(self._places, key << 1)] if count == 1 else super().owners(key, count)


class LooksAtAll(HashRing):
    def owners(self, key, count=1):
        self._sum = [place for place in self._places]  # noqa: C416 - that it is a loop is the mistake
        return super().owners(key, count)


class JoinersCountDouble(HashRing):
    def add(self, member):
        super().add(Member(member.name, member.zone, 2 * member.weight))


class AddsElsewhere(HashRing):
    def add(self, member):
        super().add(Member(member.name + " ", member.zone, member.weight))

    def owners(self, key, count=1):
        return tuple(name.strip() for name in super().owners(key, count))


class NoZones(HashRing):
    def _prefer(self, arc):
        return tuple(self._walk(arc))


class TakesAll(HashRing):
    def _join(self, member):
        self._members.pop(member.name, None)
        super()._join(member)


WRONG = {
    checks.order_does_not_matter: ByArrival,
    checks.every_process_agrees: ByPythonsHash,
    checks.a_joiner_moves_nothing_else: Modulo,
    checks.a_leaver_moves_only_its_own: Stays,
    checks.the_load_is_even: KeysAreNotHashed,
    checks.a_lookup_is_short: LooksAtAll,
    checks.a_joiner_gets_its_share: JoinersCountDouble,
    checks.history_does_not_matter: AddsElsewhere,
    checks.owners_are_distinct: NoZones,
    checks.nonsense_is_refused: TakesAll,
}


def test_the_points_sum_to_100():
    assert sum(look.check.points for look in ALL) == 100


@pytest.mark.parametrize("look", ALL, ids=lambda look: look.__name__)
def test_the_solution_passes(look):
    look(HashRing)


@pytest.mark.parametrize("look", ALL, ids=lambda look: look.__name__)
def test_the_named_mistake_fails(look):
    with pytest.raises(AssertionError):
        look(WRONG[look])


@pytest.mark.parametrize("look", ALL, ids=lambda look: look.__name__)
def test_the_null_part_scores_nothing(look):
    with pytest.raises(AssertionError):
        for one in lineage(look):
            one(OneShard)


@st.composite
def members(draw):
    names = draw(st.lists(st.text("abcé", min_size=1, max_size=3), min_size=1, max_size=6, unique=True))
    return [Member(name, draw(st.sampled_from("xyz")), draw(st.integers(1, 3))) for name in names]


def owners_by_brute_force(fleet, key, count):
    """Every point by its distance from the key, clockwise; who is met, and whose zone is new, in that order."""
    place = day1_ring.place_of_key(key)
    points = [point for member in fleet for point in day1_ring._points_of(member)]
    met = dict.fromkeys(name for _, name in sorted(points, key=lambda point: ((point[0] - place - 1) % 2**64, point)))
    zone_of = {member.name: member.zone for member in fleet}
    firsts = list({zone_of[name]: name for name in reversed(met)}.values())
    firsts = [name for name in met if name in firsts]
    return tuple(firsts + [name for name in met if name not in firsts])[:count]


@steady
@given(members(), st.integers(0, 2**63 - 1), st.integers(1, 7))
def test_owners_are_those_of_all_points_sorted_by_distance(fleet, key, count):
    assert HashRing(fleet).owners(key, count) == owners_by_brute_force(fleet, key, count)


@steady
@given(members(), st.data())
def test_a_ring_depends_on_its_members_alone_whatever_happened_before(fleet, data):
    ring = HashRing(data.draw(st.permutations(fleet)))
    for _ in range(data.draw(st.integers(1, 3))):
        guest = data.draw(st.sampled_from([*fleet, Member("guest", "w", 2)]))
        if guest in fleet:
            ring.remove(guest.name)
            ring.add(guest)
        else:
            ring.add(guest)
            ring.remove(guest.name)

    assert [ring.owners(key, 3) for key in KEYS] == [HashRing(fleet).owners(key, 3) for key in KEYS]


@steady
@given(members(), st.integers(1, 4), st.sampled_from("wxyz"))
def test_the_first_owners_as_a_set_change_by_the_joiner_alone(fleet, count, zone):
    ring = HashRing(fleet)
    before = [set(ring.owners(key, count)) for key in KEYS]

    ring.add(Member("new", zone, 2))

    for key, old in zip(KEYS, before, strict=True):
        now = set(ring.owners(key, count))
        assert now - old <= {"new"}
        assert len(old - now) <= 1


def test_the_last_arc_belongs_to_the_first_point():
    ring = HashRing([Member(f"m{number}") for number in range(3)])
    first = min(point for member in range(3) for point in day1_ring._points_of(Member(f"m{member}")))

    ring._places = [0] * len(ring._places)  # so that every key lies past the last point

    assert ring.owners(1 << 40) == (first[1],)


def test_a_thousand_keys_in_a_row_are_spread():
    ring = HashRing([Member(f"m{number}") for number in range(4)])

    kept = [ring.owners(key) for key in range(1_000)]

    assert all(150 < kept.count((f"m{number}",)) < 350 for number in range(4))
