"""`twitterlab ps`: the servers that `twitterlab up` started."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from twitterlab.servers.registry import Running


def ps(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """List the servers that `twitterlab up` started. Exit code 1 when a process of one has died.

    Example: twitterlab ps
    """
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


def _line(running: Running) -> str:
    members = ", ".join(f"{member.name} {member.pid or 'died'}" for member in running.members)
    return f"{running.name}: {running.address}\n  {members}"
