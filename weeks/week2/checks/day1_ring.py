"""Checks of day 2.1, ring."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from random import Random
from types import FrameType
from typing import Any

from hypothesis import given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from twitterlab.course.checks import check, expect
from twitterlab.parts.ring import VIRTUAL_NODES, Member

PAGE = "docs/week2/day1-ring.md"
steady = settings(database=None, deadline=None, max_examples=25, report_multiple_bugs=False)
ids = st.integers(0, 2**63 - 1)


@st.composite
def _members(draw: Any, at_most: int = 7) -> list[Member]:
    """Some machines in some zones, most of weight 1."""
    count = draw(st.integers(1, at_most))
    zones, weights = st.sampled_from("xyz"), st.sampled_from([1, 1, 2])
    return [Member(f"m{number}", draw(zones), draw(weights)) for number in range(count)]


def _plain(count: int) -> list[Member]:
    return [Member(f"m{number}", "xyz"[number % 3]) for number in range(count)]


def _names(members: Sequence[Member]) -> str:
    return ", ".join(f"{member.name} (zone {member.zone})" for member in members)


def _first(ring: Any, keys: Sequence[int]) -> list[str]:
    """The first owner of each of `keys`."""
    return [owners[0] for owners in map(ring.owners, keys)]


def _ids(seed: int, count: int) -> list[int]:
    """Keys like tweet ids that were made over years."""
    chance = Random(seed)
    return [chance.getrandbits(63) for _ in range(count)]


def _answer(call: Callable[[], Any]) -> Any:
    """What `call()` returns, or the name of the error it raises."""
    try:
        return call()
    except Exception as error:  # a wrong kind of error is the finding
        return type(error).__name__


@check(points=10, law=1, claim="The order in which members came does not matter",
       catches="points that depend on a member's number or on who came first", read=f"{PAGE}#laws")  # fmt: skip
def order_does_not_matter(part: Any, seed: int = 0) -> None:
    keys = _ids(seed, 40)

    @seeded(seed)
    @steady
    @given(_members(), st.randoms(use_true_random=False))
    def same(members: list[Member], chance: Any) -> None:
        shuffled = list(members)
        chance.shuffle(shuffled)
        one, other, count = part(members), part(shuffled), min(3, len(members))
        for key in keys:
            want, got = one.owners(key, count), other.owners(key, count)
            expect(
                want == got,
                expected=f"{want}, as of HashRing of {_names(members)}",
                happened=f"the answer was {got}",
                counterexample=f"owners({key}, {count}) of HashRing of {_names(shuffled)}",
            )

    same()


ELSEWHERE = """
import json, runpy, sys
from twitterlab.parts.ring import Member
path, name, members, keys = json.loads(sys.stdin.read())
ring = runpy.run_path(path)[name]([Member(*each) for each in members])
print(json.dumps([ring.owners(key, 2) for key in keys]))
"""


def _elsewhere(part: Any, hash_seed: int, keys: Sequence[int]) -> list[tuple[str, ...]]:
    """The first two owners of `keys`, asked of the same part in a process of its own with that seed."""
    members = [(member.name, member.zone, member.weight) for member in _plain(5)]
    places = {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONHASHSEED": str(hash_seed)}
    found = subprocess.run(
        [sys.executable, "-c", ELSEWHERE],
        input=json.dumps([inspect.getfile(part), part.__name__, members, keys]),
        env=os.environ | places,
        capture_output=True,
        text=True,
        check=False,
    )
    expect(
        found.returncode == 0,
        expected="a ring that works in a process of its own",
        happened=(found.stderr.strip().splitlines() or ["it died"])[-1],
        counterexample="the same file, loaded by another Python",
    )
    return [tuple(owners) for owners in json.loads(found.stdout)]


@check(points=15, law=1, claim="Every process gives the same answer",
       catches="Python's hash, which is another one in each process", read=f"{PAGE}#laws")  # fmt: skip
def every_process_agrees(part: Any, seed: int = 0) -> None:
    keys = _ids(seed, 200)
    ring = part(_plain(5))
    here = {tuple(ring.owners(key, 2)) for key in keys}
    expect(
        len(here) > 1,
        expected="owners that differ from key to key",
        happened=f"they were {here} for all",
        counterexample="owners(key, 2) of 200 keys on a ring of 5 members",
    )
    one, other = _elsewhere(part, 1, keys), _elsewhere(part, 2, keys)
    for key, want, got in zip(keys, one, other, strict=True):
        differ = sum(first != second for first, second in zip(one, other, strict=True))
        expect(
            want == got,
            expected=f"{want}, as in the process before",
            happened=f"the answer was {got}; {differ} of 200 keys had other owners",
            counterexample=f"owners({key}, 2) of m0 to m4 in two processes, with PYTHONHASHSEED 1 and 2",
        )


@check(points=15, law=2, claim="A joiner takes keys for itself and moves none between the others",
       catches="the hash modulo the number of members; answers kept from before the join", read=f"{PAGE}#laws")  # fmt: skip
def a_joiner_moves_nothing_else(part: Any, seed: int = 0) -> None:
    keys, gained = _ids(seed, 120), 0

    @seeded(seed)
    @steady
    @given(_members(6), st.integers(1, 3), st.sampled_from("xyz"))
    def joins(members: list[Member], count: int, zone: str) -> None:
        nonlocal gained
        ring, count = part(members), min(count, len(members))
        before = [ring.owners(key, count) for key in keys]
        ring.add(Member("new", zone))
        after = [ring.owners(key, count) for key in keys]
        gained += sum(owners[0] == "new" for owners in after)
        for key, old, now in zip(keys, before, after, strict=True):
            expect(
                set(now) - set(old) <= {"new"},
                expected=f"the owners {old}, or new in place of one of them",
                happened=f"they became {now}",
                counterexample=f"owners({key}, {count}) of {_names(members)}, before and after new (zone {zone}) joined",
            )

    joins()
    expect(
        gained > 0,
        expected="the joiner among the owners of some keys",
        happened="it was among those of none",
        counterexample="owners(key) of 120 keys on 25 rings, before and after a member joined",
    )


@check(points=10, law=2, claim="A leaver gives its keys away and moves no other",
       catches="points of the leaver that stay, or a ring that is built anew in another way", read=f"{PAGE}#laws")  # fmt: skip
def a_leaver_moves_only_its_own(part: Any, seed: int = 0) -> None:
    keys, given_away = _ids(seed, 400), 0
    for leaver in ("m2", "m4"):
        ring = part(_plain(5))
        before = _first(ring, keys)
        ring.remove(leaver)
        after = _first(ring, keys)
        given_away += before.count(leaver)
        asked = f"owners(key) of 400 keys, before and after {leaver} left m0 to m4"
        expect(
            leaver not in after,
            expected=f"{leaver} owns nothing any more",
            happened=f"it owned {before.count(leaver)} keys before and {after.count(leaver)} after",
            counterexample=asked,
        )
        moved = sum(old not in (leaver, now) for old, now in zip(before, after, strict=True))
        expect(
            moved == 0,
            expected="no key of another member moves",
            happened=f"{moved} of {400 - before.count(leaver)} did",
            counterexample=asked,
        )
        ring.add(Member(leaver, "z"))
        back = _first(ring, keys)
        moved = sum(now not in (old, leaver) for old, now in zip(after, back, strict=True))
        expect(
            moved == 0,
            expected="no key moves between the others when it comes back",
            happened=f"{moved} did",
            counterexample=f"{asked} and came back",
        )
    expect(
        given_away > 0,
        expected="some keys with m2 or m4",
        happened="they owned none of 400",
        counterexample="owners(key) of 400 keys on a ring of m0 to m4",
    )


def _far_from(share: float, ideal: float, weight: int) -> bool:
    """Whether a share lies outside the bound of laws 3 and 4."""
    return bool(abs(share / ideal - 1) > 4 / (weight * VIRTUAL_NODES) ** 0.5)


@check(points=15, law=4, claim="Every member keeps its weight's share, however alike the keys are",
       catches="one point a member; weights left out; keys that are not hashed", read=f"{PAGE}#laws")  # fmt: skip
def the_load_is_even(part: Any, seed: int = 0) -> None:
    keys = [(1_212_092_628_029 + number) << 22 for number in range(20_000)]
    outside: list[str] = []
    for letter in "abcde":
        members = [Member(f"{letter}{number}", "", 1 + 2 * (number == 7)) for number in range(8)]
        kept = Counter(_first(part(members), keys))
        for member in members:
            share, ideal = kept[member.name] / len(keys), member.weight / 10
            if _far_from(share, ideal, member.weight):
                outside.append(
                    f"{member.name} (weight {member.weight}) kept {share:.1%} where {ideal:.0%} is its share"
                )
    expect(
        len(outside) < 2,
        expected="shares within 40 % of the ideal (23 % for weight 3); at most one of 40 outside by chance",
        happened=f"{len(outside)} of 40 lay outside: {outside[0] if outside else ''}",
        counterexample="20,000 ids, one a millisecond, on 5 rings of seven members of weight 1 and one of weight 3",
    )


WALKS = {"sort", "sorted", "insort", "insort_right", "insort_left", "min", "max", "sum", "index"}
"""What is written in C runs in one step, whatever it walks over: these are known by name."""


def _work(ring: Any, key: int) -> tuple[int, set[str]]:
    """Steps of the interpreter while the owner of `key` is found, and the calls on the way that walk all points."""
    steps, walks, before = [0], set[str](), (sys.gettrace(), sys.getprofile())

    def trace(frame: FrameType, event: str, arg: Any) -> Any:
        frame.f_trace_opcodes = True  # a loop on one line counts too
        steps[0] += event == "opcode"
        return trace

    def profile(frame: FrameType, event: str, arg: Any) -> None:
        if event == "c_call" and getattr(arg, "__name__", "") in WALKS:
            walks.add(arg.__name__)

    sys.settrace(trace)
    sys.setprofile(profile)
    try:
        ring.owners(key)
    finally:
        sys.settrace(before[0])
        sys.setprofile(before[1])
    return steps[0], walks


@check(points=5, law=7, claim="The owner is found in about log(points) steps",
       catches="walking the points one by one; sorting them at every question", read=f"{PAGE}#laws",
       after=the_load_is_even)  # fmt: skip
def a_lookup_is_short(part: Any, seed: int = 0) -> None:
    few, many = part(_plain(2)), part(_plain(64))
    keys = _ids(seed, 20)
    _work(few, 1)  # CPython 3.12 counts instructions of a function from its second traced call on
    little = max(_work(few, key)[0] for key in keys)
    for key in keys:
        steps, walks = _work(many, key)
        expect(
            not walks,
            expected="nothing that sorts or walks all the points at every question",
            happened=f"owners called {', '.join(sorted(walks))}",
            counterexample=f"owners({key}) on a ring of 64 members",
        )
        expect(
            steps <= 3 * little + 200,
            expected=f"about as many steps of the interpreter as with 2 members, {little}",
            happened=f"it took {steps:,} with 64",
            counterexample=f"owners({key}) on a ring of 64 members: 6,400 points",
        )


@check(points=10, law=3, claim="A joiner gets its share: the mean of 400 joins within 2 %",
       catches="a joiner that comes with fewer or more points than the others", read=f"{PAGE}#laws",
       after=a_lookup_is_short)  # fmt: skip
def a_joiner_gets_its_share(part: Any, seed: int = 0) -> None:
    keys = _ids(seed, 2_000)
    ratios: list[float] = []
    far = 0
    for ring_number in range(40):
        ring, total = part([Member(f"r{ring_number}")]), 1
        for number in range(10):
            joiner = Member(f"r{ring_number}-{number}", "", 1 + (number % 3 == 2))
            total += joiner.weight
            ring.add(joiner)
            share = _first(ring, keys).count(joiner.name) / len(keys)
            ratios.append(share * total / joiner.weight)
            far += _far_from(share, joiner.weight / total, joiner.weight)
    mean = sum(ratios) / len(ratios)
    asked = "40 rings grown from 1 member to 11, every third joiner of weight 2; 2,000 keys after each join"
    expect(
        abs(mean - 1) <= 0.02,
        expected="joiners get their weight's share, in the mean within 2 %",
        happened=f"they got {mean:.1%} of it in the mean",
        counterexample=asked,
    )
    expect(
        far <= 8,
        expected="shares within 40 % of the ideal (28 % for weight 2), but for a few by chance",
        happened=f"{far} of 400 lay outside",
        counterexample=asked,
    )


@check(points=5, law=1, claim="A ring that grew is as one that was made so",
       catches="add and the constructor that place points in two ways", read=f"{PAGE}#laws",
       after=a_joiner_gets_its_share)  # fmt: skip
def history_does_not_matter(part: Any, seed: int = 0) -> None:
    members = _plain(5)
    made, grown = part(members), part(members[1:2])
    for number in (3, 0, 4, 2):
        grown.add(members[number])
    for key in _ids(seed, 300):
        want, got = made.owners(key, 3), grown.owners(key, 3)
        expect(
            want == got,
            expected=f"{want}, as of HashRing of m0 to m4",
            happened=f"the answer was {got}",
            counterexample=f"owners({key}, 3) of HashRing of m1 that m3, m0, m4 and m2 joined",
        )


@check(points=10, law=5, claim="Owners are distinct, and of new zones as long as there are any",
       catches="two virtual nodes of one member as two copies; copies in one zone", read=f"{PAGE}#laws")  # fmt: skip
def owners_are_distinct(part: Any, seed: int = 0) -> None:
    @seeded(seed)
    @steady
    @given(_members(), ids, st.integers(1, 9))
    def distinct(members: list[Member], key: int, count: int) -> None:
        ring = part(members)
        zone_of = {member.name: member.zone for member in members}
        owners = ring.owners(key, count)
        asked = f"owners({key}, {count}) of " + ", ".join(f"{name} (zone {zone})" for name, zone in zone_of.items())
        known = isinstance(owners, tuple) and set(owners) <= set(zone_of) and len(set(owners)) == len(owners)
        expect(
            known and len(owners) == min(count, len(members)),
            expected=f"a tuple of {min(count, len(members))} different members",
            happened=f"the answer was {owners}",
            counterexample=asked,
        )
        zones = len(set(zone_of.values()))
        among = owners[: min(zones, count)]
        expect(
            len({zone_of[name] for name in among}) == len(among),
            expected=f"the first {len(among)} in {len(among)} different zones",
            happened=f"the answer was {owners}, in the zones {', '.join(zone_of[name] for name in owners)}",
            counterexample=asked,
        )
        for fewer in range(1, count):
            expect(
                ring.owners(key, fewer) == owners[:fewer],
                expected=f"{owners[:fewer]}, as when {count} are asked for",
                happened=f"the answer was {ring.owners(key, fewer)}",
                counterexample=asked.replace(f"{key}, {count})", f"{key}, {fewer})", 1),
            )

    distinct()


@check(points=5, law=6, claim="What makes no sense is refused with ValueError, and an empty ring owns nothing",
       catches="a name that joins twice, a weight of 0, a stranger that leaves", read=f"{PAGE}#laws")  # fmt: skip
def nonsense_is_refused(part: Any) -> None:
    def two() -> Any:
        return part(_plain(2))

    for asked, call in (
        ("add(Member('m1')) where m1 is there", lambda: two().add(Member("m1"))),
        ("HashRing([Member('m1'), Member('m1')])", lambda: part([Member("m1"), Member("m1")])),
        ("add(Member('m9', weight=0))", lambda: two().add(Member("m9", weight=0))),
        ("remove('m9') of a ring of m0 and m1", lambda: two().remove("m9")),
        ("owners(1, 0)", lambda: two().owners(1, 0)),
    ):
        answer = _answer(call)
        expect(
            answer == "ValueError",
            expected="ValueError",
            happened=f"the answer was {answer}",
            counterexample=asked,
        )
    ring = part(_plain(1))
    ring.remove("m0")
    for asked, empty in (("owners(1) of HashRing([])", part([])), ("owners(1) after the last member left", ring)):
        answer = _answer(partial(empty.owners, 1))
        expect(answer == (), expected="()", happened=f"the answer was {answer}", counterexample=asked)
