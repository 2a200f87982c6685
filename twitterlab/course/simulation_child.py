"""The child process of a simulation with a student's parts: it does one work of `simulations.Mine`. Started by that."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from twitterlab.bench import run_folder
from twitterlab.bench.report import PartUse
from twitterlab.course import simulated, syllabus
from twitterlab.course.note import Note
from twitterlab.course.parts import Assembled, assemble, counted
from twitterlab.course.system import blueprint
from twitterlab.course.watched_child import Send, serve
from twitterlab.course.workbook import Workbook
from twitterlab.model.fault import FaultPlan
from twitterlab.stage import simulation, told_run
from twitterlab.stage.options import LabOptions
from twitterlab.stage.scenario import case_of
from twitterlab.world import plan as plans
from twitterlab.world.twice import twice


class Child:
    """A scenario with the parts of a workbook, those of week `number` and before, and what can be asked of it.
    Everything given is JSON."""

    def __init__(self, book: Workbook, number: int, target: str, note: Note, send: Send) -> None:
        self._book, self._number, self._note, self._send = book, number, note, send
        self._target, self._name = target, simulated.name_of(target)
        self._assembled: Assembled = assemble(book, number, mine=True, note=note)
        self._system = blueprint(book, number, counted(self._assembled.parts, note))

    def simulate(self, seed: int, plan: str | None, folder: str) -> dict[str, Any]:
        scenario = simulated.scenario(self._name, self._system)
        told = told_run.simulate(scenario, self._target, seed, _plan(plan), Path(folder), self._uses)
        return {"told": asdict(told)}

    def simulate_many(self, seeds: list[int], plan: str | None) -> dict[str, Any]:
        scenario = simulated.scenario(self._name, self._system)
        for seed in range(*seeds):
            self._send({"judged": asdict(simulation.judge(scenario, seed, _plan(plan)))})
        return {}

    def again(self, seed: int | None, run: str) -> dict[str, Any]:
        scenario = simulated.scenario(self._name, self._system)
        case, sha256 = case_of(scenario, seed or 0), ""
        if seed is None:
            _, case, sha256 = simulation.load(Path(run))
        return {"told": asdict(told_run.again(scenario, case, self._uses)), "sha256": sha256}

    def smaller(self, run: str, folder: str, seconds: float) -> dict[str, Any]:
        scenario, (_, case, _) = simulated.scenario(self._name, self._system), simulation.load(Path(run))

        def on_step(calls: int, faults: int) -> None:
            self._send({"step": [calls, faults]})

        return {"told": asdict(told_run.smaller(scenario, self._target, case, Path(folder), on_step, seconds))}

    def twice(self, seed: int, timeout_s: float) -> dict[str, Any]:
        os.chdir(self._book.root)  # where the two processes look for the workbook
        target = f"twitterlab.stage.simulation_twice:{simulation.spelled(self._target)}"
        return {"compared": asdict(twice(target, seed, timeout_s))}

    def beside_live(self, options: dict[str, Any], command: str, folder: str) -> dict[str, Any]:
        def progress(step: str, share: float) -> None:
            self._send({"step": [step, share]})

        chosen = LabOptions(**options, progress=progress)
        week = syllabus.week(self._book, self._number)
        report = simulated.comparison(self._number)(week, self._system, chosen, command)
        run_folder.write(replace(report, parts=self._uses()), Path(folder))
        return {}

    def _uses(self) -> Mapping[str, PartUse]:
        calls = self._note.calls()
        return {slot: PartUse(whose, calls[slot]) for slot, whose in self._assembled.whose.items()}


def _plan(document: str | None) -> FaultPlan | None:
    return None if document is None else plans.from_json(document)


def _work(request: dict[str, Any], book: Workbook, note: Note, send: Send) -> dict[str, Any]:
    child = Child(book, request["number"], request["target"], note, send)
    do: Callable[..., dict[str, Any]] = getattr(child, request["work"])
    return do(**request["arguments"])


if __name__ == "__main__":
    serve(_work)
