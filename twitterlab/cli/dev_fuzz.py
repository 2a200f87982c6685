"""`twitterlab dev fuzz`: every route of the API called with drawn requests."""

from __future__ import annotations

from typing import Annotated

import typer


def fuzz(
    minutes: Annotated[float, typer.Option(help="How long.", min=0.1, max=600)] = 5.0,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Decides what is drawn.")] = 1,
    engine: Annotated[str, typer.Option(help="As in `twitterlab serve`.")] = "memory",
    week: Annotated[int, typer.Option(help="Which week's system; the latest there is if left out.")] = 0,
) -> None:
    """Fuzz the API as somebody who is blocked: no 5xx, no answer that is not documented, nothing of what others keep to
    themselves. Exit code 1 when it did not stand it.

    Example: twitterlab dev fuzz --minutes 1 --seed 7
    """
    import asyncio

    from twitterlab.course.system import system_of
    from twitterlab.stage.fuzzing import Fuzzing
    from twitterlab.stage.fuzzing import fuzz as run

    if not asyncio.run(run(system_of(week, False), Fuzzing(engine, minutes, seed), lambda line: typer.echo(line))):
        raise typer.Exit(1)
