"""`twitterlab verify HISTORY.jsonl`: is a recorded history what one honest copy could have answered?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def verify(
    history: Annotated[Path, typer.Argument(help="A history: one JSON object a line.", metavar="HISTORY.jsonl")],
    model: Annotated[str, typer.Option(help="register, cas-register, kv, queue or set.")],
    html: Annotated[Path | None, typer.Option(help="Draw the history on this page.", metavar="FILE")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdict as JSON.")] = False,
    seconds: Annotated[float, typer.Option(help="Give up as `unknown` after this long.")] = 30.0,
) -> None:
    """Check a history for linearizability: exit code 0 valid, 1 invalid, 3 unknown.

    Example: twitterlab verify history.jsonl --model kv --html history.html
    """
    import json

    from twitterlab.bench.history import read_history
    from twitterlab.bench.linearizability import check
    from twitterlab.bench.models import model_named

    chosen = model_named(model)
    answer = check(read_history(history), chosen, limit_s=seconds)
    typer.echo(json.dumps({"verdict": answer.verdict}) if as_json else answer.verdict)
    raise typer.Exit({"valid": 0, "invalid": 1, "unknown": 3}[answer.verdict])
