"""Checks of day 2.3, balancer."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

from twitterlab.course.checks import check, expect
from twitterlab.parts.balancer import Backend, BalancerPolicy, Breaker

PAGE = "docs/week2/day3-balancer.md"
POLICY = BalancerPolicy()
PLENTY = 1e9
FAST_MS = 10.0


class Dice:
    """Chance, from a seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def random(self) -> float:
        return self._random.random()

    def below(self, bound: int) -> int:
        return int(self._random.random() * bound)


def _backends(count: int, region: str = "home", per_s: float = PLENTY) -> list[Backend]:
    return [Backend(f"{region}{number}", region, per_s) for number in range(count)]


class Crowd:
    """The part, a clock, and what was last said."""

    def __init__(self, part: Any, backends: list[Backend], policy: BalancerPolicy = POLICY, seed: int = 0) -> None:
        self.balancer, self.chance, self.now_ms = part(backends, policy), Dice(seed), 0
        self.said: list[str] = []

    def choose(self, *but: str) -> str | None:
        found: str | None = self.balancer.choose(self.now_ms, self.chance, but)
        self.said.append(f"{self.now_ms} ms: choose -> {found}")
        return found

    def finish(self, name: str, latency_ms: float = FAST_MS, is_ok: bool = True) -> None:
        self.balancer.finished(name, self.now_ms, latency_ms, is_ok)
        self.said.append(f"{self.now_ms} ms: {name} {'answers' if is_ok else 'fails'}")

    def ask(self, broken: set[str], latency_ms: float = FAST_MS, *but: str) -> str | None:
        """One request, and its end a little later."""
        name = self.choose(*but)
        self.now_ms += 1
        if name is not None:
            self.finish(name, min(latency_ms, 1.0), name not in broken)
        return name

    def eject(self, name: str, others: list[str]) -> None:
        """Let `name` fail until it is ejected."""
        for _ in range(POLICY.failures_to_eject):
            self.choose(*others)
            self.now_ms += 1
            self.finish(name, 1.0, is_ok=False)

    def state(self, name: str) -> Breaker:
        found: Breaker = self.balancer.breaker(name, self.now_ms)
        return found

    def told(self, condition: object, expected: str, happened: object) -> None:
        expect(condition, expected=expected, happened=f"{happened}", counterexample="; ".join(self.said[-6:]))


@check(points=15, law=1, claim="Of two drawn by chance the less busy one is asked",
       catches="one choice; round robin; the least busy of all, on whom everybody falls", read=f"{PAGE}#laws")  # fmt: skip
def the_less_busy_of_two(part: Any, seed: int = 0) -> None:
    bins = 2_000
    crowd = Crowd(part, _backends(bins), seed=seed)
    load = Counter(crowd.choose() for _ in range(bins))
    most = max(load.values())
    asked = f"{bins:,} requests to {bins:,} backends, none of which ends"
    expect(most <= 4, expected="at most 4 on one backend (theory: 3, sometimes 4; with one choice 6 to 8)",
           happened=f"{load.most_common(1)[0][0]} has {most}", counterexample=asked)  # fmt: skip
    idle = 1 - len(load) / bins
    expect(idle > 0.1, expected="some backends idle, as two draws miss about a seventh",
           happened=f"{idle:.0%} are: everybody looks at all of them, and all see the same idle one", counterexample=asked)  # fmt: skip
    two = Crowd(part, _backends(2), seed=seed)
    names = [two.choose() for _ in range(10)]
    two.told(abs(names.count("home0") - 5) == 0, "5 each: of two backends both are drawn", Counter(names))


@check(points=15, law=2, claim="Who fails five times in a row, or is far slower than the others, is ejected",
       catches="failures counted for ever; one failure is enough; a mean over all time", read=f"{PAGE}#laws",
       after=the_less_busy_of_two)  # fmt: skip
def the_ill_are_ejected(part: Any, seed: int = 0) -> None:
    crowd = Crowd(part, _backends(3), seed=seed)
    others = ["home1", "home2"]
    for number in range(12):
        crowd.choose(*others)
        crowd.now_ms += 1
        crowd.finish("home0", 1.0, is_ok=number % POLICY.failures_to_eject == 4)
    crowd.told(
        crowd.state("home0") is Breaker.CLOSED, "closed: never five failures in a row", crowd.state("home0").value
    )
    crowd.choose(*others)
    crowd.finish("home0", 1.0)
    crowd.eject("home0", others)
    crowd.told(crowd.state("home0") is Breaker.OPEN, "open after five failures in a row", crowd.state("home0").value)
    asked = {crowd.ask(set()) for _ in range(200)}
    crowd.told(
        "home0" not in asked, "no traffic for home0 while it is open", f"it was asked: {sorted(map(str, asked))}"
    )
    slow = Crowd(part, _backends(4), seed=seed)
    for _ in range(30 * POLICY.slow_samples):
        name = slow.choose()
        slow.now_ms += 2
        if name is not None:
            slow.finish(name, 100.0 if name == "home2" else FAST_MS)
        if slow.now_ms > POLICY.ejection_ms - 100:
            break
    slow.told(
        slow.state("home2") is Breaker.OPEN,
        "home2 open: it takes ten times as long as the others",
        slow.state("home2").value,
    )
    alike = Crowd(part, _backends(4), seed=seed)
    for number in range(400):
        name = alike.choose()
        alike.now_ms += 1
        if name is not None:
            alike.finish(name, FAST_MS * (1 + number % 2))
    states = [alike.state(f"home{number}") for number in range(4)]
    alike.told(set(states) == {Breaker.CLOSED}, "all closed: they are alike", [state.value for state in states])


@check(points=10, law=2, claim="An ejection lasts twice as long each time, until the backend was closed",
       catches="a fixed time; a time that grows for ever", read=f"{PAGE}#laws", after=the_ill_are_ejected)  # fmt: skip
def ejections_grow(part: Any, seed: int = 0) -> None:
    crowd = Crowd(part, _backends(3), seed=seed)
    others = ["home1", "home2"]
    crowd.eject("home0", others)
    wait_ms = POLICY.ejection_ms
    for _ in range(7):
        start_ms = crowd.now_ms
        crowd.now_ms = start_ms + wait_ms - 2
        crowd.told(
            crowd.state("home0") is Breaker.OPEN, f"open for {wait_ms} ms", f"{crowd.state('home0').value} 2 ms earlier"
        )
        crowd.now_ms = start_ms + wait_ms + 1
        name = crowd.choose(*others)
        crowd.told(name == "home0", f"a trial of home0 after {wait_ms} ms", name)
        crowd.finish("home0", 1.0, is_ok=False)
        wait_ms = min(2 * wait_ms, POLICY.max_ejection_ms)
    crowd.now_ms += wait_ms + 1
    for _ in range(POLICY.successes_to_close):
        crowd.choose(*others)
        crowd.finish("home0", 1.0)
    crowd.told(crowd.state("home0") is Breaker.CLOSED, "closed after good trials", crowd.state("home0").value)
    crowd.now_ms += 10
    crowd.eject("home0", others)
    crowd.now_ms += POLICY.ejection_ms + 1
    crowd.told(crowd.state("home0") is Breaker.HALF_OPEN, f"half-open after {POLICY.ejection_ms} ms: it was closed in between",
               crowd.state("home0").value)  # fmt: skip


@check(points=20, law=3, claim="Half-open admits one trial, not a flood",
       catches="all traffic at once when the time is over; a trial that is waited for without end", read=f"{PAGE}#laws",
       after=the_ill_are_ejected)  # fmt: skip
def one_trial_at_a_time(part: Any, seed: int = 0) -> None:
    crowd = Crowd(part, _backends(3), seed=seed)
    others = ["home1", "home2"]
    crowd.eject("home0", others)
    crowd.now_ms += POLICY.ejection_ms
    crowd.told(crowd.state("home0") is Breaker.HALF_OPEN, "half-open when its time is over", crowd.state("home0").value)
    first = crowd.choose()
    crowd.told(first == "home0", "the trial that is due first", first)
    flood = [crowd.choose() for _ in range(50)].count("home0")
    crowd.told(flood == 0, "no second one while the first is out", f"{flood} of 50 more went to home0")
    crowd.now_ms += POLICY.trial_timeout_ms - 1
    crowd.told(crowd.choose() != "home0", "none before the trial's time is over", "home0 was asked again")
    crowd.now_ms += 1
    crowd.told(
        crowd.state("home0") is Breaker.OPEN, "open again: the trial never came back", crowd.state("home0").value
    )
    crowd.now_ms += 2 * POLICY.ejection_ms
    for number in range(POLICY.successes_to_close):
        name = crowd.choose()
        crowd.told(name == "home0", f"trial {number + 1}", name)
        early = crowd.state("home0")
        crowd.told(
            early is not Breaker.CLOSED,
            f"closed after {POLICY.successes_to_close} good trials, not before",
            early.value,
        )
        crowd.finish("home0", 1.0)
    crowd.told(crowd.state("home0") is Breaker.CLOSED, "closed after good trials", crowd.state("home0").value)


def _regions(part: Any, seed: int, far_per_s: float = PLENTY) -> Crowd:
    return Crowd(part, [*_backends(4), *_backends(4, "far", far_per_s)], seed=seed)


@check(points=15, law=4, claim="A region that is ill for long is left, and used again when it was well for longer",
       catches="leaving at the first failure; returning at the first good answer; a link that flaps", read=f"{PAGE}#laws",
       after=one_trial_at_a_time)  # fmt: skip
def regions_do_not_flap(part: Any, seed: int = 0) -> None:
    crowd = _regions(part, seed)
    home = {f"home{number}" for number in range(4)}
    while crowd.now_ms < 4_000:
        crowd.ask(home)
    crowd.told(
        crowd.balancer.region(crowd.now_ms) == "far",
        "far, since all of home fails",
        crowd.balancer.region(crowd.now_ms),
    )
    served = [crowd.ask(home) for _ in range(500)]
    share = sum(str(name).startswith("far") for name in served) / len(served)
    crowd.told(share > 0.95, "nearly all traffic in far, but for trials", f"{share:.0%} is")
    well_ms = crowd.now_ms
    changes, last = 0, "far"
    while crowd.now_ms < well_ms + 60_000:
        crowd.ask(set())
        crowd.now_ms += 9
        now = crowd.balancer.region(crowd.now_ms)
        if now != last:
            changes, last = changes + 1, now
            back_ms = crowd.now_ms
    crowd.told(last == "home" and changes == 1, "home again, once", f"{last}, after {changes} changes")
    crowd.told(back_ms - well_ms >= POLICY.return_after_ms, f"not before it was well for {POLICY.return_after_ms} ms",
               f"it came back after {back_ms - well_ms} ms")  # fmt: skip
    brief = Crowd(part, [*_backends(4), *_backends(4, "far")], BalancerPolicy(ejection_ms=200), seed)
    while brief.now_ms < 6_000:
        brief.ask(home if 2_000 <= brief.now_ms < 2_100 else set())
        brief.told(
            brief.balancer.region(brief.now_ms) == "home",
            f"home all the while: it was ill for less than {POLICY.leave_after_ms} ms",
            brief.balancer.region(brief.now_ms),
        )
    noisy, changes, last = _regions(part, seed), 0, "home"
    while noisy.now_ms < 120_000:
        noisy.ask(home if noisy.now_ms % 4_000 < 700 else set())
        noisy.now_ms += 4
        now = noisy.balancer.region(noisy.now_ms)
        changes, last = changes + (now != last), now
    cycle_ms = POLICY.leave_after_ms + POLICY.return_after_ms
    most = 2 * (120_000 // cycle_ms + 1)
    noisy.told(
        changes <= most,
        f"at most {most} changes in two minutes, two in {cycle_ms} ms, over a link that breaks for 0.7 s every 4 s",
        f"there were {changes}",
    )


@check(points=10, law=5, claim="Nobody is sent more than its capacity",
       catches="all traffic of a lost region on one survivor; a burst without a bound", read=f"{PAGE}#laws")  # fmt: skip
def capacity_holds(part: Any, seed: int = 0) -> None:
    backends = [*_backends(2, "home", 50.0), *_backends(2, "far", 20.0)]
    crowd = Crowd(part, backends, seed=seed)
    sent: Counter[str | None] = Counter()
    seconds = 10
    for now_ms in range(0, seconds * 1_000, 2):
        crowd.now_ms = now_ms
        name = crowd.choose()
        sent[name] += 1
        if name is not None:
            crowd.finish(name, 1.0)
    for backend in backends:
        most = backend.capacity_per_s * (seconds + POLICY.burst_s)
        crowd.told(
            sent[backend.name] <= most + 1,
            f"at most {most:.0f} for {backend.name} in {seconds} s",
            f"it got {sent[backend.name]}",
        )
    for name in ("far0", "far1"):
        crowd.told(sent[name] > 150, "what home cannot take in far", f"{name} got {sent[name]}")
    crowd.told(
        sent[None] > 3_000, "None for what nobody can take: 500 a second are asked, 140 can be", f"{sent[None]} times"
    )


@check(points=15, law=6, claim="In-flight counts are exact",
       catches="answers that nobody waits for; counts below zero; a trial counted twice", read=f"{PAGE}#laws",
       after=one_trial_at_a_time)  # fmt: skip
def counts_are_exact(part: Any, seed: int = 0) -> None:
    crowd = Crowd(part, _backends(2), seed=seed)
    for _ in range(20):
        crowd.finish("home0", 1.0)
    crowd.finish("nobody", 1.0)
    names = [crowd.choose() for _ in range(20)]
    crowd.told(names.count("home0") == 10, "10 each: answers to nothing change nothing", Counter(names))
    for name in names:
        crowd.now_ms += 1
        crowd.finish(str(name), 1.0)
    again = [crowd.choose() for _ in range(20)]
    crowd.told(again.count("home0") == 10, "10 each, when all have come back", Counter(again))
    for _ in range(6):
        crowd.now_ms += 1
        crowd.finish("home1", 1.0)
    more = [crowd.choose() for _ in range(6)]
    crowd.told(more == ["home1"] * 6, "home1 six times: it has six fewer in flight", more)
    late = Crowd(part, _backends(2), seed=seed)
    late.eject("home0", ["home1"])
    late.now_ms += POLICY.ejection_ms
    late.choose("home1")
    sent_ms = late.now_ms
    late.now_ms += POLICY.trial_timeout_ms + 2 * POLICY.ejection_ms + 1
    for _ in range(POLICY.successes_to_close):
        late.told(late.choose("home1") == "home0", "a trial", "none")
        late.now_ms += 1
        late.finish("home0", 1.0)
    names = [late.choose() for _ in range(10)]
    for _ in range(2):
        late.finish("home0", late.now_ms - sent_ms)
    more = [late.choose() for _ in range(2)]
    late.told(
        sorted(map(str, more)) == ["home0", "home1"],
        "one each: the trial that had its time was taken back then, and its late answers are nobody's",
        f"{more} after {dict(Counter(names))}",
    )
