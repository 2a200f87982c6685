"""`twitterlab replay RUN_OR_SEED`: a simulation again, event by event the same."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from twitterlab.errors import BadInput


def replay(
    run: Annotated[
        str, typer.Argument(help="A run folder, or a seed together with --scenario.", metavar="RUN_OR_SEED")
    ],
    scenario: Annotated[str | None, typer.Option(help="Which scenario a seed belongs to.")] = None,
    mine: Annotated[bool, typer.Option("--mine", help="Of a seed and a week: with the parts you have begun.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout and nothing else.")] = False,
) -> None:
    """Run a kept simulation again, event by event the same. A run of yours runs with your parts as they are now.

    Example: twitterlab replay runs/primary-backup-early-ack-seed56
    """
    from twitterlab.cli import told
    from twitterlab.course import simulations

    seed = int(run) if run.isdecimal() and run.isascii() and not Path(run).exists() else None
    if seed is not None and scenario is None:
        raise BadInput("a seed alone does not say what ran", f"Try `twitterlab replay {run} --scenario NAME`.")
    asked = simulations.kept(Path(run)) if seed is None else simulations.named([scenario or ""], mine)
    with told.stopped_parts():
        again, sha256 = asked.again(seed, Path(run))
    if sha256 and again.trace_sha256 != sha256:
        typer.echo(f"twitterlab: this is not the same run: {again.trace_sha256[:12]}, not {sha256[:12]}. "
                   "The code has changed, or it depends on more than the seed: try --twice.", err=True)  # fmt: skip
    told.tell(again, as_json)
