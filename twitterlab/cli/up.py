"""`twitterlab up`: start real servers that stay until `twitterlab down`."""

from __future__ import annotations

from typing import Annotated

import typer


def up(
    names: Annotated[list[str], typer.Argument(help="Which servers; `all` for every one.", metavar="SERVER...")],
) -> None:
    """Start real servers on free ports of this machine; they stay until `twitterlab down`.

    Exit code 1 when one did not start.

    Example: twitterlab up valkey postgres
    """
    from twitterlab.cli.servers import registry
    from twitterlab.errors import TwitterlabError
    from twitterlab.servers.catalogue import named
    from twitterlab.servers.registry import Running
    from twitterlab.servers.service import Service

    failed = []

    def say(service: Service, outcome: Running | TwitterlabError) -> None:
        if isinstance(outcome, TwitterlabError):
            failed.append(service.name)
            typer.echo(f"{service.name}: {outcome}", err=True)
        else:
            typer.echo(f"{service.name}: {outcome.address}")

    registry().up(named(tuple(names)), say)
    if failed:
        raise typer.Exit(1)
