"""Checks of day 2.2, shards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil, log2
from random import Random
from typing import Any

from hypothesis import example, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from twitterlab.course.checks import check, expect
from twitterlab.parts.shards import (
    Announce,
    Command,
    Compare,
    Copy,
    Done,
    Drop,
    Finished,
    Got,
    Merged,
    Phase,
    Progress,
    Query,
    Read,
)

PAGE = "docs/week2/day2-shards.md"
steady = settings(database=None, deadline=None, max_examples=80, report_multiple_bugs=False)
NEWEST = 1 << 62
MOST_ROUNDS = 60

# Reading a page, with shards on this side.


@dataclass(slots=True)
class Shards:
    """Shards that answer, and count what they were asked for."""

    ids: dict[str, set[int]]
    dead: frozenset[str] = frozenset()
    read: int = 0
    rounds: int = 0
    asked: list[tuple[Read, ...]] = field(default_factory=list)
    ended: set[str] = field(default_factory=set)

    def page(self, part: Any, before_id: int, limit: int) -> Merged:
        """Ask the part for a page, and answer what it reads."""
        query, got = Query(tuple(self.ids), before_id, limit), dict[str, Got]()
        for _ in range(MOST_ROUNDS):
            step = part.merge(query, dict(got))
            if isinstance(step, Merged):
                return step
            expect(
                isinstance(step, tuple) and step and all(isinstance(read, Read) for read in step),
                expected="Merged, or a tuple of one Read or more",
                happened=f"the answer was {step!r}",
                counterexample=f"merge({query}, {got})",
            )
            self.rounds += 1
            self.asked.append(step)
            for read in step:
                got[read.shard] = self._answer(query, read, got.get(read.shard, Got()))
        expect(False, expected="a page in the end", happened=f"there were {MOST_ROUNDS} rounds of reads",
               counterexample=f"a page of {limit} from {len(self.ids)} shards")  # fmt: skip
        raise AssertionError

    def _answer(self, query: Query, read: Read, before: Got) -> Got:
        expect(
            not (before.is_end or before.is_dead) and read.shard in self.ids and read.count >= 1,
            expected="reads of shards that have more to tell",
            happened=f"{read} was asked for" + (", and the shard had ended" if before.is_end else "")
            + (", and the shard is dead" if before.is_dead else ""),
            counterexample=f"a page of {query.limit} from {len(query.shards)} shards",
        )  # fmt: skip
        below = min([query.before_id, *before.ids[-1:]])
        expect(
            read.before_id == below,
            expected=f"a read of {read.shard} below {below}, where its last answer ended",
            happened=f"{read} was asked for",
            counterexample=f"a page of {query.limit} from {len(query.shards)} shards",
        )
        if read.shard in self.dead:
            return Got(before.ids, is_dead=True)
        found = sorted((one for one in self.ids[read.shard] if one < below), reverse=True)[: read.count]
        self.read += len(found)
        self.ended.update([read.shard] if len(found) < read.count else [])
        return Got((*before.ids, *found), is_end=len(found) < read.count)

    def all_below(self, before_id: int) -> list[int]:
        """What one database with everything in it would say."""
        living = (ids for name, ids in self.ids.items() if name not in self.dead)
        return sorted({one for ids in living for one in ids if one < before_id}, reverse=True)


@st.composite
def _shards(draw: Any, most: int = 6) -> dict[str, set[int]]:
    """Ids on shards; now and then one lies on two, as while people move."""
    count = draw(st.integers(1, most))
    ids = draw(st.lists(st.integers(1, 400), max_size=120, unique=True))
    skew = draw(st.sampled_from([0, 0, 1]))
    chance = draw(st.randoms(use_true_random=False))
    found: dict[str, set[int]] = {f"s{number}": set() for number in range(count)}
    for one in ids:
        found[f"s{0 if skew and chance.random() < 0.8 else chance.randrange(count)}"].add(one)
        if chance.random() < 0.1:
            found[f"s{chance.randrange(count)}"].add(one)
    return found


def _shown(ids: dict[str, set[int]]) -> str:
    return "; ".join(
        f"{name}: {sorted(held, reverse=True)[:8]}{'…' if len(held) > 8 else ''}" for name, held in ids.items()
    )


@check(points=20, law=1, claim="A merged page is the page of a single database",
       catches="a merge that takes a shard's first ids for its last, or shows an id twice", read=f"{PAGE}#laws")  # fmt: skip
def merged_is_single(part: Any, seed: int = 0) -> None:
    @seeded(seed)
    @steady
    @given(_shards(), st.integers(1, 30), st.sampled_from([NEWEST, 250, 100]))
    @example({"s0": {1}, "s1": {2, 3}}, 3, NEWEST)
    @example({"s0": {1, 2}, "s1": {1}}, 1, NEWEST)
    def same(ids: dict[str, set[int]], limit: int, before_id: int) -> None:
        shards = Shards(ids)
        page = shards.page(part(), before_id, limit)
        want = shards.all_below(before_id)
        asked = f"a page of {limit} below {before_id} from {_shown(ids)}"
        expect(page.ids == tuple(want[:limit]), expected=f"{tuple(want[:limit])}", happened=f"the page was {page.ids}",
               counterexample=asked)  # fmt: skip
        older = len(want) > limit
        expect(
            not older or page.next_before_id == page.ids[-1],
            expected=f"next_before_id {page.ids[-1] if page.ids else None}, since older ids follow",
            happened=f"it was {page.next_before_id}",
            counterexample=asked,
        )
        expect(
            older or shards.ended < set(ids) or page.next_before_id is None,
            expected="next_before_id None: all shards have ended, and all they hold is shown",
            happened=f"it was {page.next_before_id}",
            counterexample=asked,
        )
        expect(
            page.missing == (),
            expected="no shard is missing",
            happened=f"missing was {page.missing}",
            counterexample=asked,
        )

    same()


@check(points=10, law=1, claim="Pages neither skip nor repeat while ids arrive and vanish",
       catches="a cursor that counts, or one that begins below the last id that was read and not shown",
       read=f"{PAGE}#laws", after=merged_is_single)  # fmt: skip
def pages_neither_skip_nor_repeat(part: Any, seed: int = 0) -> None:
    chance = Random(seed)
    for _ in range(40):
        ids: dict[str, set[int]] = {f"s{number}": set() for number in range(chance.randint(1, 5))}
        for one in chance.sample(range(1, 2_000), 90):
            ids[chance.choice(sorted(ids))].add(one)
        there = {one for held in ids.values() for one in held}
        stays, shown, before_id = set(there), list[int](), NEWEST
        for _ in range(40):
            page = Shards(ids).page(part(), before_id, 7)
            shown += page.ids
            if page.next_before_id is None:
                break
            before_id = page.next_before_id
            ids[chance.choice(sorted(ids))].add(2_000 + chance.randrange(10**6))
            gone = chance.choice(sorted(stays))
            stays.discard(gone)
            for held in ids.values():
                held.discard(gone)
        asked = f"pages of 7 through 90 ids on {len(ids)} shards, one arriving and one vanishing after each"
        skipped = stays - set(shown)
        expect(not skipped, expected="every id that stayed there, once",
               happened=f"{len(skipped)} were never shown, as {min(skipped, default=0)}", counterexample=asked)  # fmt: skip
        repeated = [one for one, other in pairwise(sorted(shown)) if one == other]
        expect(not repeated, expected="every id once", happened=f"{repeated[:1]} was shown twice", counterexample=asked)


@check(points=15, law=2, claim="It reads no more than it must",
       catches="a whole page from every shard; one id at a time; a shard asked twice in a round", read=f"{PAGE}#laws",
       after=merged_is_single)  # fmt: skip
def it_reads_little(part: Any, seed: int = 0) -> None:
    chance = Random(seed)
    for count in (1, 2, 3, 8, 16):
        for way in ("even", "one shard", "in turn", "blocks"):
            ids: dict[str, set[int]] = {f"s{number}": set() for number in range(count)}
            for one in range(3_000):
                place = {"even": chance.randrange(count), "one shard": 0, "in turn": one % count,
                         "blocks": one * count // 3_000}[way]  # fmt: skip
                ids[f"s{place}"].add(one + 1)
            for limit in (20, 100):
                shards = Shards(ids)
                shards.page(part(), NEWEST, limit)
                asked = f"a page of {limit} from {count} shards of 3,000 ids, laid out {way!r}"
                most, most_rounds = 4 * limit + count, 2 + ceil(log2(count + 1))
                expect(shards.read <= most, expected=f"at most 4 * {limit} + {count} = {most} ids read",
                       happened=f"{shards.read:,} were read", counterexample=asked)  # fmt: skip
                expect(shards.rounds <= most_rounds, expected=f"at most {most_rounds} rounds of reads",
                       happened=f"there were {shards.rounds}", counterexample=asked)  # fmt: skip
                for reads in shards.asked:
                    names = [read.shard for read in reads]
                    expect(len(set(names)) == len(names), expected="each shard at most once in a round",
                           happened=f"it asked {', '.join(names)}", counterexample=asked)  # fmt: skip


@check(points=10, law=3, claim="A dead shard makes the page partial, and the page says so",
       catches="an error for everybody; a partial page that looks whole; waiting for the dead", read=f"{PAGE}#laws",
       after=merged_is_single)  # fmt: skip
def a_dead_shard_is_named(part: Any, seed: int = 0) -> None:
    @seeded(seed)
    @steady
    @given(_shards(), st.integers(1, 30), st.data())
    def partial(ids: dict[str, set[int]], limit: int, data: Any) -> None:
        dead = frozenset(data.draw(st.sets(st.sampled_from(sorted(ids)), min_size=1)))
        shards = Shards(ids, dead)
        asked = f"a page of {limit} from {_shown(ids)}, where {', '.join(sorted(dead))} do not answer"
        page = shards.page(part(), NEWEST, limit)
        want = tuple(shards.all_below(NEWEST)[:limit])
        expect(page.ids == want, expected=f"{want}, which the others hold", happened=f"the page was {page.ids}",
               counterexample=asked)  # fmt: skip
        named = tuple(name for name in ids if name in dead)
        expect(
            page.missing == named, expected=f"missing {named}", happened=f"it was {page.missing}", counterexample=asked
        )

    partial()


# Moving keys, with both owners on this side.


def _first_trouble(part: Any) -> tuple[str, str, str] | None:
    """What is wrong with the routes of two machines one phase apart: expected, happened, counterexample."""
    for one in Phase:
        for other in (Phase(phase) for phase in (one - 1, one, one + 1) if phase in set(Phase)):
            writes = part().route(one, "old", "new").writes
            read = part().route(other, "old", "new").read
            if read not in writes:
                return (
                    f"what a machine in {one.name} writes, one in {other.name} reads",
                    f"it writes {writes}, and the other reads {read!r}",
                    f"route({one.name}, 'old', 'new') and route({other.name}, 'old', 'new')",
                )
    return None


@check(points=20, law=4, claim="No tweet is invisible while two machines are one phase apart",
       catches="no dual write; one owner too early; a cut over before all is compared", read=f"{PAGE}#laws")  # fmt: skip
def neighbours_see_each_other(part: Any) -> None:
    trouble = _first_trouble(part)
    expect(trouble is None, expected=trouble and trouble[0], happened=trouble and trouble[1],
           counterexample=trouble and trouble[2])  # fmt: skip
    for phase in Phase:
        route, asked = part().route(phase, "old", "new"), f"route({phase.name}, 'old', 'new')"
        both = Phase.DUAL_WRITE <= phase <= Phase.CUT_OVER
        expect(
            not both or set(route.writes) == {"old", "new"},
            expected="both are written from DUAL_WRITE to CUT_OVER",
            happened=f"{route.writes} are",
            counterexample=asked,
        )
        early, late = phase <= Phase.VERIFY, phase >= Phase.CLEAN_UP
        expect(not early or route.read == "old", expected="'old' is read: the new owner may lack what is not yet copied",
               happened=f"{route.read!r} is", counterexample=asked)  # fmt: skip
        expect(not late or (route.read, route.writes) == ("new", ("new",)),
               expected="the new owner alone: the old one is being emptied", happened=f"{route}", counterexample=asked)  # fmt: skip
        expect(len(route.writes) < 2 or route.writes[0] == "new",
               expected="the new owner is written first: what a reader of the old one has seen, the new one has",
               happened=f"the order is {route.writes}", counterexample=asked)  # fmt: skip
        stays = part().route(phase, "same", "same")
        expect((stays.read, stays.writes) == ("same", ("same",)), expected="a key that does not move has one owner",
               happened=f"{stays}", counterexample=f"route({phase.name}, 'same', 'same')")  # fmt: skip


@dataclass(slots=True)
class Move:
    """Keys on their way, and what the part has done about it."""

    keys: Sequence[int]
    differ: set[int] = field(default_factory=set)
    copied: set[int] = field(default_factory=set)
    clean: set[int] = field(default_factory=set)  # compared without a difference since the last one was found
    dropped: set[int] = field(default_factory=set)
    known: Phase = Phase.BEFORE
    said: list[Command] = field(default_factory=list)

    def do(self, command: Command, progress: Progress) -> Done:
        """Carry it out; an `expect` where it must not be done now."""
        self.said.append(command)
        asked = " -> ".join(_short(each) for each in self.said[-6:])
        if isinstance(command, Announce):
            ok = command.phase in (self.known, self.known + 1)
            expect(ok, expected=f"{self.known.name} again or the phase after it", happened=f"{command.phase.name} was announced",
                   counterexample=asked)  # fmt: skip
            expect(command.phase < Phase.CUT_OVER or self.clean >= set(self.keys),
                   expected="CUT_OVER after a comparison of all keys without a difference",
                   happened=f"{len(set(self.keys) - self.clean)} of {len(self.keys)} were not found equal", counterexample=asked)  # fmt: skip
            expect(command.phase < Phase.VERIFY or self.copied >= set(self.keys), expected="VERIFY after all was copied",
                   happened=f"{len(set(self.keys) - self.copied)} keys were not", counterexample=asked)  # fmt: skip
            self.known = max(self.known, command.phase)
            return Done()
        phases = {Copy: (Phase.BACKFILL, Phase.VERIFY), Compare: (Phase.VERIFY,), Drop: (Phase.CLEAN_UP,)}
        expect(type(command) in phases, expected="a Command", happened=f"it was {command!r}", counterexample=asked)
        assert not isinstance(command, Finished)
        expect(self.known in phases[type(command)],
               expected=f"{type(command).__name__} when all know of {phases[type(command)][0].name}",
               happened=f"they knew of {self.known.name}", counterexample=asked)  # fmt: skip
        keys = self._keys(command)
        found: set[int] = set()
        if isinstance(command, Copy):
            self.copied.update(keys)
            self.differ.difference_update(keys)
        elif isinstance(command, Compare):
            found = self.differ & set(keys)
            self.clean = set() if found else self.clean | set(keys)
        else:
            self.dropped.update(keys)
        return Done(keys[-1] if keys else None, tuple(sorted(found)))

    def _keys(self, command: Copy | Compare | Drop) -> Sequence[int]:
        if isinstance(command, Copy) and command.keys:
            return sorted(command.keys)
        return [key for key in self.keys if key > command.after_key][: command.limit]


def _short(command: Command) -> str:
    if isinstance(command, Announce):
        return f"Announce({command.phase.name})"
    return type(command).__name__


def _lead(part: Any, move: Move, crashes: Iterable[bool] = (), most: int = 400) -> None:
    """Follow the part to its end. Where a crash strikes, the command is done and nobody knows."""
    progress, done = Progress(), None
    chance = iter(crashes)
    for _ in range(most):
        progress, command = part().advance(progress, done)
        if isinstance(command, Finished):
            break
        done = move.do(command, progress)
        if next(chance, False):
            done = None
    asked = f"a reshard of {len(move.keys)} keys, each command carried out"
    expect(isinstance(command, Finished), expected="Finished in the end", happened=f"{most} commands, and no end",
           counterexample=asked)  # fmt: skip
    expect(move.dropped >= set(move.keys), expected="the old owner's copies dropped",
           happened=f"{len(set(move.keys) - move.dropped)} are still there", counterexample=asked)  # fmt: skip
    expect(move.known is Phase.AFTER, expected="AFTER is announced, and then nothing is left",
           happened=f"the last that was announced is {move.known.name}", counterexample=asked)  # fmt: skip
    again = part().advance(progress, Done())
    expect(isinstance(again[1], Finished), expected="Finished stays Finished", happened=f"then came {again[1]}",
           counterexample=asked)  # fmt: skip


@check(points=15, law=5, claim="Phases come in order, announced before anything is done in them; differences are copied again",
       catches="no verification; acting before all know; going on after a difference", read=f"{PAGE}#laws")  # fmt: skip
def phases_in_order(part: Any, seed: int = 0) -> None:
    chance = Random(seed)
    for count in (0, 1, 3, 450):
        _lead(part, Move(range(count)))
    for _ in range(10):
        keys = sorted(chance.sample(range(10_000), 450))
        move = Move(keys, differ={keys[0], keys[-1], *chance.sample(keys, 3)})
        told = set(move.differ)
        # The differences are there although all was copied, as when a write failed half-way.
        move.copied, plain = set(), move.differ
        stubborn = _Stubborn(keys, differ=plain)
        _lead(part, stubborn)
        expect(not stubborn.differ, expected="every difference copied again before the cut over",
               happened=f"{len(stubborn.differ)} of {len(told)} were left", counterexample="a reshard in which 5 of 450 keys differ")  # fmt: skip


class _Stubborn(Move):
    """The backfill does not mend what differs: only a copy of exactly these keys does."""

    __slots__ = ()

    def do(self, command: Command, progress: Progress) -> Done:
        before = set(self.differ)
        done = Move.do(self, command, progress)
        if isinstance(command, Copy) and not command.keys:
            self.differ = before
        return done


@check(points=10, law=6, claim="A coordinator that died goes on where it was",
       catches="progress that is kept in the part; a step that is skipped or begun anew after a crash",
       read=f"{PAGE}#laws", after=phases_in_order)  # fmt: skip
def a_crash_changes_nothing(part: Any, seed: int = 0) -> None:
    chance = Random(seed)
    progress, done, move = Progress(), None, Move(range(450), differ={7})
    for _ in range(60):
        progress, command = part().advance(progress, done)
        again = part().advance(progress, None)
        expect(again == (progress, command), expected=f"{_short(command)} again: nobody knows whether it was done",
               happened=f"{_short(again[1])}", counterexample=f"advance({progress}, None) by a part that was just made")  # fmt: skip
        if isinstance(command, Finished):
            break
        done = move.do(command, progress)
    for _ in range(10):
        _lead(part, Move(range(450), differ={3, 201}), [chance.random() < 0.4 for _ in range(200)])
