"""Ten machines report their p99: is the mean of ten percentiles the percentile of all?"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, log

from twitterlab.bench.finding import Finding
from twitterlab.bench.plots import Line, Plot
from twitterlab.model.figure import Figure
from twitterlab.parts.meter import Meter
from twitterlab.world.chance import SeededChance

MACHINES = 10
REQUESTS = 1_000
SLOW_MS, FAST_MS = 200.0, 5.0
"""One machine in ten is ill: its mean latency against the others'."""


def run(make: Callable[[], Meter], seed: int) -> Finding:
    """Exponential latencies on `MACHINES` machines; the exact p99 is known because all values are kept here."""
    chance = SeededChance(seed, "percentiles")
    everything: list[float] = []
    merged, meters = make(), [make() for _ in range(MACHINES)]
    for number, meter in enumerate(meters):
        mean_ms = SLOW_MS if number == 0 else FAST_MS
        values = [-log(1.0 - chance.random()) * mean_ms for _ in range(REQUESTS)]
        everything += values
        for value in values:
            meter.record(value)
        merged.merge(meter.snapshot())
    exact_ms = sorted(everything)[ceil(0.99 * len(everything)) - 1]
    merged_ms = merged.quantile(0.99)
    averaged_ms = sum(meter.quantile(0.99) for meter in meters) / MACHINES
    shown = {"exact": exact_ms, "merged": merged_ms, "averaged": averaged_ms}
    return Finding(
        "May percentiles be averaged?",
        ("yes", "yes, if every machine served as many requests", "no"),
        2,
        f"The exact p99 is {exact_ms:,.0f} ms. Merging gives {merged_ms:,.0f} ms, averaging {averaged_ms:,.0f} ms.",
        (
            Figure(
                "merged_p99_error_percent", "%", _error(merged_ms, exact_ms), "simulated", "none", note="one p99 of all"
            ),
            Figure(
                "averaged_p99_error_percent",
                "%",
                _error(averaged_ms, exact_ms),
                "simulated",
                "none",
                note="mean of ten p99",
            ),
        ),
        (
            Plot(
                "p99 of ten machines, one of them ill",
                "",
                "ms",
                tuple(Line(label, (0,), (value,)) for label, value in shown.items()),
                kind="bar",
                note=f"{MACHINES} x {REQUESTS:,} simulated requests. Merging histograms is right, averaging percentiles is not.",
            ),
        ),
    )


def _error(measured: float, exact: float) -> float:
    return 100 * abs(measured - exact) / exact
