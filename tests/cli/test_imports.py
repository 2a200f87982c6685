"""A command starts at once: what is heavy is imported by the command that needs it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

resource = pytest.importorskip("resource", reason="no processor times of child processes on Windows")

HEAVY = ("textual", "numpy", "redis", "fakeredis", "pytest", "hypothesis", "rich.console", "sqlite_utils", "matplotlib")
BUDGET_MS = 150
RUN = "import sys; sys.argv = ['twitterlab', '--help']; from twitterlab.cli.app import main\n"
THEN = "import json\ntry:\n    main()\nfinally:\n    print(json.dumps(sorted(sys.modules)), file=sys.stderr)"


def cpu_ms(code: str, runs: int = 7) -> float:
    """Processor time of a fresh interpreter that runs `code`: the least of several runs."""
    least_s = float("inf")
    for _ in range(runs):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        least_s = min(least_s, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return least_s * 1000


def test_help_loads_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", RUN + THEN], capture_output=True, text=True, check=True)

    loaded = json.loads(done.stderr)

    assert not [name for name in HEAVY if name in loaded]
    assert "twitterlab.cli.app" in loaded


@pytest.mark.slow
def test_help_costs_little_over_a_bare_interpreter() -> None:
    assert cpu_ms(RUN + "main()") - cpu_ms("pass") <= BUDGET_MS
