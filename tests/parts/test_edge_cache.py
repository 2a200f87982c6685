"""The laws of the edge_cache part once more, as properties, against an origin that remembers what it was asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solutions.week2.day5_edge_cache import Edge, Often
from twitterlab.course.checks import CheckFailed, lineage
from twitterlab.parts.edge_cache import FETCH_TIMEOUT_MS, Fetch, Join, NoEdge, Response, Serve, Share
from weeks.week2.checks import day5_edge_cache as checks

TTL_MS, STALE_MS = 400, 200
KEYS = ("page/1", "page/2")
PASSES = st.tuples(st.just("passes"), st.sampled_from([1, 50, 400, FETCH_TIMEOUT_MS]))
ASKS = st.tuples(st.just("asks"), st.sampled_from(KEYS))
ANSWERS = st.tuples(st.just("answers"), st.integers(-3, -1), st.integers(0, 4).map(lambda one: one == 4))
FAILS = st.tuples(st.just("fails"), st.integers(0, 5))
CHANGES = st.tuples(st.just("changes"), st.sampled_from(KEYS))
STEPS = st.lists(st.one_of(PASSES, ASKS, ASKS, ANSWERS, ANSWERS, FAILS, CHANGES), min_size=10, max_size=60)


@dataclass(slots=True)
class Asked:
    """A fetch: for what, since when, and which version of it the origin read."""

    key: str
    at_ms: int
    version: int


@dataclass(slots=True)
class World:
    """An edge, the origin's truth, and all fetches there ever were. Each law is looked at where it could break."""

    capacity: int = 1
    now_ms: int = 0
    edge: Any = None
    versions: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KEYS, 0))
    kept_ms: dict[tuple[str, int], int] = field(default_factory=dict)
    fetches: dict[int, Asked] = field(default_factory=dict)
    tickets: list[int] = field(default_factory=list)
    private: set[str] = field(default_factory=set)  # keys whose last answer was meant for one

    def __post_init__(self) -> None:
        self.edge = Edge(self.capacity)

    def passes(self, ms: int) -> None:
        self.now_ms += ms

    def asks(self, key: str) -> None:
        found = self.edge.ask(key, self.now_ms)
        if isinstance(found, Serve):
            self._is_allowed(key, found)
        if isinstance(found, Join):
            assert found.ticket in self._open(key)
        elif found.ticket is not None:
            assert not self._open(key)
            assert found.ticket not in self.tickets
            self.tickets.append(found.ticket)
            self.fetches[found.ticket] = Asked(key, self.now_ms, self.versions[key])

    def answers(self, which: int, is_private: bool) -> None:
        if not self.tickets:
            return
        ticket = self.tickets[which % len(self.tickets)]
        asked = self.fetches.pop(ticket, None)
        body = f"{asked.key} {asked.version}".encode() if asked else b"late 0"
        response = Response(body, TTL_MS, STALE_MS, (asked.key,) if asked else (), is_private)
        share = self.edge.answer(ticket, response, self.now_ms)
        if asked is None:
            assert share is Share.AGAIN
        elif self.now_ms - asked.at_ms >= FETCH_TIMEOUT_MS:
            self._is_late(asked, share)
        elif is_private:
            assert share is Share.NOBODY
            self.private.add(asked.key)
        elif asked.version < self.versions[asked.key]:
            assert share is Share.AGAIN
        else:
            assert share is Share.ALL
            self._keeps(asked)

    def fails(self, which: int) -> None:
        if self.tickets:
            ticket = self.tickets[which % len(self.tickets)]
            self.fetches.pop(ticket, None)
            self.edge.failed(ticket, self.now_ms)

    def changes(self, key: str) -> None:
        self.versions[key] += 1
        self.edge.purge(key, self.now_ms)

    def play(self, steps: list[tuple[Any, ...]]) -> None:
        for name, *how in steps:
            getattr(self, name)(*how)

    def _keeps(self, asked: Asked) -> None:
        self.kept_ms[asked.key, asked.version] = self.now_ms
        self.private.discard(asked.key)

    def _is_late(self, asked: Asked, share: Share) -> None:
        """Nobody need have noticed by now that it took too long."""
        assert share is not Share.ALL or asked.version == self.versions[asked.key]
        if share is Share.ALL:
            self._keeps(asked)
        elif share is Share.NOBODY:
            self.private.add(asked.key)

    def _is_allowed(self, key: str, found: Serve) -> None:
        name, version = found.body.decode().split()
        assert name == key
        assert int(version) == self.versions[key]  # nothing that was purged
        assert key not in self.private
        assert found.age_ms == self.now_ms - self.kept_ms[key, int(version)]
        assert found.age_ms < TTL_MS + STALE_MS
        assert found.ticket is None or found.age_ms >= TTL_MS
        assert found.age_ms < TTL_MS or found.ticket is not None or self._open(key)

    def _open(self, key: str) -> list[int]:
        """Fetches of it that are neither answered nor given up."""
        return [
            ticket
            for ticket, asked in self.fetches.items()
            if asked.key == key and self.now_ms - asked.at_ms < FETCH_TIMEOUT_MS
        ]


@settings(max_examples=300, deadline=None)
@given(STEPS)
def test_nothing_is_served_that_is_too_old_or_purged_or_private_and_one_fetch_is_open(steps: list[Any]) -> None:
    World().play(steps)


@settings(max_examples=50, deadline=None)
@given(STEPS, st.integers(0, 1))
def test_no_more_than_capacity_are_kept(steps: list[Any], capacity: int) -> None:
    world = World(capacity)
    world.play(steps)

    served = [isinstance(world.edge.ask(key, world.now_ms), Serve) for key in KEYS]

    assert sum(served) <= capacity


def fetched(edge: Any, key: str, now_ms: int, response: Response) -> Share:
    found = edge.ask(key, now_ms)
    assert isinstance(found, Fetch)
    share = edge.answer(found.ticket, response, now_ms)
    assert isinstance(share, Share)
    return share


def test_a_page_that_carries_two_tags_goes_with_either() -> None:
    for tag in ("user:1", "tweet:2"):
        edge = Edge(4)
        fetched(edge, "page/1", 0, Response(b"x", tags=("user:1", "tweet:2")))

        edge.purge(tag, 1)

        assert isinstance(edge.ask("page/1", 2), Fetch)


def test_what_is_warmed_is_served_and_what_is_private_is_not() -> None:
    edge = Edge(4)

    edge.warm("page/1", Response(b"popular"), 0)
    edge.warm("page/2", Response(b"mine", is_private=True), 0)

    assert edge.ask("page/1", 5) == Serve(b"popular", 5)
    assert isinstance(edge.ask("page/2", 5), Fetch)


def test_an_edge_does_not_remember_for_ever_what_was_purged_and_what_is_gone() -> None:
    edge = Edge(4)
    for number in range(1_000):
        fetched(edge, "page/1", number, Response(b"x", tags=(f"tweet:{number}",)))
        edge.purge(f"tweet:{number}", number)

    assert len(edge._purged) <= 1
    assert len(edge._tagged) <= 1
    assert not edge._open


def test_fame_fades() -> None:
    often = Often(10)
    for _ in range(9):
        often.count("star")
    for number in range(30):
        often.count(str(number))

    assert often.of("star") == 1
    assert sum(often.of(str(number)) for number in range(30)) < 10


class SinceTheRequest(Edge):
    """Counts a lifetime from the request."""

    def answer(self, ticket: int, response: Response, now_ms: int) -> Share:
        fetch = self._open.get(ticket)
        return super().answer(ticket, response, fetch.at_ms if fetch else now_ms)


class Waits(Edge):
    """Lets readers wait for a revalidation."""

    def ask(self, key: str, now_ms: int) -> Any:
        found = super().ask(key, now_ms)
        return Fetch(found.ticket) if isinstance(found, Serve) and found.ticket is not None else found


class Herd(Edge):
    """Sends everybody to the origin."""

    def ask(self, key: str, now_ms: int) -> Any:
        found = super().ask(key, now_ms)
        return Fetch(self._begin(key, now_ms)) if isinstance(found, Join) else found


class ByKey(Edge):
    """Purges the key of that name."""

    def purge(self, tag: str, now_ms: int) -> None:
        self._drop(tag)


class Forgets(Edge):
    """Purges what is there, and forgets it."""

    def purge(self, tag: str, now_ms: int) -> None:
        super().purge(tag, now_ms)
        self._purged.clear()


class Tells(Edge):
    """Does not look for whom an answer is."""

    def answer(self, ticket: int, response: Response, now_ms: int) -> Share:
        public = Response(response.body, response.ttl_ms, response.stale_ms, response.tags)
        return super().answer(ticket, public, now_ms)


class CachesErrors(Edge):
    """Takes a failure for an answer."""

    def failed(self, ticket: int, now_ms: int) -> None:
        self.answer(ticket, Response(b"error"), now_ms)


class Admits(Edge):
    """Lets everybody in."""

    def _keep(self, key: str, response: Response, now_ms: int) -> None:
        self._often.count = lambda key: None  # type: ignore[method-assign]
        super()._keep(key, response, now_ms)


class Grows(Edge):
    """Has no bound."""

    def __init__(self, capacity: int) -> None:
        super().__init__(10**9)


WRONG = {
    "fresh_is_served": SinceTheRequest,
    "stale_is_served": Waits,
    "misses_are_joined": Herd,
    "a_purge_takes_away": ByKey,
    "a_purge_overtakes": Forgets,
    "private_stays_private": Tells,
    "failures_are_not_kept": CachesErrors,
    "it_beats_lru": Admits,
    "the_size_is_bounded": Grows,
}
ALL = {name: look for name, look in vars(checks).items() if hasattr(look, "check")}


def test_each_check_has_its_wrong_implementation() -> None:
    assert set(ALL) == set(WRONG)


@pytest.mark.parametrize("name", ALL)
def test_a_check_passes_the_solution(name: str) -> None:
    ALL[name](Edge)


@pytest.mark.parametrize("name", ALL)
def test_a_check_fails_the_wrong_implementation_it_names(name: str) -> None:
    with pytest.raises(CheckFailed):
        ALL[name](WRONG[name])


@pytest.mark.parametrize("name", ALL)
def test_the_null_part_scores_nothing(name: str) -> None:
    with pytest.raises(AssertionError):
        for look in lineage(ALL[name]):
            look(NoEdge)


def test_the_null_part_sends_everybody_to_the_origin() -> None:
    edge = NoEdge(4)

    first, second = edge.ask("page/1", 0), edge.ask("page/1", 1)
    edge.warm("page/1", Response(b"x"), 1)
    edge.purge("user:1", 1)
    edge.failed(1, 1)

    assert (first, second) == (Fetch(1), Fetch(2))
    assert edge.answer(2, Response(b"x"), 2) is Share.NOBODY
