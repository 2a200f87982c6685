"""`twitterlab calibrate`: measure what operations cost on this machine, for the simulation to use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

COSTLY = 12


def calibrate(
    out: Annotated[Path, typer.Option(help="Where the profile goes.", metavar="FILE")] = Path("profile.json"),
) -> None:
    """Measure SQLite, Redis and the platform on this machine: service times for `simulate`. Takes half a minute.

    Example: twitterlab calibrate --out profile.json
    """
    from twitterlab.cli.progress import Bar

    with Bar("calibrate") as bar:  # before anything heavy: the first output
        from twitterlab.course.system import system_of
        from twitterlab.errors import BadInput
        from twitterlab.stage import calibration
        from twitterlab.stage.profile import to_json

        if not out.absolute().parent.is_dir():
            raise BadInput(f"there is no folder {out.parent}", "Name a file in a folder that exists.")
        profile = calibration.measure(system_of(1, mine=False), bar.show, f"twitterlab calibrate --out {out.name}")
        out.write_text(to_json(profile), encoding="utf-8")
    for line in _table(profile):
        typer.echo(line)
    typer.echo(f"Measured {len(profile.costs)} operations; many at once take {profile.crowding:.2f} times as long.")
    typer.echo(f"Profile: {out}")


def _table(profile: object) -> list[str]:
    """The operations that took the most time in all, the costliest first."""
    from twitterlab.stage.profile import Profile

    assert isinstance(profile, Profile)
    total = {name: cost.mean_ms * profile.samples[name] for name, cost in profile.costs.items()}
    lines = [f"{'operation':32} {'samples':>8} {'p50 ms':>8} {'mean ms':>8} {'p99 ms':>8}"]
    for name in sorted(total, key=lambda name: -total[name])[:COSTLY]:
        points = dict(profile.costs[name].points)
        mean_ms = profile.costs[name].mean_ms
        lines.append(f"{name:32} {profile.samples[name]:8,} {points[0.5]:8.3f} {mean_ms:8.3f} {points[0.99]:8.3f}")
    return lines
