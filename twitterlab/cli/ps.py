"""`twitterlab ps`: the servers that `twitterlab up` started."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from twitterlab.cli.chosen_engine import ROUTE_HELP

if TYPE_CHECKING:
    from twitterlab.servers.registry import Running


def ps(
    engine: Annotated[str | None, typer.Option(help="Where this engine keeps which kind of data.")] = None,
    route: Annotated[list[str] | None, typer.Option(help=ROUTE_HELP, metavar="KIND=ENGINE")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """List the servers that `twitterlab up` started, and where a run keeps which kind of data. Exit code 1 when a
    process has died.

    With --engine or --route, only say where `week` and `serve` keep what with these.

    Example: twitterlab ps
    """
    if engine is not None or route:
        _routes(engine, route or [], as_json)
        return
    from twitterlab.cli.servers import registry

    running = registry().ps()
    if as_json:
        import json
        from dataclasses import asdict

        typer.echo(json.dumps([asdict(one) for one in running], indent=2))
    else:
        typer.echo("\n".join(map(_line, running)) or "Nothing runs. Start one: `twitterlab up valkey`.")
        typer.echo("\nWithout --engine, `week` and `serve` keep:")
        _routes(None, [], False)
    if not all(one.is_whole for one in running):
        raise typer.Exit(1)


def _routes(engine: str | None, words: list[str], as_json: bool) -> None:
    from twitterlab.storage.alternatives import parse
    from twitterlab.storage.engines import DEFAULT
    from twitterlab.storage.routes import routes

    table = routes(engine or DEFAULT, parse(words))
    if as_json:
        import json

        typer.echo(json.dumps(table, indent=2))
    else:
        width = max(map(len, table))
        typer.echo("\n".join(f"{kind:<{width}}  {where}" for kind, where in table.items()))


def _line(running: Running) -> str:
    members = ", ".join(f"{member.name} {member.pid or 'died'}" for member in running.members)
    return f"{running.name}: {running.address}\n  {members}"
