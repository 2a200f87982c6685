"""Lab e on PostgreSQL: one server in America takes the writes, a streaming replica in Europe and one in Asia answer.

The servers are real, and so is every statement; what lies between them are cables with half of the measured round
trips as their delay. Beside them, through the same cables, the student's replicas exchange their deltas.
"""

from __future__ import annotations

import asyncio

from twitterlab.bench.finding import Finding
from twitterlab.parts.blueprint import Blueprint
from twitterlab.servers.postgres import POSTGRES
from twitterlab.stage.options import LabOptions
from twitterlab.stage.regional.run import Progress, start_ms
from twitterlab.stage.regional.snapshot import Snapshot
from twitterlab.storage.engines import need_psycopg

PEOPLE, SECONDS = 2_000, 60.0
SET_UP = 0.1
"""Share of the time until everything runs."""


def run(blueprint: Blueprint, options: LabOptions, progress: Progress) -> Finding:
    """Five measurements, one after the other. BadInput without PostgreSQL."""
    POSTGRES.need()
    need_psycopg()
    from twitterlab.stage.regional.live.postgres import continents, figures, measuring

    progress(0.0)
    people = Snapshot(options.users or PEOPLE, options.seed, start_ms())
    seconds = options.seconds or SECONDS
    with continents.open(people) as made:
        progress(SET_UP)
        measured = asyncio.run(
            measuring.measure(
                made, blueprint, options.seed, seconds, lambda share: progress(SET_UP + (1 - SET_UP) * share)
            )
        )
        version = made.servers.ask("SHOW server_version")[0][0].split()[0]
    return figures.finding(measured, f"postgresql {version}")
