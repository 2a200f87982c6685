"""What the soaks of week 2 saw besides the promises: verdicts, and which steps of a reshard the crashes struck.

python docs/evidence/2026-11-21-week2-soaks/tables.py sessions 0..200 > sessions.md
python docs/evidence/2026-11-21-week2-soaks/tables.py reshard 0..200 > reshard.md
python docs/evidence/2026-11-21-week2-soaks/tables.py strikes 1..3 > strikes.md
"""

from __future__ import annotations

import json
import sys
from collections import Counter

from twitterlab.course.system import system_of
from twitterlab.model.fault import FaultPlan
from twitterlab.stage.scenario import case_of, run
from twitterlab.stage.scenarios.reshard import Reshard
from twitterlab.stage.scenarios.reshard_sets import verdicts
from twitterlab.stage.scenarios.reshard_steps import crashes, strikes, table
from twitterlab.stage.scenarios.week2 import Week2
from twitterlab.stage.scenarios.week2_sessions import observed, visits
from twitterlab.world.trace import Trace

SYSTEM = system_of(2, mine=False)


def sessions(seeds: range) -> None:
    """Profiles that were written and read: what held without being promised, with faults and without."""
    print("| | runs | valid | invalid | unknown | first seed |\n| --- | --- | --- | --- | --- | --- |")
    for what in ("with faults", "without faults"):
        said: dict[str, Counter[str]] = {}
        first: dict[str, int] = {}
        seen: Counter[str] = Counter()
        for seed in seeds:
            scenario = Week2(SYSTEM)
            calm = FaultPlan((), scenario.until_ms * 2 / 3, scenario.until_ms)
            outcome = run(scenario, case_of(scenario, seed, calm if what == "without faults" else None))
            rows = [json.loads(line) for line in outcome.history]
            seen["broken promises"] += len(outcome.violations)
            seen.update("read" if one.f == "read" else "certain" if one.is_certain else "other" for one in visits(rows))
            for name, verdict in observed(rows).items():
                said.setdefault(name, Counter())[verdict] += 1
                if verdict == "invalid":
                    first.setdefault(name, seed)
        for name, counts in said.items():
            print(f"| {name}, {what} | {counts.total()} | {counts['valid']} | {counts['invalid']} | {counts['unknown']} "
                  f"| {first.get(name, '')} |")  # fmt: skip
        print(f"| *{what}: {seen['read']:,} reads, {seen['certain']:,} certain writes, {seen['other']:,} others, "
              f"{seen['broken promises']} promises broken* | | | | | |", flush=True)  # fmt: skip


def reshard(seeds: range) -> None:
    """Which steps the crashes of the seeds struck, and what the linearizability checker says of each author."""
    struck: Counter[tuple[str, str]] = Counter()
    said: Counter[tuple[str, str]] = Counter()
    broken = 0
    for seed in seeds:
        scenario, trace = Reshard(SYSTEM), Trace(seed)
        outcome = run(scenario, case_of(scenario, seed), trace)
        struck += crashes(list(trace.events()))
        broken += len(outcome.violations)
        rows = [json.loads(line) for line in outcome.history]
        for found in verdicts(rows, scenario.owners):
            before, after = scenario.owners[found.key]
            said["who stays" if before == after else "who moves", found.verdict] += 1
    print(table(struck))
    print(f"\n{len(seeds)} runs, {struck.total()} crashes, {broken} promises broken.")
    for (who, verdict), count in sorted(said.items()):
        print(f"- {who}: {count:,} authors' tweets, as sets: {verdict}")


def struck_one_by_one(seeds: range) -> None:
    """Each step, each kind of machine, before and amid: one crash a run."""
    struck: Counter[tuple[str, str]] = Counter()
    count = broken = 0
    for seed in seeds:
        case = case_of(Reshard(SYSTEM), seed)
        for strike in strikes(Reshard(SYSTEM), case):
            trace = Trace(seed)
            outcome = run(Reshard(SYSTEM), case_of(Reshard(SYSTEM), seed, strike.plan), trace)
            struck += crashes(list(trace.events()))
            count, broken = count + 1, broken + len(outcome.violations)
            for violation in outcome.violations[:1]:
                print(f"seed {seed}, {strike.name}: {violation.promise}")
    print(table(struck))
    print(f"\n{count} runs, {broken} promises broken.")


if __name__ == "__main__":
    low, high = sys.argv[2].split("..")
    {"sessions": sessions, "reshard": reshard, "strikes": struck_one_by_one}[sys.argv[1]](
        range(int(low), int(high) + 1)
    )
