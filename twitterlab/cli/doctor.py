"""`twitterlab doctor`: what works on this machine."""

from __future__ import annotations

from typing import Annotated

import typer


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False) -> None:
    """Say what works on this machine, and what to do about what is missing.

    Exit code 0 if the embedded course works, 1 otherwise. Example: twitterlab doctor --json
    """
    import json
    from dataclasses import asdict

    from twitterlab.course.machine import examine, is_fit

    found = examine()
    if as_json:
        typer.echo(json.dumps({"works": is_fit(found), "lines": [asdict(one) for one in found]}, indent=2))
    else:
        width = max(len(one.name) for one in found)
        for one in found:
            verdict = "ok" if one.is_there else "MISSING" if one.needed else "without"
            next_step = "" if one.is_there else f"  -> {one.next_step}"
            typer.echo(f"{verdict:<8}{one.name:<{width}}  {one.found}{next_step}")
        typer.echo(
            "The course works here." if is_fit(found) else "Mend what is MISSING, then run `twitterlab doctor` again."
        )
    raise typer.Exit(0 if is_fit(found) else 1)
