"""Checks of day 2.4, replica."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from twitterlab.course.checks import check, expect
from twitterlab.parts.replica import MAX_SKEW_MS, Add, Change, Count, Put, Remove, Stamp

PAGE = "docs/week2/day4-replica.md"
NAMES = ("america", "asia", "europe")
KEYS = ("profile/1", "follows/1", "likes/1")
ROUNDS = 40


@dataclass(slots=True)
class Event:
    """A change, and what its replica had seen when it made it."""

    change: Change
    stamp: Stamp
    known: frozenset[int]


@dataclass(slots=True)
class World:
    """Three replicas, the deltas on their way as JSON, and all that was written: what the answers are held against."""

    make: Any
    chance: Random
    now_ms: int = 1_000
    said: list[str] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    seen: dict[str, set[int]] = field(default_factory=dict)
    replicas: dict[str, Any] = field(default_factory=dict)
    under_way: list[tuple[str, str, set[int], str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.replicas = {name: self.make(name) for name in NAMES}
        self.seen = {name: set() for name in NAMES}

    def write(self, name: str, change: Change) -> None:
        stamp = self.replicas[name].write(change, self.now_ms)
        self.said.append(f"{name} writes {_short(change)}")
        self.seen[name].add(len(self.events))
        self.events.append(Event(change, stamp, frozenset(self.seen[name])))

    def send(self, source: str, target: str) -> bool:
        """Put a delta on its way; whether there was one."""
        delta = self.replicas[source].delta(_sent(self.replicas[target].version()))
        if delta is not None:
            self.under_way.append((source, target, set(self.seen[source]), json.dumps(delta)))
        return delta is not None

    def arrive(self, place: int, stays: bool = False) -> None:
        """A delta arrives, and now and then again later."""
        source, target, known, text = self.under_way[place]
        self.said.append(f"{target} hears from {source}")
        self.replicas[target].merge(json.loads(text), self.now_ms)
        self.seen[target] |= known
        if not stays:
            del self.under_way[place]

    def step(self, kinds: tuple[str, ...]) -> None:
        """Something happens."""
        self.now_ms += self.chance.randrange(3)
        source, target = self.chance.sample(NAMES, 2)
        draw = self.chance.random()
        if draw < 0.45:
            self.write(source, self._change(self.chance.choice(kinds)))
        elif draw < 0.7 or not self.under_way:
            self.send(source, target)
        else:
            self.arrive(self.chance.randrange(len(self.under_way)), stays=draw > 0.9)

    def settle(self) -> None:
        """Everybody hears from everybody until nobody lacks anything, or ten times."""
        for _ in range(10):
            while self.under_way:
                self.arrive(self.chance.randrange(len(self.under_way)))
            sent = [self.send(source, target) for source in NAMES for target in NAMES if source != target]
            if not any(sent):
                return

    def story(self) -> str:
        return "; ".join(self.said[-9:])

    def _change(self, kind: str) -> Change:
        if kind == "put":
            return Put(KEYS[0], f"v{len(self.events)}")
        if kind == "count":
            return Count(KEYS[2], self.chance.choice([1, 1, -1]))
        element = self.chance.randrange(2)
        return (Add if kind == "add" else Remove)(KEYS[1], element)


def _short(change: Change) -> str:
    return f"{type(change).__name__}({', '.join(repr(getattr(change, name)) for name in change.__slots__)})"


def _sent(value: Any) -> Any:
    """What arrives of what was sent: a copy, by way of JSON."""
    return json.loads(json.dumps(value))


def _answers(replica: Any) -> tuple[Any, ...]:
    return replica.register(KEYS[0]), replica.members(KEYS[1]), replica.counter(KEYS[2])


def _played(part: Any, seed: int, kinds: tuple[str, ...], look: Callable[[World], None]) -> None:
    for number in range(ROUNDS):
        world = World(part, Random(seed * 1_000 + number))
        for _ in range(3 + number * 27 // ROUNDS):  # short stories first
            world.step(kinds)
        world.settle()
        look(world)


@check(points=20, law=1, claim="Replicas that saw the same agree, whatever came when and how often",
       catches="merging by replacing; an order of arrival that decides", read=f"{PAGE}#laws")  # fmt: skip
def replicas_agree(part: Any, seed: int = 0) -> None:
    def agree(world: World) -> None:
        first = _answers(world.replicas[NAMES[0]])
        for name in NAMES[1:]:
            answers = _answers(world.replicas[name])
            expect(answers == first, expected=f"{first}, as {NAMES[0]} says", happened=f"{name} says {answers}",
                   counterexample=world.story())  # fmt: skip

    here, there = part("here"), part("there")
    here.write(Put("profile/1", "from here"), 1_000)
    there.write(Put("profile/1", "from there"), 1_000)
    ours, theirs = _sent(here.delta({})), _sent(there.delta({}))
    here.merge(theirs, 1_000)
    there.merge(ours, 1_000)
    expect(
        here.register("profile/1") == there.register("profile/1"),
        expected=f"{here.register('profile/1')!r}, as here says",
        happened=f"there says {there.register('profile/1')!r}",
        counterexample="both write profile/1 in the same millisecond, and hear from each other",
    )
    alone = part("alone")
    for change in (Put("profile/1", "me"), Add("follows/1", 7), Count("likes/1", 2)):
        alone.write(change, 1_000)
    there = part("heard")
    there.merge(_sent(alone.delta({})), 1_000)
    said = (there.register("profile/1"), there.members("follows/1"), there.counter("likes/1"))
    expect(said == ("me", frozenset({7}), 2), expected="('me', frozenset({7}), 2), as was written elsewhere",
           happened=f"it says {said}", counterexample="alone writes three keys; there merges alone.delta({})")  # fmt: skip
    third = part("third")
    third.merge(_sent(there.delta({})), 1_000)
    heard = (third.register("profile/1"), third.members("follows/1"), third.counter("likes/1"))
    expect(
        heard == said,
        expected=f"{said}, as there says: it passes on what it heard",
        happened=f"third says {heard}",
        counterexample="there hears from alone, and third from there",
    )
    _played(part, seed, ("put", "add", "remove", "count"), agree)


@check(points=10, law=4, claim="Stamps rise, whatever the clock does, and lie above what was heard",
       catches="the clock of the wall; a counter that starts again", read=f"{PAGE}#laws",
       after=replicas_agree)  # fmt: skip
def stamps_rise(part: Any, seed: int = 0) -> None:
    chance = Random(seed)
    here, there = part("here"), part("there")
    last, highest, told = Stamp(-1, 0, ""), 0, list[str]()
    for number in range(200):
        now_ms = 10_000 + chance.choice([number, 0, number - 50, 5])
        highest = max(highest, now_ms)
        if number % 5 == 4:
            ahead_ms = now_ms + chance.randrange(MAX_SKEW_MS)
            highest = max(highest, ahead_ms)
            heard = there.write(Add("follows/1", number), ahead_ms)
            delta = there.delta(here.version())
            if heard.at_ms <= now_ms + MAX_SKEW_MS and delta is not None:
                here.merge(_sent(delta), now_ms)
                last = max(last, heard)
                told.append(f"hears {heard}")
        stamp = here.write(Add("follows/2", number), now_ms)
        told.append(f"writes at {now_ms}: {stamp}")
        asked = "here " + ", ".join(told[-4:])
        expect(stamp > last, expected=f"a stamp above {last}", happened=f"it was {stamp}", counterexample=asked)
        expect(stamp.at_ms <= highest, expected=f"at_ms of at most {highest}, the highest clock that took part",
               happened=f"it was {stamp.at_ms}", counterexample=asked)  # fmt: skip
        expect(
            stamp.replica == "here",
            expected="the replica's own name",
            happened=f"{stamp.replica!r}",
            counterexample=asked,
        )
        last = stamp


@check(points=5, law=4, claim="A delta of a clock too far ahead is refused whole",
       catches="one broken clock that drags all others along; half of a delta taken in", read=f"{PAGE}#laws",
       after=stamps_rise)  # fmt: skip
def broken_clocks_are_refused(part: Any) -> None:
    here, there = part("here"), part("there")
    there.write(Add("follows/1", 2), 1_000)
    there.write(Add("follows/1", 3), 1_000 + MAX_SKEW_MS + 1)
    delta = _sent(there.delta({}))
    try:
        here.merge(delta, 1_000)
        answer = "it was merged"
    except ValueError:
        answer = "ValueError"
    asked = f"here merges, at 1000, a delta with stamps of 1000 and {1_000 + MAX_SKEW_MS + 1}"
    expect(
        answer == "ValueError",
        expected="ValueError: no clock may be so far ahead",
        happened=answer,
        counterexample=asked,
    )
    expect(here.members("follows/1") == frozenset(), expected="nothing of it taken in",
           happened=f"the set is {set(here.members('follows/1'))}", counterexample=asked)  # fmt: skip
    here.merge(delta, 1_001)
    expect(here.members("follows/1") == {2, 3}, expected="{2, 3}, when the clock shows 1001: that is within the skew",
           happened=f"the set is {set(here.members('follows/1')) or '{}'}", counterexample=f"{asked}, and again at 1001")  # fmt: skip


@check(points=15, law=2, claim="Add wins; and a removal takes away all that it had seen",
       catches="remove wins; the last one wins; a late copy of an addition brings it back", read=f"{PAGE}#laws",
       after=stamps_rise)  # fmt: skip
def add_wins(part: Any, seed: int = 0) -> None:
    def as_documented(world: World) -> None:
        removed = [(event.change.element, event.known) for event in world.events if isinstance(event.change, Remove)]
        want = frozenset(
            event.change.element
            for number, event in enumerate(world.events)
            if isinstance(event.change, Add)
            and not any(element == event.change.element and number in known for element, known in removed)
        )
        got = world.replicas[NAMES[0]].members(KEYS[1])
        expect(got == want, expected=f"{set(want) or '{}'}: additions that no removal had seen",
               happened=f"the set is {set(got) or '{}'}", counterexample=world.story())  # fmt: skip

    here, there = part("here"), part("there")
    here.write(Add("follows/1", 2), 1_000)
    late = _sent(here.delta({}))
    there.merge(late, 1_000)
    here.write(Remove("follows/1", 2), 1_001)
    there.write(Add("follows/1", 2), 1_001)
    ours, theirs = here.delta(there.version()), there.delta(here.version())
    here.merge(_sent(theirs), 1_002)
    there.merge(_sent(ours), 1_002)
    asked = "here adds 2, there hears; here removes 2 while there adds it; both hear"
    for name, replica in (("here", here), ("there", there)):
        expect(replica.members("follows/1") == {2}, expected="2 is there: the two knew nothing of each other, and add wins",
               happened=f"{name} has {set(replica.members('follows/1')) or '{}'}", counterexample=asked)  # fmt: skip
    there.write(Remove("follows/1", 2), 1_003)
    here.merge(_sent(there.delta(here.version())), 1_003)
    here.merge(late, 1_004)
    expect(here.members("follows/1") == frozenset(), expected="nothing: the removal had seen every addition",
           happened=f"here has {set(here.members('follows/1'))}",
           counterexample=f"{asked}; there removes 2, here hears, and hears the first delta once more")  # fmt: skip
    maker, remover, other, last = (part(name) for name in ("maker", "remover", "other", "last"))
    maker.write(Add("follows/1", 2), 1_000)
    for replica in (remover, other):
        replica.merge(_sent(maker.delta({})), 1_000)
    remover.write(Remove("follows/1", 2), 1_001)
    last.merge(_sent(remover.delta(_sent(other.version()))), 1_002)
    last.merge(_sent(other.delta(_sent(last.version()))), 1_003)
    expect(
        last.members("follows/1") == frozenset(),
        expected="nothing: the addition was removed, though it came later than its removal",
        happened=f"last has {set(last.members('follows/1'))}",
        counterexample="maker adds 2; remover and other hear; remover removes 2; last hears of the removal only, then from other",
    )
    maker, remover, here = part("maker"), part("remover"), part("here")
    maker.write(Add("follows/1", 2), 1_000)
    remover.merge(_sent(maker.delta({})), 1_000)
    remover.write(Remove("follows/1", 2), 1_001)
    here.merge(_sent(remover.delta({})), 1_002)
    maker.write(Add("follows/1", 5), 1_002)
    here.merge(_sent(maker.delta({})), 1_003)
    expect(here.members("follows/1") == {5}, expected="{5}: that 2 was added is known here, and so is that it was removed",
           happened=f"here has {set(here.members('follows/1')) or '{}'}",
           counterexample="maker adds 2; remover hears and removes it; here hears both; maker adds 5; here hears all that maker has")  # fmt: skip
    _played(part, seed, ("add", "remove", "add"), as_documented)


@check(points=10, law=3, claim="The last writer wins, and who had seen the other is later",
       catches="the first one wins; clocks of the wall alone; ties that each decides for itself", read=f"{PAGE}#laws",
       after=stamps_rise)  # fmt: skip
def the_last_writer_wins(part: Any, seed: int = 0) -> None:
    fast, slow = part("fast"), part("slow")
    fast.write(Put("profile/1", "first"), 1_400)
    slow.merge(_sent(fast.delta({})), 1_000)
    slow.write(Put("profile/1", "answer"), 1_000)
    fast.merge(_sent(slow.delta(fast.version())), 1_400)
    asked = "fast, 400 ms ahead, writes 'first'; slow hears it and writes 'answer'; fast hears that"
    for name, replica in (("fast", fast), ("slow", slow)):
        expect(replica.register("profile/1") == "answer", expected="'answer': its writer had seen 'first'",
               happened=f"{name} says {replica.register('profile/1')!r}", counterexample=asked)  # fmt: skip

    def latest(world: World) -> None:
        puts = [event for event in world.events if isinstance(event.change, Put)]
        want = max(puts, key=lambda event: event.stamp).change.value if puts else None
        got = world.replicas[NAMES[0]].register(KEYS[0])
        expect(got == want, expected=f"{want!r}, whose stamp is the greatest", happened=f"the register says {got!r}",
               counterexample=world.story())  # fmt: skip

    _played(part, seed, ("put",), latest)


@check(points=10, law=5, claim="Every Count counts once, however often its delta arrives",
       catches="totals that are added up; the greatest that wins", read=f"{PAGE}#laws", after=stamps_rise)  # fmt: skip
def likes_count_once(part: Any, seed: int = 0) -> None:
    def total(world: World) -> None:
        want = sum(event.change.by for event in world.events if isinstance(event.change, Count))
        for name in NAMES:
            got = world.replicas[name].counter(KEYS[2])
            expect(got == want, expected=f"{want}, the sum of what was written", happened=f"{name} says {got}",
                   counterexample=world.story())  # fmt: skip

    here, there = part("here"), part("there")
    here.write(Count("likes/1", 1), 1_000)
    there.write(Count("likes/1", 2), 1_000)
    delta = _sent(here.delta({}))
    there.merge(delta, 1_000)
    here.write(Count("likes/1", 4), 1_001)
    there.merge(_sent(here.delta(there.version())), 1_001)
    there.merge(delta, 1_001)
    expect(there.counter("likes/1") == 7, expected="7, what here and there have counted together",
           happened=f"there says {there.counter('likes/1')}",
           counterexample="here counts 1, there counts 2 and hears; here counts 4 more, there hears, and hears the first delta again")  # fmt: skip
    _played(part, seed, ("count",), total)


@check(points=15, law=6, claim="A delta is what the other lacks, and None when that is nothing",
       catches="the whole state every time; deltas for ever; a hole where one was lost", read=f"{PAGE}#laws",
       after=stamps_rise)  # fmt: skip
def deltas_are_small(part: Any, seed: int = 0) -> None:
    nothing = part("new").delta({})
    expect(nothing is None, expected="None: nobody has written anything", happened=f"{nothing}",
           counterexample="delta({}) of a new replica")  # fmt: skip
    here, there = part("here"), part("there")
    for number in range(500):
        here.write(Add(f"follows/{number}", number), 1_000 + number)
    whole = here.delta({})
    there.merge(_sent(whole), 2_000)
    asked = "here writes 500 additions, there hears them all"
    none = here.delta(_sent(there.version()))
    expect(none is None, expected="None: there lacks nothing", happened=f"{str(none)[:80]}", counterexample=asked)
    here.write(Add("follows/1", 501), 2_000)
    one = here.delta(_sent(there.version()))
    size, all_of_it = len(json.dumps(one)), len(json.dumps(whole))
    expect(one is not None and size < all_of_it / 20, expected=f"a small part of the {all_of_it:,} bytes of all 500",
           happened=f"the delta of one change has {size:,}" if one is not None else "it was None",
           counterexample=f"{asked}; here writes one more")  # fmt: skip
    expect(len(json.dumps(here.version())) < 200, expected="a version of a few bytes: it goes along with everything",
           happened=f"it has {len(json.dumps(here.version())):,}", counterexample=f"{asked}; version()")  # fmt: skip
    here.write(Add("follows/1", 502), 2_001)
    second = here.delta(_sent(_after(part, whole, one).version()))
    there.merge(_sent(second), 2_100)
    asked = f"{asked}; the delta of the 501st change is lost, that of the 502nd arrives"
    rest = here.delta(_sent(there.version()))
    if rest is not None:
        there.merge(_sent(rest), 2_100)
    expect(
        there.members("follows/1") == {1, 501, 502},
        expected="{1, 501, 502} after the next exchange",
        happened=f"follows/1 is {set(there.members('follows/1'))}",
        counterexample=asked,
    )
    lost = part("lost")
    here.write(Add("follows/1", 999), 2_200)
    third = here.delta(_sent(there.version()))
    lost.merge(_sent(third), 2_300)
    rest = here.delta(_sent(lost.version()))
    if rest is not None:
        lost.merge(_sent(rest), 2_300)
    expect(lost.members("follows/7") == {7}, expected="all that was written, after one exchange",
           happened=f"follows/7 is {set(lost.members('follows/7')) or '{}'}",
           counterexample="a replica that has heard nothing hears a delta made for another, and then makes an exchange")  # fmt: skip
    busy = part("busy")
    for number in range(300):
        busy.write(Put("profile/1", f"text {number}"), 3_000 + number)
        busy.write(Count("likes/1", 1), 3_000 + number)
    size = len(json.dumps(busy.delta({})))
    expect(size < all_of_it / 20, expected="a small delta: a newcomer lacks what is there now, not what was there before",
           happened=f"it has {size:,} bytes", counterexample="busy writes one profile 300 times and counts 300 likes; delta({})")  # fmt: skip


def _after(part: Any, *deltas: Any) -> Any:
    """A replica that has heard these."""
    replica = part("third")
    for delta in deltas:
        replica.merge(_sent(delta), 5_000)
    return replica


@check(points=5, law=6, claim="A merge names the keys that it changed",
       catches="nothing said, so that nobody looks; everything said, so that everybody does", read=f"{PAGE}#laws",
       after=the_last_writer_wins)  # fmt: skip
def changes_are_named(part: Any) -> None:
    here, there = part("here"), part("there")
    for change in (Put("profile/2", "x"), Add("follows/1", 2), Count("likes/3", 1)):
        here.write(change, 1_000)
    delta = _sent(here.delta({}))
    changed = there.merge(delta, 1_000)
    want = ("follows/1", "likes/3", "profile/2")
    expect(
        tuple(changed) == want,
        expected=f"{want}",
        happened=f"{changed}",
        counterexample="there merges three keys of here",
    )
    again = there.merge(delta, 1_000)
    expect(
        tuple(again) == (),
        expected="() the second time",
        happened=f"{again}",
        counterexample="the same delta once more",
    )
    later = part("later")
    later.write(Put("profile/2", "y"), 2_000)
    changed = later.merge(delta, 2_000)
    expect(
        tuple(changed) == ("follows/1", "likes/3"),
        expected="('follows/1', 'likes/3'): profile/2 stays what was written later",
        happened=f"{changed}",
        counterexample="later writes profile/2 after here, and then hears of what here wrote",
    )


@check(points=10, law=7, claim="A replica that was begun anew goes on where it was",
       catches="changes numbered from 1 again, which others take for old ones", read=f"{PAGE}#laws",
       after=likes_count_once)  # fmt: skip
def restarts_go_on(part: Any, seed: int = 0) -> None:
    here, there, again = part("here"), part("there"), part("here")
    here.write(Count("likes/1", 1), 1_000)
    there.merge(_sent(here.delta({})), 1_000)
    again.merge(_sent(here.delta({})), 1_000)
    again.write(Count("likes/1", 2), 1_001)
    delta = again.delta(_sent(there.version()))
    if delta is not None:
        there.merge(_sent(delta), 1_001)
    expect(there.counter("likes/1") == 3, expected="3: what was counted after the restart is new",
           happened=f"there says {there.counter('likes/1')}, and the delta was {delta}",
           counterexample="here counts 1, there hears; here is begun anew from its own delta({}), and counts 2; there hears")  # fmt: skip
    chance = Random(seed)
    here, there = part("here"), part("there")
    want, sets = 0, set[int]()
    for number in range(30):
        by = chance.choice([1, 2])
        stamp = here.write(Count("likes/1", by), 1_000)
        here.write(Add("follows/1", number), 1_000)
        want, sets = want + by, sets | {number}
        if chance.random() < 0.5:
            again = part("here")
            again.merge(_sent(here.delta({})), 1_000)
            here = again
            after = here.write(Add("follows/2", number), 900)
            expect(after > stamp, expected=f"a stamp above {stamp}, which it gave before", happened=f"it was {after}",
                   counterexample="here is begun anew, merges its own delta({}), and writes")  # fmt: skip
        if chance.random() < 0.5 and (delta := here.delta(_sent(there.version()))) is not None:
            there.merge(_sent(delta), 1_000)
    delta = here.delta(_sent(there.version()))
    if delta is not None:
        there.merge(_sent(delta), 1_000)
    for name, replica in (("here", here), ("there", there)):
        got = (replica.counter("likes/1"), replica.members("follows/1"))
        expect(got == (want, sets), expected=f"a count of {want} and {len(sets)} followed", counterexample="30 changes, with restarts",
               happened=f"{name} has {got[0]} and {len(got[1])}")  # fmt: skip
