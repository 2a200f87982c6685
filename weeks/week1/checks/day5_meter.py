"""Checks of day 1.5, meter."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from math import ceil, isclose, nan
from types import BuiltinFunctionType, FrameType, FunctionType, ModuleType
from typing import Any

from hypothesis import given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from twitterlab.course.checks import check, expect
from twitterlab.parts.meter import MAX_MS, MIN_MS, RELATIVE_ERROR, GoldenSignals

PAGE = "docs/week1/day5-meter.md"
steady = settings(database=None, deadline=None, max_examples=60, report_multiple_bugs=False)
latencies = st.lists(st.floats(MIN_MS, MAX_MS), min_size=1, max_size=40)


def _filled(part: Any, values: list[float]) -> Any:
    meter = part()
    for value in values:
        meter.record(value)
    return meter


def _expect_refused(call: Callable[[], Any], told: str) -> None:
    try:
        answer = call()
    except ValueError:
        return
    expect(False, expected="ValueError", happened=f"the answer was {answer}", counterexample=told)


def _expect_near(meter: Any, values: list[float], q: float, what: str = "") -> None:
    exact = sorted(values)[max(1, ceil(q * len(values))) - 1]
    answer = meter.quantile(q)
    expect(
        isinstance(answer, int | float),
        expected="milliseconds",
        happened=f"the answer was {answer}",
        counterexample=f"quantile({q})",
    )
    expect(
        abs(answer - exact) <= exact * RELATIVE_ERROR * (1 + 1e-9),
        expected=f"{exact:g} ms within 1 %",
        happened=f"the answer was {answer:g} ms, {abs(answer - exact) / exact * 100:.3g} % away",
        counterexample=f"quantile({q}) after record of {what or ', '.join(f'{value!r}' for value in values)}",
    )


@check(points=25, law=1, claim="A quantile is within 1 % of the exact one",
       catches="buckets of equal width, or another rank", read=f"{PAGE}#laws")  # fmt: skip
def quantiles_are_near(part: Any, seed: int = 0) -> None:
    @seeded(seed)
    @steady
    @given(latencies, st.sampled_from((0.0, 0.25, 0.5, 0.9, 0.99, 1.0)))
    def near(values: list[float], q: float) -> None:
        _expect_near(_filled(part, values), values, q)

    near()
    for outside, nearer in ((0.0, MIN_MS), (2 * MAX_MS, MAX_MS)):
        answer = _filled(part, [outside]).quantile(0.5)
        expect(
            abs(answer - nearer) <= nearer * RELATIVE_ERROR * (1 + 1e-9),
            expected=f"{nearer:g} ms within 1 %: a value outside counts as the nearer end",
            happened=f"the answer was {answer:g} ms",
            counterexample=f"quantile(0.5) after record({outside!r})",
        )
    for q in (-0.1, 1.1):
        _expect_refused(lambda q=q: part().quantile(q), f"quantile({q})")


@check(points=15, law=2, claim="Merging in any order equals having recorded everything in one",
       catches="a merge that replaces or forgets errors", read=f"{PAGE}#laws")  # fmt: skip
def merging_is_recording(part: Any) -> None:
    whole, left, right = part(), part(), part()
    for number, value in enumerate((1.0, 2.0, 3.0, 50.0, 2.0, 900.0)):
        whole.record(value, ok=number % 2 == 0)
        (left if number < 4 else right).record(value, ok=number % 2 == 0)
    left_data, right_data = left.snapshot(), right.snapshot()
    left.merge(right_data)
    right.merge(left_data)
    want = whole.snapshot()
    for got in (left.snapshot(), right.snapshot()):
        expect(
            isinstance(got.buckets, tuple) and list(got.buckets) == sorted(got.buckets),
            expected="buckets as a tuple, sorted by index",
            happened=f"they are {got.buckets}",
            counterexample="snapshot()",
        )
        same = got.buckets == want.buckets and got.errors == want.errors and isclose(got.busy_ms, want.busy_ms)
        expect(
            same and sum(n for _, n in got.buckets) == 6,
            expected=f"{want}: 6 requests, 3 of them failed",
            happened=f"the merged meter holds {got}",
            counterexample="record 1.0, 2.0, 3.0, 50.0 in one meter and 2.0, 900.0 in another, every second one failed; "
            "merge each into the other",
        )


@check(points=15, law=3, claim="Percentiles are never averaged",
       catches="the p99 of a merge as the mean of two p99s", read=f"{PAGE}#laws")  # fmt: skip
def percentiles_are_not_averaged(part: Any) -> None:
    quiet, slow = [1.0] * 990, [1000.0] * 5
    meter, whole = _filled(part, quiet), _filled(part, quiet + slow)
    meter.merge(_filled(part, slow).snapshot())
    expect(
        whole.quantile(0.997) > 100,
        expected="about 1,000 ms",
        happened=f"the answer was {whole.quantile(0.997):g} ms",
        counterexample="quantile(0.997) after record of 990 times 1 ms and 5 times 1,000 ms",
    )
    for q in (0.5, 0.99, 0.999):
        want, answer = whole.quantile(q), meter.quantile(q)
        expect(
            isclose(answer, want),
            expected=f"{want:g} ms, as of one meter that recorded all",
            happened=f"the answer was {answer:g} ms",
            counterexample=f"quantile({q}) after 990 times 1 ms in one meter and 5 times 1,000 ms in another, merged",
        )


@check(points=15, law=4, claim="Memory is bounded: at most 4,096 buckets",
       catches="a bucket for every value", read=f"{PAGE}#laws")  # fmt: skip
def memory_is_bounded(part: Any) -> None:
    meter = _filled(part, [0.0005 * 1.003**i for i in range(8_000)])
    buckets = meter.snapshot().buckets
    expect(
        0 < len(buckets) <= 4096,
        expected="1 to 4,096 buckets",
        happened=f"snapshot() holds {len(buckets):,}",
        counterexample="8,000 values from 0.0005 ms upward, each 0.3 % more than the last",
    )


def _bytes(thing: object) -> int:
    """Memory reachable from `thing`, types and code left out."""
    seen: set[int] = set()
    todo, total = [thing], 0
    while todo:
        one = todo.pop()
        if id(one) in seen or isinstance(one, type | ModuleType | FunctionType | BuiltinFunctionType):
            continue
        seen.add(id(one))
        total += sys.getsizeof(one)
        todo.extend(gc.get_referents(one))
    return total


WALKS = {"sort", "sorted", "insort", "insort_right", "insort_left", "sum", "fsum", "copy"}
"""What is written in C runs in one step, whatever it walks over: these are known by name."""


def _work(meter: Any) -> tuple[int, set[str]]:
    """Steps of the interpreter while one value is recorded, and the calls on the way that walk all there is."""
    steps, walks, before = [0], set[str](), (sys.gettrace(), sys.getprofile())

    def trace(frame: FrameType, event: str, arg: Any) -> Any:
        frame.f_trace_opcodes = True  # a loop on one line counts too
        steps[0] += event in ("line", "opcode")
        return trace

    def profile(frame: FrameType, event: str, arg: Any) -> None:
        if event == "c_call" and getattr(arg, "__name__", "") in WALKS:
            walks.add(arg.__name__)

    sys.settrace(trace)
    sys.setprofile(profile)
    try:
        meter.record(7.0)
    finally:
        sys.settrace(before[0])
        sys.setprofile(before[1])
    return steps[0], walks


@check(points=10, law=5, claim="Recording is O(1): nothing is stored a value, nothing sorted",
       catches="keeping every value; sorting, or walking the buckets, as one arrives", read=f"{PAGE}#laws")  # fmt: skip
def recording_is_constant(part: Any) -> None:
    spread = [0.01 * 1.02**i for i in range(600)]
    few, many = _filled(part, spread[:5]), _filled(part, spread)
    counted = sum(n for _, n in many.snapshot().buckets)
    expect(
        counted == 600,
        expected="600 values counted",
        happened=f"the buckets of snapshot() hold {counted}",
        counterexample="record 600 values",
    )
    _work(_filled(part, spread[:5]))  # CPython 3.12 counts instructions of a function from its second traced call on
    (little, _), (much, walks) = _work(few), _work(many)
    expect(
        not walks,
        expected="nothing that sorts or adds up all there is while a value arrives",
        happened=f"record called {', '.join(sorted(walks))}",
        counterexample="record(7.0) after 600 others",
    )
    expect(
        much <= 2 * little + 20,
        expected=f"about {little} steps of the interpreter, as after 5 values",
        happened=f"it took {much} after 600 values",
        counterexample="record(7.0) after 600 others",
    )
    before = _bytes(many)
    for _ in range(20):
        for value in spread:
            many.record(value)
    after = _bytes(many)
    expect(
        after <= before * 1.5 + 1000,
        expected=f"about {before:,} bytes, as after the first 600",
        happened=f"the meter held {after:,} bytes",
        counterexample="record the same 600 values 20 times more",
    )


@check(points=20, law=6, claim="The golden signals count failures as traffic; an empty meter answers zeros",
       catches="dividing by zero, or leaving failures out", read=f"{PAGE}#laws")  # fmt: skip
def signals_count_failures(part: Any) -> None:
    empty = part().signals(10.0)
    expect(
        empty == GoldenSignals(0.0, 0.0, 0.0, 0.0, 0.0),
        expected="zeros",
        happened=f"the answer was {empty}",
        counterexample="signals(10.0) of a new meter",
    )
    meter = part()
    for number in range(20):
        meter.record(100.0, ok=number >= 5)
    seen = meter.signals(10.0, workers=2)
    right = seen.traffic_per_s == 2 and isclose(seen.errors_percent, 25) and isclose(seen.saturation_percent, 10)
    expect(
        right,
        expected="traffic 2 a second, errors 25 %, saturation 10 %",
        happened=f"the answer was {seen}",
        counterexample="record 100 ms 20 times, 5 of them failed; signals(10.0, workers=2)",
    )
    full = meter.signals(0.5)
    expect(
        full.saturation_percent == 100,
        expected="saturation 100 %: more than all of the time cannot be spent",
        happened=f"the answer was {full.saturation_percent}",
        counterexample="record 100 ms 20 times; signals(0.5)",
    )
    for wrong in (-1.0, nan):
        _expect_refused(lambda value=wrong: meter.record(value), f"record({wrong})")
    single = part()
    single.record(100.0, ok=False)
    expect(
        single.signals(1.0).errors_percent == 100,
        expected="errors 100 %",
        happened=f"the answer was {single.signals(1.0)}",
        counterexample="record 100 ms once, failed; signals(1.0)",
    )
