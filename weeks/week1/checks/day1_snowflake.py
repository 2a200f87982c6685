"""Checks of day 1.1, snowflake."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from twitterlab.course.checks import check, expect
from twitterlab.errors import Refused
from twitterlab.parts.snowflake import EPOCH_MS, IdFields, Wait

PAGE = "docs/week1/day1-snowflake.md"
NOW_MS = EPOCH_MS + 1_000_000
steady = settings(database=None, deadline=None, max_examples=60, report_multiple_bugs=False)


def _answer(call: Any) -> Any:
    """What `call()` returns, or the name of the error it raises where that may be the right answer."""
    try:
        return call()
    except (ValueError, Refused) as error:
        return type(error).__name__


@check(points=20, law=1, claim="Encode and decode are inverse, and real tweet ids can be read",
       catches="fields swapped, or another epoch", read=f"{PAGE}#laws")  # fmt: skip
def decode_undoes_encode(part: Any, seed: int = 0) -> None:
    source = part(1)
    real = source.decode(1212092628029698048)
    expect(
        real == IdFields(1577820376771, 327, 0),
        expected="IdFields(at_ms=1577820376771, machine=327, sequence=0): 2019-12-31 19:26:16.771 UTC",
        happened=f"the answer was {real}",
        counterexample="decode(1212092628029698048), a real tweet",
    )
    last = source.decode(2**63 - 1)
    expect(
        last == IdFields(EPOCH_MS + 2**41 - 1, 1023, 4095),
        expected=f"{IdFields(EPOCH_MS + 2**41 - 1, 1023, 4095)}: every field is full",
        happened=f"the answer was {last}",
        counterexample="decode(2**63 - 1), the last id there is",
    )

    @seeded(seed)
    @steady
    @given(st.integers(0, 2**41 - 1), st.integers(0, 1023), st.integers(0, 4095))
    def inverse(since_ms: int, machine: int, sequence: int) -> None:
        fields = IdFields(EPOCH_MS + since_ms, machine, sequence)
        made = source.encode(fields)
        back = source.decode(made)
        expect(
            back == fields,
            expected=f"{fields} back",
            happened=f"encode made {made}, and decode read it as {back}",
            counterexample=f"decode(encode({fields}))",
        )

    inverse()


@check(points=10, law=1, claim="What does not fit its bits is refused with ValueError",
       catches="encode without a range check, so that a field spills into its neighbour", read=f"{PAGE}#laws")  # fmt: skip
def misfits_are_refused(part: Any) -> None:
    source = part(1)
    for fields in (IdFields(EPOCH_MS - 1, 0, 0), IdFields(EPOCH_MS + 2**41, 0, 0), IdFields(NOW_MS, 1024, 0),
                   IdFields(NOW_MS, -1, 0), IdFields(NOW_MS, 0, 4096), IdFields(NOW_MS, 0, -1)):  # fmt: skip
        answer = _answer(lambda f=fields: source.encode(f))
        expect(
            answer == "ValueError",
            expected="ValueError: a field does not fit its bits",
            happened=f"the answer was {answer}",
            counterexample=f"encode({fields})",
        )
    for tweet_id in (-1, 2**63):
        answer = _answer(lambda i=tweet_id: source.decode(i))
        expect(
            answer == "ValueError",
            expected="ValueError: ids lie in [0, 2**63)",
            happened=f"the answer was {answer}",
            counterexample=f"decode({tweet_id})",
        )
    for machine in (1024, -1):
        answer = _answer(lambda m=machine: part(m))
        expect(
            answer == "ValueError",
            expected="ValueError: a machine lies in [0, 1024)",
            happened="it was made, and its ids would be another machine's",
            counterexample=f"Snowflake({machine})",
        )


@check(points=15, law=2, claim="Ids of one machine rise, and say when they were made",
       catches="a sequence that counts down or is left out; the time left out", read=f"{PAGE}#laws")  # fmt: skip
def ids_rise(part: Any) -> None:
    source = part(5)
    last = -1
    for number, now_ms in enumerate((EPOCH_MS, NOW_MS, NOW_MS, NOW_MS, NOW_MS + 1, NOW_MS + 1, NOW_MS + 7)):
        calls = f"call {number + 1} of next_id on machine 5, at {now_ms}"
        answer = source.next_id(now_ms)
        expect(
            type(answer) is int and answer > last,
            expected=f"an id greater than {last}",
            happened=f"the answer was {answer}",
            counterexample=calls,
        )
        made = source.decode(answer)
        expect(
            made.at_ms == now_ms,
            expected=f"an id made at {now_ms}",
            happened=f"it decodes to {made}",
            counterexample=calls,
        )
        last = answer


@check(points=20, law=3, claim="The 4,097th id in one millisecond does not collide",
       catches="a sequence that wraps round to 0 within the millisecond", read=f"{PAGE}#laws", after=ids_rise)  # fmt: skip
def a_full_millisecond_waits(part: Any) -> None:
    source = part(1)
    made: set[Any] = set()
    for number in range(1, 4097):
        answer = source.next_id(NOW_MS)
        expect(
            type(answer) is int and answer not in made,
            expected="an id that is new",
            happened=f"the answer was {answer}",
            counterexample=f"next_id({NOW_MS}) for the {number:,}. time: the millisecond has room for 4,096",
        )
        made.add(answer)
    answer = source.next_id(NOW_MS)
    expect(
        answer == Wait(NOW_MS + 1),
        expected=f"{Wait(NOW_MS + 1)}",
        happened=f"the answer was {answer}" + (", an id it had made before" if answer in made else ""),
        counterexample=f"next_id({NOW_MS}) for the 4,097th time: the millisecond is full",
    )
    after = source.next_id(NOW_MS + 1)
    expect(
        type(after) is int and after > max(made),
        expected=f"an id greater than {max(made)}",
        happened=f"the answer was {after}",
        counterexample=f"next_id({NOW_MS + 1}) after a full millisecond",
    )


@check(points=20, law=4, claim="A clock that steps back never makes an id again",
       catches="trusting the clock after it stepped back", read=f"{PAGE}#laws")  # fmt: skip
def a_clock_that_steps_back_waits(part: Any) -> None:
    for back_ms, want in ((1, Wait(NOW_MS)), (5_000, Wait(NOW_MS)), (5_001, "Refused")):
        source = part(1)
        source.next_id(NOW_MS)
        answer = _answer(lambda s=source, now_ms=NOW_MS - back_ms: s.next_id(now_ms))
        expect(
            answer == want,
            expected=f"{want} for a clock {back_ms:,} ms behind the last id",
            happened=f"the answer was {answer}",
            counterexample=f"next_id({NOW_MS}), then next_id({NOW_MS - back_ms})",
        )


@check(points=15, law=5, claim="Across machines ids sort by time, and never meet",
       catches="the machine in the high bits, or left out", read=f"{PAGE}#laws")  # fmt: skip
def machines_sort_by_time(part: Any) -> None:
    high, low = part(1023), part(0)
    first, same, later = high.next_id(NOW_MS), low.next_id(NOW_MS), low.next_id(NOW_MS + 1)
    expect(
        type(first) is type(same) is type(later) is int,
        expected="three ids",
        happened=f"the answers were {first}, {same} and {later}",
        counterexample=f"next_id({NOW_MS}) on machine 1023 and 0, next_id({NOW_MS + 1}) on machine 0",
    )
    expect(
        first != same,
        expected="two ids",
        happened=f"machines 1023 and 0 both made {first}",
        counterexample=f"next_id({NOW_MS}) on machine 1023 and on machine 0",
    )
    expect(
        first < later,
        expected=f"an id greater than {first}, which was made a millisecond before",
        happened=f"the answer was {later}",
        counterexample=f"next_id({NOW_MS}) on machine 1023, then next_id({NOW_MS + 1}) on machine 0",
    )
