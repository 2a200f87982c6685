"""Break the parts and the platform of week 2, one mistake at a time, and see within how many seeds a scenario notices.

    python docs/evidence/2026-11-21-week2-soaks/mutation.py SEEDS week2 > mutation-week2.md
    python docs/evidence/2026-11-21-week2-soaks/mutation.py SEEDS reshard > mutation-reshard.md

Each mistake runs in a process of its own, for at most `WALL_S`: it is edited into the source as that is loaded.
"""

from __future__ import annotations

import importlib
import importlib.util
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

WALL_S = 240
PARTS = (("day4_replica", "replica", "week2"), ("day2_shards", "shards", "reshard"))
REGIONAL, STAGE = "twitterlab.platform.regional", "twitterlab.stage.scenarios"
PLATFORM: Sequence[tuple[str, str, str, str, str]] = (
    ("week2", "the log is not synced", f"{REGIONAL}.keeper", "if is_synced and self._has_file:", "if False:"),
    ("week2", "others are given what is not on disk", f"{REGIONAL}.keeper",
     "if delta is not None and self._safe < self._written:", "if False:"),
    ("week2", "the log is not read after a crash", f"{REGIONAL}.keeper",
     'for line in bytes(content).split(b"\\n"):', "for line in ():"),
    ("week2", "a neighbour that missed something is believed to have it", f"{REGIONAL}.sync",
     "            if lacking is None:\n", "            if True:\n"),
    ("week2", "a write is said to be on both disks without asking", f"{REGIONAL}.shard",
     "copies = 1 + await self._sync.to_mate(keeper.group, delta, MATE_MS)", "copies = 2"),
    ("week2", "nothing is pushed to the other continents", f"{REGIONAL}.shard",
     "self._sync.written(keeper.group)", "pass"),
    ("week2", "what was lost is not asked for", f"{REGIONAL}.sync", "self._turn += 1\n", "continue\n"),
    ("week2", "nothing is passed on, only asked for", f"{REGIONAL}.sync",
     "        if (peer, group) not in self._pushing:\n", "        if False:\n"),
    ("week2", "what came from others changes no timeline", f"{REGIONAL}.sync",
     "            self._merged(keeper, changed)\n", "            pass\n"),
    ("week2", "it serves before it has caught up", f"{REGIONAL}.shard",
     "await self._sync.catch_up()", "pass"),
    ("week2", "what the network brings twice is made twice", f"{REGIONAL}.once",
     "if name in self._answers:", "if False:"),
    ("week2", "a like of which nobody knows is tried again", f"{REGIONAL}.gateway",
     'return any(kind == "count" for kind, _, _ in body[1])', "return False"),
    ("week2", "a write that nobody waits for is made", f"{REGIONAL}.shard",
     "if self._node.clock.now_ms() > until_ms:", "if False:"),
    ("week2", "refused is what may have happened", f"{REGIONAL}.router",
     "failure = failure if isinstance(failure, Uncertain) else broken", "failure = broken"),
    ("week2", "what is delivered while a timeline is worked out is lost", f"{REGIONAL}.timelines",
     "        self.open.add(user)\n        merged =", "        merged ="),
    ("week2", "deleted tweets stay in timelines", f"{REGIONAL}.shard",
     "self._bring_home([tweet_id, author, None])", "pass"),
    ("week2", "a delivery that failed is forgotten", f"{REGIONAL}.couriers",
     "                await self._node.clock.sleep_ms(AGAIN_MS)\n                continue\n", "                pass\n"),
    ("reshard", "a gateway acknowledges a phase while earlier writes are under way", f"{STAGE}.reshard_machines",
     "while any(count for earlier, count in self._under_way.items() if earlier < self._phase):", "while False:"),
    ("reshard", "a store takes what was sent two phases ago", f"{STAGE}.reshard",
     "if phase < self._phase - 1:", "if False:"),
    ("reshard", "a store does not sync its log", f"{STAGE}.reshard",
     'await self._node.disk.fsync("log")', "pass"),
    ("reshard", "the coordinator forgets how far it was", f"{STAGE}.reshard_machines",
     'if "progress" in self._machine.disk.names():', "if False:"),
    ("reshard", "a copy brings back what was deleted", f"{STAGE}.reshard",
     "update(set(ids) - self._gone.get(author, set()))", "update(set(ids))"),
    ("reshard", "deletions are not copied", f"{STAGE}.reshard",
     'await self._keep("delete", author, gone)', "pass"),
    ("reshard", "a phase is announced to nobody", f"{STAGE}.reshard_machines",
     "for name in self._system.machines:", "for name in ():"),
    ("reshard", "a new gateway begins with the first phase", f"{STAGE}.reshard_machines",
     "self._phase = max(self._phase, Phase(phase))\n            break", "break"),
)  # fmt: skip


def edited(module: str, old: str, new: str) -> None:
    """Load a module with one text in place of another, before anybody else does."""
    source = Path(importlib.import_module(module).__file__ or "").read_text(encoding="utf-8")
    if source.count(old) != 1:
        raise SystemExit(f"{module}: {old!r} is {source.count(old)} times in it")
    exec(compile(source.replace(old, new), module, "exec"), vars(sys.modules[module]))


def first_broken(scenario: str, seeds: int, **parts: Any) -> str:
    """The first seed that breaks a promise, and which."""
    from twitterlab.course.system import system_of
    from twitterlab.stage.scenario import case_of, run

    system = replace(system_of(2, mine=False), **parts)
    room = importlib.import_module(f"{STAGE}.{scenario}")
    for seed in range(seeds):
        try:
            made = getattr(room, scenario.capitalize())(system)
            found = run(made, case_of(made, seed)).violations
        except Exception as error:
            return f"| {seed} | the part raised {type(error).__name__} |"
        if found:
            return f"| {seed} | {found[0].promise} |"
    return "| – | not noticed |"


def one(words: Sequence[str], seeds: int) -> str:
    """The row of one mistake, in this process."""
    if words[0] == "platform":
        scenario, name, module, old, new = PLATFORM[int(words[1])]
        edited(module, old, new)
        return f"| {module.rpartition('.')[2]}: {name} | {scenario} {first_broken(scenario, seeds)}"
    from twitterlab.course.syllabus import entries
    from twitterlab.course.workbook import find_or_packaged

    day, slot, scenario = words[1], words[2], words[4]
    book = find_or_packaged()
    entry = next(each for each in entries(book) if each.checks_module.endswith(f"week2.checks.{day}"))
    mutant = importlib.import_module(f"weeks.week2.mutants.{day}").MUTANTS[int(words[3])]
    room: dict[str, Any] = {"__name__": "a_mutant"}
    sys.modules["a_mutant"] = type(sys)("a_mutant")
    exec(mutant.applied(entry.solution(book).read_text(encoding="utf-8")), room)
    broken = first_broken(scenario, seeds, **{slot: room[entry.slot.part]})
    return f"| {slot}, law {mutant.law}: {mutant.name} | {scenario} {broken}"


def every(wanted: str) -> list[list[str]]:
    """The words that name each mistake that a scenario is to notice."""
    named = [["platform", str(number)] for number, row in enumerate(PLATFORM) if row[0] == wanted]
    for day, slot, scenario in PARTS:
        if scenario != wanted:
            continue
        count = len(importlib.import_module(f"weeks.week2.mutants.{day}").MUTANTS)
        named += [["part", day, slot, str(number), scenario] for number in range(count)]
    return named


def main() -> None:
    seeds = int(sys.argv[1])
    if len(sys.argv) > 3:
        print(one(sys.argv[2:], seeds))
        return
    print("| mistake | scenario | first seed | what was broken |\n| --- | --- | --- | --- |", flush=True)
    for words in every(sys.argv[2]):
        asked = [sys.executable, __file__, str(seeds), *words]
        try:
            done = subprocess.run(asked, capture_output=True, text=True, timeout=WALL_S, check=False)
            print(done.stdout.strip() or f"| {' '.join(words)} | error: {done.stderr.strip()[-200:]!r} |", flush=True)
        except subprocess.TimeoutExpired:
            print(f"| {' '.join(words)} | did not come back in {WALL_S} s | | |", flush=True)


if __name__ == "__main__":
    main()
