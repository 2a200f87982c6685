"""Lab b: from four shards to five while people post, delete and read, with crashes at every step."""

from __future__ import annotations

import json
from collections.abc import Callable

from twitterlab.bench.finding import Finding
from twitterlab.bench.plots import Line, Plot
from twitterlab.parts.blueprint import Blueprint
from twitterlab.stage.regional.judging import figure
from twitterlab.stage.regional.labs import merged_pages
from twitterlab.stage.scenario import Outcome, case_of
from twitterlab.stage.scenario import run as run_case
from twitterlab.stage.scenarios.reshard import Reshard

SEEDS = 20


def run(blueprint: Blueprint, seed: int, progress: Callable[[float], None]) -> Finding:
    """`SEEDS` reshards, each with another plan of faults."""
    outcomes: list[Outcome] = []
    for number in range(SEEDS):
        scenario = Reshard(blueprint)
        outcomes.append(run_case(scenario, case_of(scenario, seed + number)))
        progress((number + 1) / SEEDS)
    broken = [(place, violation.promise) for place, outcome in enumerate(outcomes) for violation in outcome.violations]
    rows = [json.loads(line) for outcome in outcomes for line in outcome.history]
    pages = [row for row in rows if row["f"] == "page" and row["type"] != "invoke"]
    whole = sum(row["type"] == "ok" for row in pages)
    acknowledged = sum(row["f"] == "post" and row["type"] == "ok" for row in rows)
    moved = sum(old != new for old, new in Reshard(blueprint).owners.values())
    by_promise = {promise: sum(found == promise for _, found in broken) for promise in PROMISES}
    costs, rows_by_shards = merged_pages.measured(blueprint, seed)
    return Finding(
        "Moving a fifth of all people to a new shard, with crashes at every step: how many acknowledged tweets are"
        " invisible for a moment?",
        ("a few, while the switch is made", "those written during the copy", "none"),
        2,
        f"In {SEEDS} reshards with faults {acknowledged:,} tweets were acknowledged and {len(pages):,} pages asked for; "
        f"{by_promise['no tweet is invisible']} pages missed one, {by_promise['no tweet is doubled']} showed one twice.",
        (
            figure("reshards", "runs", SEEDS),
            figure("reshards_broken", "runs", len({place for place, _ in broken})),
            figure("reshard_invisible", "pages", by_promise["no tweet is invisible"]),
            figure("reshard_doubled", "pages", by_promise["no tweet is doubled"]),
            figure("reshard_people_moved", "people", moved),
            figure("reshard_whole_pages", "%", 100 * whole / max(1, len(pages)), "the rest named a missing shard"),
            *costs,
        ),
        (
            Plot(
                "Pages asked for while faults strike", "reshard", "pages",
                (
                    Line("whole", _places(), tuple(_count(outcome, "ok") for outcome in outcomes)),
                    Line("partial, and said so", _places(), tuple(_count(outcome, "fail") for outcome in outcomes)),
                ),
            ),
            rows_by_shards,
        ),
    )  # fmt: skip


PROMISES = ("no tweet is invisible", "no tweet is doubled", "nothing is invented", "progress")


def _places() -> tuple[float, ...]:
    return tuple(map(float, range(SEEDS)))


def _count(outcome: Outcome, kind: str) -> float:
    rows = map(json.loads, outcome.history)
    return float(sum(row["f"] == "page" and row["type"] == kind for row in rows))
