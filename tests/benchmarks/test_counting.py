"""What counting costs a call, so that a lab measures its parts and not the counting of them.

`pytest tests/benchmarks/test_counting.py -m slow -s` prints the figures.
"""

from __future__ import annotations

import asyncio

import pytest

from twitterlab.course.note import Note
from twitterlab.course.parts import counted
from twitterlab.world.live import stopwatch_ns

pytestmark = pytest.mark.slow
CALLS = 20_000
ROUNDS = 15
BOUND_NS = 5_000
"""Ten times what was measured: a laptop may be slow and busy, a mistake of order is caught."""


class Part:
    """Does nothing, so that what is left is the call."""

    def record(self, latency_ms, ok=True):
        return None

    async def get(self, entry, load):
        return None


def _best_ns(run):
    """Nanoseconds a call in the best of many rounds: the round that nothing disturbed."""
    return min(run() for _ in range(ROUNDS)) / CALLS


def test_counting_a_call_costs_well_under_the_work_of_a_request(tmp_path):
    note = Note(tmp_path / "note")

    def calls(part):
        def run():
            record, start = part.record, stopwatch_ns()
            for _ in range(CALLS):
                record(5.0)
            return stopwatch_ns() - start

        return _best_ns(run)

    cost_ns = calls(counted({"meter": Part}, note)["meter"]()) - calls(Part())

    print(f"\n{cost_ns:.0f} ns a call")
    assert 0 < cost_ns < BOUND_NS


def test_counting_an_awaited_call_costs_well_under_the_work_of_a_request(tmp_path):
    note = Note(tmp_path / "note")

    def awaits(part):
        async def run():
            start = stopwatch_ns()
            for _ in range(CALLS):
                await part.get(1, None)
            return stopwatch_ns() - start

        return _best_ns(lambda: asyncio.run(run()))

    cost_ns = awaits(counted({"cache": Part}, note)["cache"]()) - awaits(Part())

    print(f"\n{cost_ns:.0f} ns an await")
    assert 0 < cost_ns < BOUND_NS
