"""Lab c on real servers: what balancers are worth shows in its figures."""

from __future__ import annotations

import sys
from dataclasses import replace
from math import isnan

import pytest

from twitterlab.course.system import system_of
from twitterlab.servers.envoy import ENVOY
from twitterlab.stage.options import LabOptions
from twitterlab.stage.regional.live import envoy_ejection
from twitterlab.stage.regional.live.envoy.lanes import RoundRobin

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="servers are started on Linux and macOS only"),
    pytest.mark.skipif(ENVOY.find() is None, reason=f"{ENVOY.why_not()}. {ENVOY.get_it}"),
]
SYSTEM = system_of(2, mine=False)


def figures(system):
    shares = []
    found = envoy_ejection.run(system, LabOptions(seconds=10.0), shares.append)
    assert shares == sorted(shares)
    assert len(found.plots) == 2
    return {figure.name: figure.measured for figure in found.figures}


def test_envoy_and_the_part_eject_who_fails_and_round_robin_does_not():
    found = figures(SYSTEM)

    assert found["part_eject_s_failing"] >= 0 and found["envoy_eject_s_failing"] >= 0
    assert isnan(found["round_robin_eject_s_failing"])
    assert found["part_sick_share_failing"] < found["round_robin_sick_share_failing"] / 2
    assert found["envoy_sick_share_failing"] < found["round_robin_sick_share_failing"]


def test_a_part_that_never_ejects_shows():
    found = figures(replace(SYSTEM, balancer=lambda backends, policy: RoundRobin(backends)))

    assert isnan(found["part_eject_s_slow"]) and isnan(found["part_eject_s_failing"])
    assert found["part_sick_share_failing"] > 15
