"""What a lab is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twitterlab.bench.population import MAX_USERS, read_graph
from twitterlab.errors import BadInput
from twitterlab.storage.engines import DEFAULT, ENGINES, engine

MAX_SECONDS = 3_600
FAILOVER_SECONDS = 10.0
"""The least a run with a failover lasts."""


Event = tuple[int, str, Mapping[str, Any]]
"""Nanoseconds since the run began, kind, fields."""


def _silent(step: str, share: float) -> None:
    return None


@dataclass(frozen=True, slots=True)
class LabOptions:
    """Choices of one run; None leaves a choice to the week. `seconds` bounds the open-loop run;
    `progress(step, share)` is told what is going on, `share` in [0, 1] of the whole lab; `tell` hears of gauges
    and of what breaks as it happens; whoever appends a line (worker, cache, clock, primary; of week 2 `kill europe`, `heal`…: `regional/orders.py`) to the
    file `orders` breaks it."""

    users: int | None = None
    seconds: float | None = None
    seed: int = 1
    graph: Path | None = None
    directed: bool = False
    engine: str | None = None
    folder: Path | None = None
    progress: Callable[[str, float], None] = _silent
    tell: Callable[[Event], None] | None = None
    orders: Path | None = None
    failover: bool = False
    """Kill a primary in the middle, and move slots: `stage/drill.py`."""
    lab: str | None = None
    """One experiment of the week, by its letter, instead of its main run."""


def check(options: LabOptions) -> None:
    """BadInput for what no lab can run, found before anything heavy is loaded. A graph is read for its bad lines,
    and the folder of the run made (OSError where it cannot be)."""
    if options.lab is None:  # an experiment has engines of its own
        engine(DEFAULT if options.engine is None else options.engine)
    if options.users is not None and not 0 < options.users <= MAX_USERS:
        raise BadInput(f"cannot make a population of {options.users}", f"Give a number from 1 to {MAX_USERS:,}.")
    if options.seconds is not None and not 0 < options.seconds <= MAX_SECONDS:
        raise BadInput(f"cannot run for {options.seconds:g} seconds", f"Give a number above 0, up to {MAX_SECONDS:,}.")
    if options.failover:
        _check_failover(options)
    if options.directed and options.graph is None:
        raise BadInput("--directed says how to read a graph, and there is none", "Add --graph FILE.")
    if options.graph is not None:
        read_graph(options.graph, options.directed)
    if options.folder is not None:
        options.folder.mkdir(parents=True, exist_ok=True)  # where it cannot be, nobody waits for a run to end


def _check_failover(options: LabOptions) -> None:
    """BadInput for an engine without a replica, and for a run that is over before the replica has taken over."""
    can = [name for name, one in ENGINES.items() if one.fails_over]
    if (options.engine or DEFAULT) not in can:
        raise BadInput(
            f"--failover: nothing takes over on {options.engine or DEFAULT}", f"Add --engine {' or '.join(can)}."
        )
    if options.seconds is not None and options.seconds < FAILOVER_SECONDS:
        raise BadInput(
            f"a failover takes longer than {options.seconds:g} s", f"Give --seconds {FAILOVER_SECONDS:g} or more."
        )
