"""What a live run comes to: its figures, without targets, and the plot of how long people waited."""

from __future__ import annotations

from twitterlab.bench.plots import Line, Plot
from twitterlab.bench.workload import Action
from twitterlab.model.figure import Figure
from twitterlab.stage.live import Measured


def figures_of(measured: Measured, label: str) -> tuple[Figure, ...]:
    """The figures of the live run, without targets."""
    outcome, waits = measured.outcome, measured.visibility.waits
    reads = outcome.latencies[Action.READ]
    signals = measured.meter.signals(outcome.took_s)
    offered = f"at an offered {measured.rate_per_s:,.0f} operations/s; not the most it can do"
    watched = f"{waits.count:,} tweets watched, {measured.visibility.given_up} never seen"

    def figure(name: str, unit: str, value: float, note: str = "") -> Figure:
        return Figure(name, unit, value, "live", label, note=note)

    return (
        figure("operations", "operations", measured.operations, f"in {outcome.took_s:.1f} s, open loop"),
        figure("failed_operations", "operations", measured.accidents.count + outcome.unfinished, measured.accidents.commonest()),
        figure("home_read_ms_p50", "ms", reads.quantile_ms(0.5), "from intended start"),
        figure("home_read_ms_p99", "ms", reads.quantile_ms(0.99), "from intended start"),
        figure("home_reads_per_s", "reads/s", outcome.done[Action.READ] / outcome.took_s, offered),
        figure("posts_per_s", "posts/s", outcome.done[Action.POST] / outcome.took_s, offered),
        figure("deliveries_per_s", "deliveries/s", measured.delivered / outcome.took_s, offered),
        figure("cache_hit_ratio", "%", measured.hit_percent, "home reads answered without a load"),
        figure("lost_deliveries", "deliveries", measured.judged.lost, "due by the oracle, not shown"),
        figure("repeated_deliveries", "deliveries", measured.redelivered + measured.judged.repeated, "pushed or shown again"),
        figure("strange_deliveries", "deliveries", measured.judged.strange, "shown, not due"),
        figure("post_to_visible_ms_p50", "ms", waits.quantile_ms(0.5), watched),
        figure("post_to_visible_ms_p99", "ms", waits.quantile_ms(0.99), watched),
        figure("gateway_ms_p99", "ms", signals.latency_ms_p99, "as the meter part saw it: service without waiting"),
    )  # fmt: skip


ONE_IN = (2, 4, 10, 20, 50, 100, 200, 500, 1_000)


def waits_of(measured: Measured) -> Plot:
    reads, visible = measured.outcome.latencies[Action.READ], measured.visibility.waits
    shares = [1 - 1 / number for number in ONE_IN]
    lines = (
        Line("home read", ONE_IN, tuple(reads.quantile_ms(share) for share in shares)),
        Line("until a follower sees it", ONE_IN, tuple(visible.quantile_ms(share) for share in shares)),
        Line("a call, at the gateway", ONE_IN, tuple(measured.meter.quantile(share) for share in shares)),
    )
    return Plot(
        "How long people wait", "one in so many waits longer: 2 is the median, 100 the p99", "ms", lines,
        log_x=True, log_y=True,
        note="A person waits from when they wanted to act; the gateway, where the meter part sits, sees only its own "
        "share of that.",
    )  # fmt: skip
