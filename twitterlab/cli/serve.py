"""`twitterlab serve`: a week's system in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def serve(
    week: Annotated[int, typer.Option(help="Which week's system; the latest there is if left out.")] = 0,
    mine: Annotated[bool, typer.Option("--mine", help="Plug in your own parts.")] = False,
    engine: Annotated[str, typer.Option(help="memory, sqlite, fakeredis, valkey, redis or postgres.")] = "sqlite",
    demo: Annotated[bool, typer.Option("--demo", help="Fill it with a thousand people who live in it.")] = False,
    people: Annotated[int, typer.Option(help="How many people move in with --demo.", min=2, max=100_000)] = 1_000,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 for any free one.", min=0, max=65_535)] = 8_000,
    folder: Annotated[Path | None, typer.Option(help="Where to keep what is written; nothing is kept without.")] = None,
) -> None:
    """Serve a week's system: web page, API and live updates.

    Example: twitterlab serve --demo
    """
    import asyncio

    from twitterlab.course.system import system_of
    from twitterlab.stage.serving import Serving
    from twitterlab.stage.serving import serve as run

    options = Serving(engine, host, port, folder, people if demo else 0)
    asyncio.run(run(system_of(week, mine), options, lambda line: typer.echo(line)))
