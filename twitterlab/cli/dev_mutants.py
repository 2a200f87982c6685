"""`twitterlab dev mutants`: wrong parts, by hand and by machine, that prove the checks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from twitterlab.course.machine_mutants import MachineTrial
    from twitterlab.course.mutants import Trial

LEAST_KILLED = 0.95


def mutants(
    days: Annotated[str, typer.Argument(help="A day (1.3), a part (cache), a week (1), or all.")] = "all",
    machine: Annotated[
        str, typer.Option("--machine", metavar="N|all", help="Mutants made by machine instead: a draw of N, or all.")
    ] = "",
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Decides the draw, and what checks draw.")] = 0,
) -> None:
    """Grade wrong parts: each named one must be caught by exactly its law, and of all those made by machine 95 % by any.

    Example: twitterlab dev mutants --machine 40 --seed 7
    """
    from twitterlab.course import machine_mutants, syllabus, workbook
    from twitterlab.course import mutants as named
    from twitterlab.errors import BadInput

    book = workbook.find()
    entries = syllabus.resolve(book, days)
    if machine:
        trials = machine_mutants.try_all(book, entries, _wanted(machine), seed, _say_machine)
        is_well = _score_machine(trials, is_draw=machine != "all")
    elif not any(map(named.mutants, entries)):
        raise BadInput(f"there are no mutants of {days} here", "A wheel for exams leaves them out.")
    else:
        is_well = _score(named.try_all(book, entries, seed, _say))
    if not is_well:
        raise typer.Exit(1)


def _wanted(machine: str) -> int | None:
    """How many; None for all."""
    from twitterlab.errors import BadInput

    if machine == "all":
        return None
    if not machine.isdigit() or machine == "0":
        raise BadInput(f"--machine {machine} is no number of mutants", "Say a number from 1, or all.")
    return int(machine)


def _say(trial: Trial) -> None:
    laws = ", ".join(map(str, trial.laws)) or "none"
    verdict = "caught" if trial.is_caught else f"MISSED: laws that failed: {laws}"
    typer.echo(f"{trial.entry.day_id} law {trial.mutant.law}  {trial.mutant.name}: {verdict}")


def _score(trials: Sequence[Trial]) -> bool:
    caught = sum(trial.is_caught for trial in trials)
    typer.echo(f"{caught} of {len(trials)} named mutants are caught by exactly the law they name.")
    return caught == len(trials)


def _say_machine(trial: MachineTrial) -> None:
    if trial.killer:
        return
    why = trial.excuse or "SURVIVED: no check failed"
    typer.echo(f"{trial.entry.day_id} {trial.mutant.where}: `{trial.mutant.was}` -> `{trial.mutant.now}`: {why}")


def _score_machine(trials: Sequence[MachineTrial], is_draw: bool) -> bool:
    """Whether each survivor is known with its reason and, of all there are, at least 95 in 100 are killed."""
    killed = sum(bool(trial.killer) for trial in trials)
    unexplained = sum(not trial.killer and not trial.excuse for trial in trials)
    for day in sorted({trial.entry.day_id for trial in trials}):
        mine = [trial for trial in trials if trial.entry.day_id == day]
        typer.echo(f"{day} {sum(bool(trial.killer) for trial in mine)} of {len(mine)} killed")
    share = killed / max(1, len(trials))
    typer.echo(
        f"{killed} of {len(trials)} machine-made mutants are killed ({100 * share:.1f} %); "
        f"{len(trials) - killed - unexplained} survivors have a reason, {unexplained} have none."
    )
    return not unexplained and (is_draw or share >= LEAST_KILLED)
