"""`twitterlab weeks`: the course at a glance."""

from __future__ import annotations

import typer


def weeks() -> None:
    """List the weeks and their days.

    Example: twitterlab weeks
    """
    from twitterlab.course import syllabus, workbook

    for week in syllabus.weeks(workbook.find_or_packaged()):
        typer.echo(f"Week {week.number} · {week.title}: {week.summary}")
        for number, day in enumerate(week.days, 1):
            typer.echo(f"  {week.number}.{number}  {day.slot:<12}{day.title}")
