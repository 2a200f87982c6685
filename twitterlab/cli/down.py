"""`twitterlab down`: end the servers that `twitterlab up` started."""

from __future__ import annotations

from typing import Annotated

import typer


def down(
    names: Annotated[
        list[str] | None, typer.Argument(help="Which servers; all if left out.", metavar="[SERVER...]")
    ] = None,
) -> None:
    """End the servers that `twitterlab up` started: no process, port or file of theirs is left.

    Example: twitterlab down
    """
    from twitterlab.cli.servers import registry
    from twitterlab.servers.catalogue import ALL, named

    asked = tuple(names or ())
    named(asked)
    ended = registry().down(() if ALL in asked else asked)
    typer.echo("\n".join(f"{name}: ended" for name in ended) or "Nothing was running.")
