"""`twitterlab weeks`: the course at a glance."""

from __future__ import annotations

import typer


def weeks() -> None:
    """List the weeks and their days."""
    from weeks.week1 import WEEK

    typer.echo(f"Week {WEEK.number} · {WEEK.title}: {WEEK.summary}")
    for number, day in enumerate(WEEK.days, 1):
        typer.echo(f"  {WEEK.number}.{number}  {day.slot:<12}{day.title}")
