"""`twitterlab ps`: the servers that `twitterlab up` started."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from twitterlab.servers.registry import Running


def ps(
    engine: Annotated[str | None, typer.Option(help="Where this engine keeps which kind of data.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """List the servers that `twitterlab up` started. Exit code 1 when a process of one has died.

    With --engine, say instead where that engine of `week` and `serve` keeps what.

    Example: twitterlab ps
    """
    if engine is not None:
        _routes(engine, as_json)
        return
    from twitterlab.cli.servers import registry

    running = registry().ps()
    if as_json:
        import json
        from dataclasses import asdict

        typer.echo(json.dumps([asdict(one) for one in running], indent=2))
    else:
        typer.echo("\n".join(map(_line, running)) or "Nothing runs. Start one: `twitterlab up valkey`.")
    if not all(one.is_whole for one in running):
        raise typer.Exit(1)


def _routes(engine: str, as_json: bool) -> None:
    from twitterlab.storage.routes import routes

    table = routes(engine)
    if as_json:
        import json

        typer.echo(json.dumps(table, indent=2))
    else:
        width = max(map(len, table))
        typer.echo("\n".join(f"{kind:<{width}}  {where}" for kind, where in table.items()))


def _line(running: Running) -> str:
    members = ", ".join(f"{member.name} {member.pid or 'died'}" for member in running.members)
    return f"{running.name}: {running.address}\n  {members}"
