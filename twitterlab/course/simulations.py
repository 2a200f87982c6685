"""Simulations that a reader asks for: in this process, or with the student's parts in children that are watched.

    asked = simulations.named(["week", "1"], mine=True)     # or: kept(folder)
    told = asked.simulate(seed, plan, folder)

`Here` runs scenarios and reference parts; `Mine` does the same in a child, because a part that is being written may
hang, eat the memory or end the process. Both leave the same run folders, and a run folder knows whose it is.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import msgspec

from twitterlab.bench import run_folder
from twitterlab.bench.report import Report
from twitterlab.course import simulated, workbook
from twitterlab.course.lab import as_request
from twitterlab.course.parts import whose_parts
from twitterlab.course.watched import LabStopped, Watched
from twitterlab.model.fault import FaultPlan
from twitterlab.stage import simulation, told_run
from twitterlab.stage.options import LabOptions
from twitterlab.stage.scenario import case_of
from twitterlab.stage.simulation import Judged
from twitterlab.stage.told_run import ToldRun, ToldSmaller
from twitterlab.world import plan as plans
from twitterlab.world.twice import Comparison, twice

CHILD = "twitterlab.course.simulation_child"
WALL_S, WALL_A_SEED_S = 120.0, 30.0
COMPARING_S = 120.0
OnStep = Callable[[int, int], object]


class Simulations(Protocol):
    """What can be asked of one scenario, or of a week."""

    @property
    def target(self) -> str:
        """Its name, as a run folder keeps it."""
        ...

    def simulate(self, seed: int, plan: FaultPlan | None, folder: Path) -> ToldRun:
        """Run one seed and keep it."""
        ...

    def simulate_many(
        self, seeds: range, plan: FaultPlan | None, on_done: Callable[[Judged], None]
    ) -> Sequence[Judged]:
        """Run every seed, on all cores; in order of the seeds."""
        ...

    def again(self, seed: int | None, run: Path) -> tuple[ToldRun, str]:
        """Run a kept run again, or what a seed stands for; with it the hash that it had."""
        ...

    def smaller(self, run: Path, folder: Path, on_step: OnStep, seconds: float) -> ToldSmaller:
        """Make a kept, failed run small, within about so many seconds."""
        ...

    def twice(self, seed: int) -> Comparison:
        """Run one seed in two unlike processes."""
        ...

    def beside_live(self, options: LabOptions, command: str) -> Report:
        """A week, live and simulated, in one report."""
        ...


def named(words: Sequence[str], mine: bool = False) -> Simulations:
    """What a reader typed. BadInput where it is nothing, or `mine` where there are no parts."""
    target = simulated.target_of(list(words))
    if mine:
        target = simulated.with_mine(target)
    return _of(target)


def kept(run: Path) -> Simulations:
    """What a run folder was made with. BadInput for anything else."""
    return _of(simulation.load(run)[0])


def _of(target: str) -> Simulations:
    return Mine(target) if simulated.is_mine(target) else Here(target)


@dataclass(frozen=True, slots=True)
class Here:
    """A scenario, or a week with its reference parts, in this process."""

    target: str

    def simulate(self, seed: int, plan: FaultPlan | None, folder: Path) -> ToldRun:
        return told_run.simulate(simulation.find(self.target), self.target, seed, plan, folder)

    def simulate_many(
        self, seeds: range, plan: FaultPlan | None, on_done: Callable[[Judged], None]
    ) -> Sequence[Judged]:
        return simulation.run_seeds(self.target, seeds, plan, on_done)

    def again(self, seed: int | None, run: Path) -> tuple[ToldRun, str]:
        scenario = simulation.find(self.target)
        if seed is not None:
            return told_run.again(scenario, case_of(scenario, seed)), ""
        _, case, sha256 = simulation.load(run)
        return told_run.again(scenario, case), sha256

    def smaller(self, run: Path, folder: Path, on_step: OnStep, seconds: float) -> ToldSmaller:
        _, case, _ = simulation.load(run)
        return told_run.smaller(simulation.find(self.target), self.target, case, folder, on_step, seconds)

    def twice(self, seed: int) -> Comparison:
        simulation.find(self.target)
        return twice(f"twitterlab.stage.simulation_twice:{simulation.spelled(self.target)}", seed)

    def beside_live(self, options: LabOptions, command: str) -> Report:
        return simulated.beside_live(self.target, options, command)


@dataclass(slots=True)
class Mine:
    """A week, or another scenario, with the parts that the student has begun, each run in a child. BadInput outside a workbook."""

    target: str
    _number: int = field(init=False)
    _watched: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        book = workbook.find()
        self._number = simulated.parts_of(self.target)
        self._watched = {"book": book, "number": self._number, "whose": whose_parts(book, self._number, mine=True)}

    def simulate(self, seed: int, plan: FaultPlan | None, folder: Path) -> ToldRun:
        said = self._ask("simulate", WALL_S, seed=seed, plan=plan and plans.to_json(plan), folder=_absolute(folder))
        return msgspec.convert(said["told"], ToldRun)

    def simulate_many(
        self, seeds: range, plan: FaultPlan | None, on_done: Callable[[Judged], None]
    ) -> Sequence[Judged]:
        judged: dict[int, Judged] = {}
        stop = threading.Event()

        def hear(message: dict[str, Any]) -> None:
            if stop.is_set():
                raise LabStopped("another seed has stopped the run")
            if "judged" in message:
                one = msgspec.convert(message["judged"], Judged)
                judged[one.seed] = one
                on_done(one)

        def some(share: range) -> None:
            try:
                self._ask("simulate_many", WALL_S + WALL_A_SEED_S * len(share), hear,
                          seeds=[share.start, share.stop, share.step], plan=plan and plans.to_json(plan))  # fmt: skip
            except BaseException:
                stop.set()
                raise

        count = min(os.cpu_count() or 1, len(seeds))
        with ThreadPoolExecutor(count) as pool:
            shares = [pool.submit(some, seeds[first::count]) for first in range(count)]
        _raise_first([share.exception() for share in shares])
        return [judged[seed] for seed in seeds]

    def again(self, seed: int | None, run: Path) -> tuple[ToldRun, str]:
        said = self._ask("again", WALL_S, seed=seed, run=_absolute(run))
        return msgspec.convert(said["told"], ToldRun), said["sha256"]

    def smaller(self, run: Path, folder: Path, on_step: OnStep, seconds: float) -> ToldSmaller:
        def hear(message: dict[str, Any]) -> None:
            if "step" in message:
                on_step(*message["step"])

        said = self._ask(
            "smaller", seconds + WALL_S, hear, run=_absolute(run), folder=_absolute(folder), seconds=seconds
        )
        return msgspec.convert(said["told"], ToldSmaller)

    def twice(self, seed: int) -> Comparison:
        said = self._ask("twice", 2 * COMPARING_S, seed=seed, timeout_s=COMPARING_S)
        return msgspec.convert(said["compared"], Comparison)

    def beside_live(self, options: LabOptions, command: str) -> Report:
        def hear(message: dict[str, Any]) -> None:
            if "step" in message:
                options.progress(*message["step"])

        with tempfile.TemporaryDirectory(prefix="twitterlab-beside-") as folder:
            self._ask("beside_live", WALL_S * 5, hear, options=as_request(options), command=command, folder=folder)
            return run_folder.read(Path(folder))

    def _ask(
        self, work: str, wall_s: float, hear: Callable[[dict[str, Any]], None] = lambda message: None, **arguments: Any
    ) -> dict[str, Any]:
        watched = Watched(**self._watched, wall_s=wall_s, what="The simulation")
        with tempfile.TemporaryDirectory(prefix="twitterlab-note-") as folder:
            return watched.run(
                CHILD, {"work": work, "target": self.target, "arguments": arguments}, Path(folder) / "note", hear
            )


def _absolute(path: Path) -> str:
    """For the child, which lives in another folder."""
    return str(path.absolute())


def _raise_first(errors: Sequence[BaseException | None]) -> None:
    """The error that came first; the others only say that they were stopped."""
    found = [error for error in errors if error is not None]
    for error in sorted(found, key=lambda error: isinstance(error, LabStopped) and "another seed" in error.problem):
        raise error
