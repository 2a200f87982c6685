"""Finds what a run depends on beside its seed: runs it twice and names the first event that differs.

The two runs are processes that differ in all that must not matter: the seed of string hashes, the
addresses of objects, the wall clock and its zone, the entropy of unseeded random numbers. A set of strings
that is iterated, `time.time()`, `random.random()` or `id()` then shows where it first changed what happened.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import msgspec

from twitterlab.errors import BadInput, TwitterlabError
from twitterlab.world.elsewhen import live_elsewhen
from twitterlab.world.trace import Trace

Scenario = Callable[[int, Trace], object]
"""Runs a world of a seed and writes its trace. What it raises becomes the trace's last event."""
HASH_SEEDS = ("1", "271828")
SHIFTS_S = (0, 40_000_003)
TIME_ZONES = ("UTC", "ELS-13:30")
BALLASTS = (0, 9_973)
BAD_TARGET = 2


@dataclass(frozen=True, slots=True)
class Difference:
    """The first event in which two runs of one seed differ. Empty text: that run had ended."""

    event: int
    before: str
    first: str
    second: str

    def __str__(self) -> str:
        lines = (f"event {self.event:,} differs", f"  first run:  {self.first or 'has ended'}",
                 f"  second run: {self.second or 'has ended'}", f"  just before: {self.before or 'nothing'}")  # fmt: skip
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs of one seed: how many events they had in common, where they part, and what both raised."""

    seed: int
    events: int
    difference: Difference | None
    error: str = ""

    @property
    def is_deterministic(self) -> bool:
        return self.difference is None


def twice(target: str, seed: int, timeout_s: float = 600) -> Comparison:
    """Run `target` (`package.module:scenario` or `file.py:scenario`) in two processes and compare every event."""
    with tempfile.TemporaryDirectory(prefix="twitterlab-twice-") as folder:
        files = [Path(folder) / "first.jsonl", Path(folder) / "second.jsonl"]
        runs = [_start(target, seed, which, file) for which, file in enumerate(files)]
        for run in runs:
            _await(run, target, timeout_s)
        return _compare(seed, *files)


def _start(target: str, seed: int, which: int, file: Path) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "PYTHONHASHSEED": HASH_SEEDS[which],
        "TZ": TIME_ZONES[which],
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    command = [sys.executable, "-m", "twitterlab.world.twice", target, str(seed), str(which), str(file)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def _await(run: subprocess.Popen[str], target: str, timeout_s: float) -> None:
    try:
        _, said = run.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        run.kill()
        run.communicate()
        raise BadInput(f"{target} did not end within {timeout_s:g} s", "Simulate a shorter time") from None
    if run.returncode == BAD_TARGET:
        raise BadInput(said.strip(), "Name it as module:function or file.py:function")
    if run.returncode != 0:
        raise BadInput(f"{target} died: {said.strip()[-500:]}", "Run it once by itself")


def _compare(seed: int, first: Path, second: Path) -> Comparison:
    before, number = "", 0
    with first.open(encoding="utf-8") as left, second.open(encoding="utf-8") as right:
        for number, (one, other) in enumerate(zip_longest(left, right, fillvalue=""), 1):
            if one != other:
                return Comparison(seed, number - 1, Difference(number, before, one.strip(), other.strip()))
            before = one.strip()
    return Comparison(seed, number, None, msgspec.json.decode(before)["error"] if before else "")


def load_scenario(target: str) -> Scenario:
    """The function that `target` names. BadInput where there is none."""
    where, _, name = target.rpartition(":")
    try:
        if where.endswith(".py"):
            spec = importlib.util.spec_from_file_location(Path(where).stem, where)
            assert spec is not None and spec.loader is not None
            module: Any = importlib.util.module_from_spec(spec)
            sys.modules[spec.name] = module
            spec.loader.exec_module(module)
        else:
            module = importlib.import_module(where)
        scenario: Scenario = getattr(module, name)
    except SyntaxError as error:
        raise BadInput(f"{error.filename}:{error.lineno}: {error.msg}", "Mend it, then try again.") from None
    except (ImportError, AttributeError, ValueError, OSError) as error:
        raise BadInput(f"no scenario {target!r}: {error}", "Name it as module:function or file.py:function") from None
    except TwitterlabError:
        raise
    except Exception as error:
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == where]
        raise BadInput(f"{where}:{lines[-1] if lines else 1}: {type(error).__name__}: {error}", "Mend it.") from None
    return scenario


def _run(target: str, seed: int, which: int, file: Path) -> None:
    live_elsewhen(SHIFTS_S[which])
    ballast = [bytearray(number % 997) for number in range(BALLASTS[which])]
    scenario = load_scenario(target)
    with file.open("wb") as spool:
        trace = Trace(seed, spool=spool)
        outcome: dict[str, str] = {"error": ""}
        try:
            scenario(seed, trace)
        except Exception as error:
            outcome = {"error": f"{type(error).__name__}: {error}"}
        trace.finish(outcome)
    ballast.clear()


if __name__ == "__main__":
    try:
        _run(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
    except BadInput as error:
        sys.stderr.write(error.problem)
        sys.exit(BAD_TARGET)
