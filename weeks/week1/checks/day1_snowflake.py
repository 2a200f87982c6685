"""Checks of day 1.1, snowflake."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from twitterlab.course.checks import check, expect
from twitterlab.errors import Refused
from twitterlab.parts.snowflake import EPOCH_MS, IdFields, Wait

PAGE = "docs/week1/day1-snowflake.md"
NOW_MS = EPOCH_MS + 1_000_000
steady = settings(derandomize=True, database=None, deadline=None, max_examples=60)


def _refuses(call: Any, error: type[BaseException]) -> bool:
    try:
        call()
    except error:
        return True
    return False


@check(points=20, law=1, claim="Encode and decode are inverse, and real tweet ids can be read",
       catches="fields swapped, or another epoch", read=f"{PAGE}#laws")  # fmt: skip
def decode_undoes_encode(part: Any) -> None:
    source = part(1)
    real = source.decode(1212092628029698048)
    expect(
        real == IdFields(1577820376771, 327, 0),
        expected="2019-12-31 19:26:16.771 UTC, machine 327, sequence 0",
        happened=f"{real}",
    )

    @steady
    @given(st.integers(0, 2**41 - 1), st.integers(0, 1023), st.integers(0, 4095))
    def inverse(since_ms: int, machine: int, sequence: int) -> None:
        fields = IdFields(EPOCH_MS + since_ms, machine, sequence)
        back = source.decode(source.encode(fields))
        expect(back == fields, expected=f"{fields} back", happened=f"it came back as {back}")

    inverse()


@check(points=10, law=1, claim="What does not fit its bits is refused with ValueError",
       catches="encode without a range check, so that a field spills into its neighbour", read=f"{PAGE}#laws")  # fmt: skip
def misfits_are_refused(part: Any) -> None:
    source = part(1)
    for fields in (IdFields(EPOCH_MS - 1, 0, 0), IdFields(EPOCH_MS + 2**41, 0, 0), IdFields(NOW_MS, 1024, 0),
                   IdFields(NOW_MS, -1, 0), IdFields(NOW_MS, 0, 4096), IdFields(NOW_MS, 0, -1)):  # fmt: skip
        expect(
            _refuses(lambda f=fields: source.encode(f), ValueError),
            expected=f"ValueError for {fields}",
            happened="encode accepted it",
        )
    for tweet_id in (-1, 2**63):
        expect(
            _refuses(lambda i=tweet_id: source.decode(i), ValueError),
            expected=f"ValueError for {tweet_id}",
            happened="decode accepted it",
        )


@check(points=25, law=3, claim="The 4,097th id in one millisecond does not collide",
       catches="a sequence that wraps round to 0 within the millisecond", read=f"{PAGE}#laws")  # fmt: skip
def a_full_millisecond_waits(part: Any) -> None:
    source = part(1)
    made = [source.next_id(NOW_MS) for _ in range(4096)]
    expect(
        all(type(i) is int for i in made) and made == sorted(set(made)),
        expected="4,096 rising ids",
        happened="they repeat, fall or wait",
    )
    answer = source.next_id(NOW_MS)
    expect(
        answer == Wait(NOW_MS + 1), expected=f"Wait({NOW_MS + 1}) for the 4,097th", happened=f"the answer was {answer}"
    )
    after = source.next_id(NOW_MS + 1)
    expect(
        type(after) is int and after > made[-1],
        expected="a greater id a millisecond later",
        happened=f"the answer was {after}",
    )


@check(points=25, law=4, claim="A clock that steps back never makes an id again",
       catches="trusting the clock after it stepped back", read=f"{PAGE}#laws")  # fmt: skip
def a_clock_that_steps_back_waits(part: Any) -> None:
    for back_ms in (1, 5_000):
        source = part(1)
        source.next_id(NOW_MS)
        answer = source.next_id(NOW_MS - back_ms)
        expect(
            answer == Wait(NOW_MS),
            expected=f"Wait({NOW_MS}) after {back_ms} ms back",
            happened=f"the answer was {answer}",
        )
    expect(
        _refuses(lambda: source.next_id(NOW_MS - 5_001), Refused),
        expected="Refused after 5,001 ms back",
        happened="it was not refused",
    )


@check(points=20, law=5, claim="Across machines ids sort by time, and never meet",
       catches="the machine in the high bits, or left out", read=f"{PAGE}#laws")  # fmt: skip
def machines_sort_by_time(part: Any) -> None:
    high, low = part(1023), part(0)
    first, same, later = high.next_id(NOW_MS), low.next_id(NOW_MS), low.next_id(NOW_MS + 1)
    expect(first != same, expected="two ids for two machines", happened=f"both made {first}")
    expect(first < later, expected="the later id is greater", happened=f"{first} came before {later}")
