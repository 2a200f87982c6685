"""`twitterlab serve`: a week's system in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from twitterlab.cli.chosen_engine import ENGINES, REAL_HELP, ROUTE_HELP, chosen_engine


def serve(
    week: Annotated[int, typer.Option(help="Which week's system; the latest there is if left out.")] = 0,
    mine: Annotated[bool, typer.Option("--mine", help="Plug in your own parts.")] = False,
    engine: Annotated[str | None, typer.Option(help=f"Where data lives: {ENGINES}; sqlite if left out.")] = None,
    real: Annotated[bool, typer.Option("--real", help=REAL_HELP)] = False,
    route: Annotated[list[str] | None, typer.Option(help=ROUTE_HELP, metavar="KIND=ENGINE")] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Fill it with a thousand people who live in it.")] = False,
    people: Annotated[int, typer.Option(help="How many people move in with --demo.", min=2, max=100_000)] = 1_000,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 for any free one.", min=0, max=65_535)] = 8_000,
    proxies: Annotated[
        str,
        typer.Option(
            "--trust-proxies",
            help="Networks of proxies that are believed about a client's address.",
            metavar="CIDR,...",
        ),
    ] = "",
    split: Annotated[
        bool, typer.Option("--split", help="Every service a process of its own; on --engine postgres or mysql.")
    ] = False,
    processes: Annotated[
        int,
        typer.Option(
            help="How many API processes, or with --split of every service; on --engine postgres or mysql.",
            min=1,
            max=64,
        ),
    ] = 1,
    envoy: Annotated[bool, typer.Option("--envoy", help="Put Envoy before them: it balances, and caches.")] = False,
    join: Annotated[
        bool,
        typer.Option(
            "--join",
            help="Be one of several, on the servers that TWITTERLAB_POSTGRES_URL and TWITTERLAB_VALKEY_URL name.",
        ),
    ] = False,
    folder: Annotated[Path | None, typer.Option(help="Where to keep what is written; nothing is kept without.")] = None,
) -> None:
    """Serve a week's system: web page, API and live updates.

    Example: twitterlab serve --demo
    """
    import asyncio

    from twitterlab.course.system import system_of
    from twitterlab.errors import BadInput
    from twitterlab.stage.serving import Serving
    from twitterlab.stage.serving import serve as run
    from twitterlab.storage.alternatives import parse
    from twitterlab.storage.engines import DEFAULT, REAL

    if split and envoy:
        raise BadInput("--split has the balancer part before its services", "Leave --envoy out.")
    is_fleet = not split and (envoy or processes > 1)
    chosen = chosen_engine(engine, real) or (REAL if split or is_fleet else DEFAULT)
    options = Serving(
        chosen, host, port, folder, people if demo else 0, places=parse(route or []), proxies=proxies,
        each=processes,
    )  # fmt: skip
    if join:
        from twitterlab.stage.joining import serve_joined

        if is_fleet or split or demo or engine or real:
            raise BadInput("--join is one process on servers that are there", "Leave the engine and the layout out.")
        asyncio.run(serve_joined(system_of(week, mine), options, typer.echo))
        return
    if is_fleet:
        from twitterlab.stage.fleet import serve_fleet

        serve_fleet(system_of(week, mine), options, processes, envoy, typer.echo)
        return
    if split:
        from twitterlab.stage.split import serve_split

        serve_split(system_of(week, mine), options, typer.echo)
        return
    asyncio.run(run(system_of(week, mine), options, typer.echo))
