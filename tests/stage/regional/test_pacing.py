"""A simulated run at a pace that can be watched, on a clock that only the test moves."""

from __future__ import annotations

from twitterlab.stage.regional.pacing import LONGEST_PAUSE_NS, TIMES, Paced

SECOND = 1_000_000_000


class Wrist:
    """A stopwatch, and lines that come at times of it."""

    def __init__(self, lines: dict[int, list[str]] | None = None) -> None:
        self.now_ns = 0
        self._lines = lines or {}

    def stand_still(self, duration_ns: int) -> None:
        self.now_ns += duration_ns

    def new(self) -> list[str]:
        due = [at_ns for at_ns in self._lines if at_ns <= self.now_ns]
        return [line for at_ns in due for line in self._lines.pop(at_ns)]


def paced(wrist: Wrist) -> Paced:
    return Paced(wrist, lambda: wrist.now_ns, wrist.stand_still)


def test_virtual_time_runs_at_a_multiple_of_real_time() -> None:
    wrist = Wrist()
    pace = paced(wrist)

    for second in range(1, 11):
        pace(second * SECOND)

    assert wrist.now_ns == 10 * SECOND / TIMES


def test_a_slow_machine_is_not_waited_for_twice() -> None:
    wrist = Wrist()
    pace = paced(wrist)

    wrist.now_ns = 30 * SECOND  # the first second took half a minute
    pace(SECOND)
    pace(2 * SECOND)

    assert wrist.now_ns == 30 * SECOND + SECOND / TIMES


def test_orders_are_passed_on_in_order_and_the_pace_is_not_one() -> None:
    wrist = Wrist({0: ["kill europe", "pace 4", "heal"], SECOND // 4: ["add"]})
    pace = paced(wrist)

    orders = [*pace(SECOND), *pace(2 * SECOND)]

    assert orders == ["kill europe", "heal", "add"]
    assert wrist.now_ns == 2 * SECOND / 4


def test_a_pause_lasts_until_somebody_goes_on_and_keeps_what_was_ordered() -> None:
    wrist = Wrist({0: ["pace 0"], 7 * SECOND: ["kill asia"], 9 * SECOND: ["pace 1"]})
    pace = paced(wrist)

    orders = list(pace(SECOND))

    assert orders == ["kill asia"]
    assert 9 * SECOND <= wrist.now_ns <= 10 * SECOND
    assert pace.times == 1.0


def test_a_pause_that_was_forgotten_ends() -> None:
    wrist = Wrist({0: ["pace 0"]})

    paced(wrist)(SECOND)

    assert LONGEST_PAUSE_NS <= wrist.now_ns < LONGEST_PAUSE_NS + 2 * SECOND


def test_a_pace_that_is_none_is_ignored() -> None:
    wrist = Wrist({0: ["pace", "pace fast", "pace -1", "pace 1e9", "pace inf"]})
    pace = paced(wrist)

    assert list(pace(SECOND)) == []
    assert pace.times == TIMES
