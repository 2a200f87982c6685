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

    def lose(self, region: str, size: int, ejected: int) -> None:
        """So many of a region's backends are ejected, and a little more than a second goes by."""
        names = [f"{where}{number}" for where in ("home", "far") for number in range(size)]
        for number in range(ejected):
            self.eject(f"{region}{number}", [name for name in names if name != f"{region}{number}"])
        self.now_ms += POLICY.leave_after_ms + 10

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
    three = Crowd(part, _backends(3), seed=seed)
    for but in (("home0", "home2"), ("home1", "home2")):
        for _ in range(1_000):
            three.choose(*but)
    idle = [three.choose() for _ in range(900)].count("home2")
    expect(530 < idle < 670, expected="of three, of whom two are busy, the idle one about 600 times in 900: two draws of three have it",
           happened=f"{idle} times", counterexample="home0 and home1 have a thousand requests in flight, home2 none")  # fmt: skip


@check(points=10, law=2, claim="Who fails five times in a row is ejected",
       catches="failures counted for ever; one failure is enough", read=f"{PAGE}#laws",
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
    alike = Crowd(part, _backends(4), seed=seed)
    for number in range(400):
        name = alike.choose()
        alike.now_ms += 1
        if name is not None:
            alike.finish(name, FAST_MS * (1 + number % 2))
    states = [alike.state(f"home{number}") for number in range(4)]
    alike.told(set(states) == {Breaker.CLOSED}, "all closed: they are alike", [state.value for state in states])


def _answering(part: Any, latencies_ms: list[float], policy: BalancerPolicy = POLICY, seed: int = 0) -> Crowd:
    """A crowd for nearly two seconds, each backend as slow as said."""
    crowd = Crowd(part, _backends(len(latencies_ms)), policy, seed)
    while crowd.now_ms <= policy.ejection_ms - 100:
        name = crowd.choose()
        crowd.now_ms += 2
        if name is not None:
            crowd.finish(name, latencies_ms[int(name[-1])])
    return crowd


@check(points=5, law=2, claim="Who is far slower than the others is ejected, and stays when it is well again",
       catches="a mean over all time; what is slow and no slower than the others; old answers that count for ever",
       read=f"{PAGE}#laws", after=the_ill_are_ejected)  # fmt: skip
def the_slow_are_ejected(part: Any, seed: int = 0) -> None:
    for latencies_ms, why in (
        ([10.0, 30.0], "no median: at least three backends must be known"),
        ([10.0, 10.0, 30.0], "three times the median, and not more"),
        ([10.0, 20.0, 10.0, 20.0], "they are alike"),
    ):
        well = _answering(part, latencies_ms, seed=seed)
        states = [well.state(f"home{number}").value for number in range(len(latencies_ms))]
        well.told(set(states) == {"closed"}, f"all closed with latencies of {latencies_ms} ms: {why}", states)
    floor = _answering(part, [1.0, 1.0, 9.0], BalancerPolicy(slow_floor_ms=10.0), seed)
    floor.told(
        floor.state("home2") is Breaker.CLOSED, "closed: 9 ms are under the floor of 10 ms", floor.state("home2").value
    )
    _few_answers(part, seed)
    slow = _answering(part, [10.0, 10.0, 100.0], seed=seed)
    slow.told(
        slow.state("home2") is Breaker.OPEN,
        "home2 open: it takes ten times as long as the others",
        slow.state("home2").value,
    )
    slow.now_ms += POLICY.ejection_ms
    for _ in range(POLICY.successes_to_close):
        slow.choose("home0", "home1")
        slow.now_ms += 1
        slow.finish("home2", 1.0)
    for _ in range(200):
        slow.ask(set())
    slow.told(
        slow.state("home2") is Breaker.CLOSED,
        "closed: it is as fast as the others since it came back",
        slow.state("home2").value,
    )


def _few_answers(part: Any, seed: int) -> None:
    """Nobody is judged by neighbours of whom little is known."""
    few = Crowd(part, _backends(4), seed=seed)
    names = [f"home{number}" for number in range(4)]

    def answers(name: str, count: int, latency_ms: float) -> None:
        for _ in range(count):
            few.choose(*(other for other in names if other != name))
            few.now_ms += 1
            few.finish(name, latency_ms)

    for name, less in (("home0", 0), ("home1", 1), ("home3", 1)):
        answers(name, POLICY.slow_samples - less, FAST_MS)
    answers("home2", POLICY.slow_samples, 10 * FAST_MS)
    few.told(
        few.state("home2") is Breaker.CLOSED,
        f"closed: only two have given {POLICY.slow_samples} answers",
        few.state("home2").value,
    )
    answers("home1", 1, FAST_MS)
    answers("home2", 1, 10 * FAST_MS)
    few.told(
        few.state("home2") is Breaker.OPEN,
        f"open: three have given {POLICY.slow_samples} answers",
        few.state("home2").value,
    )


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
    for _ in range(POLICY.failures_to_eject - 1):
        crowd.choose(*others)
        crowd.now_ms += 1
        crowd.finish("home0", 1.0, is_ok=False)
    crowd.told(
        crowd.state("home0") is Breaker.CLOSED, "closed: four failures since it came back", crowd.state("home0").value
    )
    crowd.choose(*others)
    crowd.now_ms += 1
    crowd.finish("home0", 1.0, is_ok=False)
    crowd.told(
        crowd.state("home0") is Breaker.OPEN, "open: five failures since it came back", crowd.state("home0").value
    )
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
    _in_a_row(part, seed)
    late = Crowd(part, _backends(3), seed=seed)
    late.eject("home0", others)
    late.now_ms += POLICY.ejection_ms
    late.choose()
    late.now_ms += POLICY.trial_timeout_ms + 5
    late.finish("home0", POLICY.trial_timeout_ms + 5.0)
    late.told(
        late.state("home0") is Breaker.OPEN,
        "open: its good answer came when the trial's time was over",
        late.state("home0").value,
    )


def _in_a_row(part: Any, seed: int) -> None:
    """A bad trial begins the count anew."""
    crowd = Crowd(part, _backends(3), seed=seed)
    others = ["home1", "home2"]
    crowd.eject("home0", others)
    crowd.now_ms += POLICY.ejection_ms
    for is_ok in (*(True,) * (POLICY.successes_to_close - 1), False):
        crowd.choose(*others)
        crowd.now_ms += 1
        crowd.finish("home0", 1.0, is_ok)
    crowd.now_ms += 2 * POLICY.ejection_ms
    crowd.choose(*others)
    crowd.finish("home0", 1.0)
    crowd.told(
        crowd.state("home0") is Breaker.HALF_OPEN,
        "half-open: one good trial since a bad one",
        crowd.state("home0").value,
    )


def _regions(part: Any, seed: int, far_per_s: float = PLENTY) -> Crowd:
    return Crowd(part, [*_backends(4), *_backends(4, "far", far_per_s)], seed=seed)


def _ill_is_less_than_half(part: Any, seed: int) -> None:
    """Which share of a region must be closed; and what is asked where all regions are left."""
    for size, ejected, where in ((4, 2, "home"), (4, 3, "far"), (3, 2, "far")):
        crowd = Crowd(part, [*_backends(size), *_backends(size, "far")], seed=seed)
        crowd.lose("home", size, ejected)
        now = crowd.balancer.region(crowd.now_ms)
        crowd.told(now == where, f"{where}: of {size} at home {size - ejected} are closed, and half is enough", now)
    crowd = _regions(part, seed)
    crowd.lose("home", 4, 3)
    asked = [crowd.choose() for _ in range(20)]
    crowd.told(asked.count("home3") == 0, "nothing for home3: home is left, although home3 is closed", asked)
    crowd.lose("far", 4, 3)
    now = crowd.balancer.region(crowd.now_ms)
    crowd.told(now == "home", "home, where all regions are left", now)
    asked = [crowd.choose() for _ in range(20)]
    crowd.told("home3" in asked, "home3, which is closed, where all regions are left", asked)


@check(points=15, law=4, claim="A region that is ill for long is left, and used again when it was well for longer",
       catches="leaving at the first failure; returning at the first good answer; a link that flaps", read=f"{PAGE}#laws",
       after=one_trial_at_a_time)  # fmt: skip
def regions_do_not_flap(part: Any, seed: int = 0) -> None:
    _ill_is_less_than_half(part, seed)
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
    for number in range(10):
        fresh = Crowd(part, _backends(2), seed=seed + number)
        fresh.finish("home0", 1.0)
        names = [fresh.choose(), fresh.choose()]
        fresh.told(set(names) == {"home0", "home1"}, "one each: an answer that nobody waits for changes nothing", names)
    _sent_before_the_ejection(part, seed)
    _lost_trials(part, seed)
    late = Crowd(part, _backends(2), seed=seed)
    late.told(
        _raised(late, "nobody") == "ValueError", "ValueError for the breaker of a stranger", _raised(late, "nobody")
    )
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


def _raised(crowd: Crowd, name: str) -> str:
    try:
        return crowd.state(name).value
    except Exception as error:
        return type(error).__name__


def _sent_before_the_ejection(part: Any, seed: int) -> None:
    """What was under way when its backend was ejected comes back while a trial is out: it is counted, and no trial."""
    crowd = Crowd(part, _backends(2), seed=seed)
    for _ in range(5):
        crowd.choose("home1")
    crowd.now_ms += 1
    for _ in range(4):
        crowd.choose("home1")
    for _ in range(POLICY.failures_to_eject):
        crowd.finish("home0", 1.0, is_ok=False)
    crowd.now_ms += POLICY.ejection_ms
    crowd.told(crowd.choose("home1") == "home0", "a trial", "none")
    for _ in range(4):
        crowd.finish("home0", float(POLICY.ejection_ms))
    crowd.told(
        crowd.choose("home1") is None,
        "nobody: the trial is still out, and answers to what was sent before are none",
        "home0 again",
    )
    crowd.now_ms += 1
    crowd.finish("home0", 1.0)
    _even_again(crowd, "all that was under way before the ejection has come back")


def _lost_trials(part: Any, seed: int) -> None:
    """Trials that never come back are taken back when their time is over."""
    crowd = Crowd(part, _backends(2), seed=seed)
    crowd.eject("home0", ["home1"])
    for number in range(3):
        crowd.now_ms += POLICY.ejection_ms * 2**number
        crowd.choose("home1")
        crowd.now_ms += POLICY.trial_timeout_ms
    crowd.now_ms += POLICY.ejection_ms * 8
    _even_again(crowd, "three trials were lost, and taken back")


def _even_again(crowd: Crowd, why: str) -> None:
    """Good trials until home0 is closed; then ten requests that do not end."""
    for _ in range(POLICY.successes_to_close):
        if crowd.state("home0") is not Breaker.CLOSED:
            crowd.choose("home1")
            crowd.now_ms += 1
            crowd.finish("home0", 1.0)
    names = Counter(crowd.choose() for _ in range(10))
    crowd.told(names["home0"] == 5, f"5 each: {why}", dict(names))
