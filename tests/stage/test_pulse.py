"""The pulse of a live run, and breaking it on purpose."""

from __future__ import annotations

import asyncio

import pytest

from twitterlab.bench.workload import Action, Operation
from twitterlab.course.lab import run_lab
from twitterlab.course.workbook import packaged
from twitterlab.stage import week1
from twitterlab.stage.breaking import Orders, obey
from twitterlab.stage.options import LabOptions
from twitterlab.stage.pulse import EVERY_MS, Pulse
from twitterlab.world.trace import Trace
from twitterlab.world.virtual import VirtualWorld, run_virtual


def operation(action):
    return Operation(0, action, 1, 2, "tea", 0.5)


def test_a_pulse_tells_the_last_second_and_forgets_the_one_before():
    trace = Trace()

    async def main(clock):
        async def depths():
            return 3, 4

        pulse = Pulse(VirtualWorld(clock, 1, trace), depths, lambda: 75.0, lambda: 10)
        beating = asyncio.ensure_future(pulse.beat())
        for wait_ms in (1.0, 2.0, 90.0):
            pulse.record(operation(Action.READ), wait_ms, True)
        pulse.record(operation(Action.POST), 5.0, False)
        await clock.sleep_ms(EVERY_MS * 1.5)
        await clock.sleep_ms(2_000)
        beating.cancel()

    run_virtual(main)
    told = [{"kind": kind, **fields} for _, kind, fields in trace.lines]
    pulses = [event for event in told if event["kind"] == "pulse"]
    slow = [event for event in told if event["kind"] == "slow"]

    first, last = pulses[0], pulses[-1]
    assert (first["reads_per_s"], first["posts_per_s"], first["operations"], first["errors"]) == (3, 1, 4, 1)
    assert (first["home_ms_p50"], first["home_ms_p999"]) == (2.0, 90.0)
    assert (first["queue_events"], first["outbox_events"], first["cache_hit_percent"]) == (3, 4, 75.0)
    assert (last["reads_per_s"], last["home_ms_p50"], last["operations"]) == (0, None, 4)
    assert [event["ms"] for event in slow] == [90.0]


def test_orders_are_read_once_and_whole_lines_only(tmp_path):
    path, done = tmp_path / "orders", []
    orders = Orders(path)
    assert orders.new() == []

    async def flush():
        done.append("cache")

    path.write_text("cache\nwor")
    asyncio.run(obey(orders, {"cache": flush}))
    asyncio.run(obey(orders, {"cache": flush}))
    path.write_text("cache\nworker\nnonsense\n")

    assert done == ["cache"]
    assert orders.new() == ["worker", "nonsense"]


@pytest.mark.slow
def test_a_killed_worker_a_flushed_cache_and_a_stepped_clock_lose_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(week1, "EXPERIMENTS", ())
    orders, told = tmp_path / "orders", []

    def tell(event):
        told.append(event)
        if event[1] == "pulse" and not orders.exists():
            orders.write_text("worker\ncache\nclock\n")

    options = LabOptions(users=60, seconds=3, engine="memory", tell=tell, orders=orders)
    report = run_lab(packaged(), 1, options, mine=False)

    measured = {figure.name: figure.measured for figure in report.figures}
    faults = [fields["fault"] for _, kind, fields in told if kind == "fault" and fields["phase"] == "begin"]
    assert sorted(faults) == ["ClockStep", "FlushCache", "KillWorker"]
    assert measured["lost_deliveries"] == measured["repeated_deliveries"] == 0
    assert [event for event in told if event[1] == "breakable"]
