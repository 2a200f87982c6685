"""Runs benchmarks of the catalogue under pytest-benchmark, in a process of their own, and makes the report."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from twitterlab.bench.plots import Line, Plot
from twitterlab.bench.report import Report
from twitterlab.course.benchmarks import suite
from twitterlab.course.benchmarks.catalogue import BENCHMARKS, Benchmark
from twitterlab.errors import TwitterlabError
from twitterlab.model.figure import Figure, Target

WITHIN_S = 900
FOR_NO_PROJECT = ("-c", "NUL" if sys.platform == "win32" else "/dev/null", "-p", "no:cacheprovider", "-p", "no:valkey")


def run(
    names: Sequence[str], progress: Callable[[str, float], None] = lambda step, share: None
) -> tuple[Report, list[str]]:
    """The report, and a line for each that could not be run. TwitterlabError where a benchmark fails."""
    measured: dict[str, dict[str, Any]] = {}
    skipped = []
    for number, name in enumerate(names):
        progress(name, number / len(names))
        found = _measured(name)
        if isinstance(found, str):
            skipped.append(f"{name}: {found}")
        else:
            measured[name] = found
    figures = tuple(figure for name, found in measured.items() for figure in _figures(BENCHMARKS[name], found))
    rounds = sum(int(found["stats"]["rounds"]) for found in measured.values())
    return Report(0, 0, 0, 0, {}, rounds, figures, plots=_plots(measured)), skipped


def _measured(name: str) -> dict[str, Any] | str:
    """What pytest-benchmark wrote about one; or why it was left out."""
    with tempfile.TemporaryDirectory(prefix="twitterlab-bench-") as folder:
        document = Path(folder) / "benchmark.json"
        test = f"{suite.__file__}::test_beside_its_yardstick[{name}]"
        options = ("-q", "-rs", "--import-mode=importlib", f"--rootdir={folder}", f"--benchmark-json={document}")
        command = [sys.executable, "-m", "pytest", test, *options, *FOR_NO_PROJECT]
        alone = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        done = subprocess.run(command, capture_output=True, text=True, timeout=WITHIN_S, env=alone)
        said = [line for line in done.stdout.splitlines() if line.startswith("SKIPPED")]
        if done.returncode == 0 and said:
            return said[0].partition(": ")[2]
        if done.returncode or not document.exists():
            raise TwitterlabError(
                f"the benchmark {name} failed:\n{done.stdout}{done.stderr}",
                "Run it again; report it if it fails again.",
            )
        found: dict[str, Any] = json.loads(document.read_text("utf-8"))["benchmarks"][0]
        return found


def _figures(entry: Benchmark, found: dict[str, Any]) -> tuple[Figure, ...]:
    extra = found["extra_info"]
    note = f"{entry.ours}, against {entry.yardstick}; {entry.clock} time"
    counts = tuple(
        Figure(f"{entry.name}: {count}", "", value, "live", "none", Target("<=", entry.most[count]) if count in entry.most else None)
        for count, value in extra["counts"].items()
    )  # fmt: skip
    return (
        Figure(entry.name, "times", extra["ratio"], "live", "none", Target(">=", entry.least), note),
        Figure(f"{entry.name}_per_s", "/s", extra["rate_per_s"], "live", "none", None, entry.ours),
        Figure(f"{entry.name}_yardstick_per_s", "/s", extra["yardstick_per_s"], "live", "none", None, entry.yardstick),
        *counts,
    )


def _plots(measured: dict[str, dict[str, Any]]) -> tuple[Plot, ...]:
    bars = tuple(Line(name, (0.0,), (found["extra_info"]["ratio"],)) for name, found in measured.items())
    return (Plot("Speed as a multiple of the yardstick's", "", "times", bars, "bar", log_y=True),) if bars else ()
