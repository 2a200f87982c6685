"""Write-through against write-behind, and a SIGKILL in the middle: which acknowledged tweets are gone?

A process is really started and really killed; the database is then opened as after a restart.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from statistics import median

from twitterlab.bench.finding import Finding
from twitterlab.bench.plots import Line, Plot
from twitterlab.model.figure import Figure
from twitterlab.parts.schema import Schema
from twitterlab.stage.writer import FLUSH_EVERY
from twitterlab.world.chance import SeededChance
from twitterlab.world.live import stopwatch_ns

KILL_AFTER = 100
"""A kill falls after this many acknowledgements, and up to one flush more."""
KILLS = 3


def run(schema: Schema, folder: Path, seed: int) -> Finding:
    """`KILLS` kills of each kind, every one at another moment of a flush."""
    chance = SeededChance(seed, "kill")
    moments = [KILL_AFTER + chance.below(FLUSH_EVERY - 1) for _ in range(KILLS)]
    through_lost, through_per_s = _kills(schema, folder / "through", moments, is_behind=False)
    behind_lost, behind_per_s = _kills(schema, folder / "behind", moments, is_behind=True)
    note = f"in {KILLS} kills after {', '.join(map(str, moments))} acknowledgements"
    return Finding(
        "What does it cost to acknowledge a tweet before it is on disk?",
        ("nothing: it is only faster", f"up to {FLUSH_EVERY} acknowledged tweets in a crash", "every tweet of the run"),
        1,
        f"In {KILLS} kills write-behind lost {behind_lost} acknowledged tweets and write-through {through_lost}; "
        f"write-behind acknowledged {behind_per_s / max(through_per_s, 1e-9):,.0f} times as fast.",
        (
            Figure("write_through_lost", "tweets", through_lost, "live", "sqlite", note=note),
            Figure("write_behind_lost", "tweets", behind_lost, "live", "sqlite", note=note),
            Figure("write_through_per_s", "tweets/s", through_per_s, "live", "sqlite", note="acknowledged, one writer"),
            Figure("write_behind_per_s", "tweets/s", behind_per_s, "live", "sqlite", note="acknowledged, one writer"),
        ),
        (
            Plot(
                "Acknowledged tweets a second, until a kill",
                "",
                "tweets/s",
                (Line("write-through", (0,), (through_per_s,)), Line("write-behind", (0,), (behind_per_s,))),
                kind="bar",
                log_y=True,
                note=f"Lost in {KILLS} kills: {through_lost} by write-through, {behind_lost} by write-behind.",
            ),
        ),
    )


def _kills(schema: Schema, folder: Path, moments: list[int], is_behind: bool) -> tuple[int, float]:
    """(acknowledged tweets that are gone in all kills, the median of acknowledgements per second)."""
    folder.mkdir(parents=True, exist_ok=True)
    runs = [_kill(schema, folder / f"{number}.db", after, is_behind) for number, after in enumerate(moments)]
    return sum(lost for lost, _ in runs), median(per_s for _, per_s in runs)


def _kill(schema: Schema, path: Path, after: int, is_behind: bool) -> tuple[int, float]:
    """(acknowledged tweets that are gone, acknowledgements per second)."""
    queries = schema.queries()
    order = {
        "path": str(path),
        "is_behind": is_behind,
        "tables": list(schema.tables()),
        "add_user": queries.add_user,
        "add_tweet": queries.add_tweet,
    }
    command = [sys.executable, "-m", "twitterlab.stage.writer"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as writer:
        try:
            acknowledged, seconds = _watch(writer, json.dumps(order), after)
        finally:
            writer.kill()
    kept = _kept(path)
    return len(set(range(1, acknowledged + 1)) - kept), after / max(seconds, 1e-9)


def _watch(writer: subprocess.Popen[str], order: str, after: int) -> tuple[int, float]:
    """(tweets acknowledged until it was killed, seconds for the first `after` of them). What SQLite refused is raised."""
    assert writer.stdin is not None and writer.stdout is not None and writer.stderr is not None
    writer.stdin.write(order + "\n")
    writer.stdin.flush()
    acknowledged = int(writer.stdout.readline() or 0)
    start_ns = stopwatch_ns()
    for line in writer.stdout:
        acknowledged = int(line)
        if acknowledged >= after:
            break
    if acknowledged < after:
        reason = writer.stderr.read().strip().splitlines()
        raise sqlite3.OperationalError(reason[-1].partition(": ")[2] if reason else "the writer ended")
    seconds = (stopwatch_ns() - start_ns) / 1e9
    writer.kill()
    for line in writer.stdout:  # what it acknowledged before it died is acknowledged too
        acknowledged = int(line) if line.endswith("\n") else acknowledged
    return acknowledged, seconds


def _kept(path: Path) -> set[int]:
    database = sqlite3.connect(path)
    try:
        return {row[0] for row in database.execute("SELECT id FROM tweets")}
    finally:
        database.close()
