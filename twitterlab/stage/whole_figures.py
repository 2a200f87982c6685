"""What the whole-Twitter load comes to: its figures against the promises, and its plots."""

from __future__ import annotations

from dataclasses import dataclass

from twitterlab.bench.plots import Line, Plot
from twitterlab.bench.whole_twitter import Outcome
from twitterlab.model.figure import Figure, Target
from twitterlab.stage.whole_options import WholeOptions
from twitterlab.stage.whole_plan import MEAN_FOLLOWERS
from twitterlab.stage.whole_setup import Whole
from twitterlab.storage.arrays.gathering import gathering_for
from twitterlab.world.live import peak_memory_bytes
from twitterlab.world.trace import Trace

ENGINE = "arrays"
PROMISES = {
    "home_reads_per_s": Target(">=", 300_000),
    "posts_per_s": Target(">=", 6_000),
    "followers_a_post": Target(">=", MEAN_FOLLOWERS),
    "home_read_ms_p99": Target("<", 10),
    "post_to_visible_ms_p99": Target("<", 1_000),
    "memory_gib": Target("<", 16),
    "setup_s": Target("<", 180),
    "lost_deliveries": Target("==", 0),
}
ONE_IN = (2, 4, 10, 20, 50, 100, 200, 500, 1_000)


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything a run measured. `cpu_s`: processor time of the whole process while it was driven."""

    outcome: Outcome
    whole: Whole
    setup_s: float
    cpu_s: float
    delivered: int
    lost: int
    looked_at: int
    singles: tuple[float, float]
    options: WholeOptions
    trace: Trace


def figures_of(measured: Measured) -> tuple[Figure, ...]:
    """The promises first, then what explains them."""
    outcome, options = measured.outcome, measured.options
    took_s = outcome.took_s
    evenly = "in a day's curve" if options.is_day else "evenly"
    offered = f"{options.reads_per_s:,} reads/s and {options.posts_per_s:,} tweets/s offered {evenly}, open loop, {took_s:.1f} s"
    reads, posts, seen = outcome.read_waits, outcome.post_waits, outcome.visible_waits
    watched = f"{seen.count:,} tweets watched by a follower, {outcome.unseen} not seen within a second of the end"
    page = outcome.tweets_read / max(outcome.reads, 1)
    cores = measured.cpu_s / took_s

    def figure(name: str, unit: str, value: float, note: str = "") -> Figure:
        return Figure(name, unit, value, "live", ENGINE, PROMISES.get(name), note)

    return (
        figure("home_reads_per_s", "reads/s", outcome.reads / took_s, f"service call home_pages, in columns, gathered by {gathering_for(measured.whole.population.users).by}; {offered}"),
        figure("posts_per_s", "posts/s", outcome.posts / took_s, f"service call post_many; {offered}"),
        figure("followers_a_post", "followers", measured.delivered / max(outcome.posts, 1), "mean of the tweets of this run, each delivered to all of them"),
        figure("home_read_ms_p99", "ms", reads.quantile_ms(0.99), "from the intended tick, by person"),
        figure("post_to_visible_ms_p99", "ms", seen.quantile_ms(0.99), watched),
        figure("memory_gib", "GiB", peak_memory_bytes() / 2**30, "most that the process held, setup included"),
        figure("setup_s", "s", measured.setup_s, "population, links both ways, history"),
        figure("lost_deliveries", "deliveries", measured.lost, f"of {measured.looked_at:,} looked up after the load"),
        figure("deliveries_per_s", "deliveries/s", measured.delivered / took_s, "fan-out in the background"),
        figure("follows_a_user", "follows", measured.whole.follows / measured.whole.population.users),
        figure("tweets_a_page", "tweets", page, "of 20; who follows few has fewer"),
        figure("cores_used", "cores", cores, "of 2; driver and readers included"),
        figure("home_reads_per_core_s", "reads/s", outcome.reads / measured.cpu_s, "of processor time, beside the tweets"),
        figure("home_read_ms_p50", "ms", reads.quantile_ms(0.5), "from the intended tick"),
        figure("post_ms_p99", "ms", posts.quantile_ms(0.99), "from the intended tick to the acknowledgement"),
        figure("post_to_visible_ms_p50", "ms", seen.quantile_ms(0.5), watched),
        figure("single_home_reads_per_s", "reads/s", measured.singles[0], "service call home, one by one, views built"),
        figure("single_posts_per_s", "posts/s", measured.singles[1], "service call post, one by one"),
    )  # fmt: skip


def plots_of(measured: Measured) -> tuple[Plot, ...]:
    outcome = measured.outcome
    seconds = tuple(float(second) for second in range(len(outcome.seconds)))
    shares = [1 - 1 / number for number in ONE_IN]
    waits = tuple(
        Line(label, ONE_IN, tuple(histogram.quantile_ms(share) for share in shares))
        for label, histogram in (
            ("home read", outcome.read_waits),
            ("until acknowledged", outcome.post_waits),
            ("until a follower sees it", outcome.visible_waits),
        )
    )
    return (
        Plot(
            "Home reads in every second", "second", "reads/s",
            (Line("home reads", seconds, tuple(float(reads) for reads, _ in outcome.seconds)),),
        ),
        Plot(
            "Tweets in every second", "second", "tweets/s",
            (Line("tweets", seconds, tuple(float(posts) for _, posts in outcome.seconds)),),
        ),
        Plot("How long people wait", "one in so many waits longer: 2 is the median, 100 the p99", "ms", waits, log_x=True, log_y=True),
    )  # fmt: skip
