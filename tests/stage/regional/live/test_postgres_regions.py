"""Lab e on PostgreSQL: what a primary far away, replicas near by, and replicas of the part's are worth."""

from __future__ import annotations

from dataclasses import replace
from math import isnan

import pytest

from twitterlab.course.system import system_of
from twitterlab.parts.replica import OneRegion
from twitterlab.servers.postgres import POSTGRES
from twitterlab.stage.options import LabOptions
from twitterlab.stage.regional.live import postgres_regions
from twitterlab.stage.regional.live.postgres import cut_off

pytest.importorskip("psycopg")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(POSTGRES.find() is None, reason=f"{POSTGRES.why_not()}. {POSTGRES.get_it}"),
]
SYSTEM = system_of(2, mine=False)


def figures(system, seconds):
    shares = []
    found = postgres_regions.run(system, LabOptions(users=300, seconds=seconds), shares.append)
    assert shares == sorted(shares)
    assert len(found.plots) == 4
    assert {figure.source for figure in found.figures} == {"live"}
    return {figure.name: figure.measured for figure in found.figures}


def test_who_reads_by_place_in_the_log_finds_their_own_and_nothing_acknowledged_is_lost():
    found = figures(SYSTEM, 20.0)

    for way in ("by_lsn", "at_primary", "applied"):
        assert found[f"own_post_not_found_{way}_europe"] == found[f"own_post_not_found_{way}_asia"] == 0
    assert found["home_read_ms_p50_asia_from_afar"] > 2 * 164 > found["home_read_ms_p50_asia_local"]
    assert found["commit_ms_p50_on_all"] > 164 > found["commit_ms_p50_on_any"] > 91 > found["commit_ms_p50_local"]
    assert sum(found[f"postgres_writes_lost_{place}"] for place in ("america", "europe", "asia")) == 0

    assert found["apart_standby_refused"] == 100
    assert found["apart_acknowledged_per_s_postgres_asia"] == found["stalled_writes_acknowledged"] == 0
    assert found["apart_acknowledged_per_s_replica_asia"] > 0
    assert (found["acknowledged_writes_lost"], found["likes_invented"], found["replicas_converged"]) == (0, 0, 1)
    assert not isnan(found["apart_caught_up_s"] + found["apart_converged_s"])


def test_replicas_that_hear_nothing_of_each_other_show(monkeypatch):
    monkeypatch.setattr(cut_off, "SETTLES_WITHIN_S", 2.0)  # they never do

    found = figures(replace(SYSTEM, replica=OneRegion), 8.0)

    assert found["replicas_converged"] == 0
    assert found["acknowledged_writes_lost"] > 0
    assert isnan(found["apart_converged_s"])
