"""Lab f on real servers: what edges are worth shows in its figures, and what Envoy's caches can do is as the lab says."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from twitterlab.course.system import system_of
from twitterlab.parts.edge_cache import NoEdge
from twitterlab.servers.envoy import ENVOY
from twitterlab.stage.options import LabOptions
from twitterlab.stage.regional.live import envoy_cache
from twitterlab.stage.regional.live.envoy.nginx_process import NGINX

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="servers are started on Linux and macOS only"),
    pytest.mark.skipif(ENVOY.find() is None, reason=f"{ENVOY.why_not()}. {ENVOY.get_it}"),
]
SYSTEM = system_of(2, mine=False)
READERS = 150
HAS_NGINX = NGINX.find() is not None


@pytest.fixture
def figures(monkeypatch):
    """Figures of a small run."""
    monkeypatch.setattr(envoy_cache, "READERS", READERS)

    def run(system):
        shares = []
        found = envoy_cache.run(system, LabOptions(seconds=2.0), shares.append)
        assert shares == sorted(shares)
        assert len(found.plots) == 3
        return {figure.name: figure.measured for figure in found.figures}

    return run


def test_one_request_to_the_origin_no_old_page_no_leak(figures):
    found = figures(SYSTEM)

    assert found["part_stampede_origin_requests"] == found["part_revalidation_origin_requests"] == 1
    assert found["part_stale_after_purge"] == found["part_stale_pages"] == 0
    assert found["part_served_while_down"] == 100
    assert found["envoy_stampede_origin_requests"] > READERS / 2
    assert found["envoy_v2_stampede_origin_requests"] == 1
    assert found["envoy_stale_after_purge"] > 0 and found["envoy_v2_stale_after_purge"] > 0
    if HAS_NGINX:
        assert found["nginx_stampede_origin_requests"] == found["nginx_revalidation_origin_requests"] == 1
        assert found["nginx_stale_after_purge"] > 0 and found["nginx_served_while_down"] == 100
    for name in ("part", "envoy", "envoy_v2", *(("nginx",) if HAS_NGINX else ())):
        assert found[f"{name}_private_leaks"] == found[f"{name}_failed"] == found[f"{name}_stampede_failed"] == 0
        assert found[f"{name}_private_origin_requests"] == 400


def test_a_part_that_does_not_coalesce_shows(figures):
    found = figures(replace(SYSTEM, edge_cache=NoEdge))

    assert found["part_stampede_origin_requests"] == found["part_revalidation_origin_requests"] == READERS
    assert found["part_hit_ratio"] <= 0
    assert found["part_served_while_down"] == 0
