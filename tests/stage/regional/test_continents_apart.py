"""Lab d: while a continent is cut off copies drift apart, and after it they are one again; with replication only."""

from __future__ import annotations

from dataclasses import replace

import pytest

from twitterlab.course.system import system_of
from twitterlab.parts.replica import OneRegion
from twitterlab.stage.regional.labs import continents_apart
from twitterlab.stage.regional.labs.continents_apart import APART_S, BREAK_S, RATES
from twitterlab.stage.regional.run import start_ms
from twitterlab.stage.regional.snapshot import Snapshot

SYSTEM = system_of(2, mine=False)
SLOWLY = {kind: rate / 5 for kind, rate in RATES.items()}
pytestmark = pytest.mark.slow


def apart(system=SYSTEM):
    found = continents_apart.run(system, Snapshot(400, 1, start_ms()), 1, lambda share: None, SLOWLY)
    return {figure.name: figure.measured for figure in found.figures}, found.plots[1].lines[0].y


def test_copies_drift_apart_while_the_cable_is_cut_and_are_one_in_the_end():
    figures, differing = apart()

    before, cut, after = differing[:BREAK_S], differing[BREAK_S : BREAK_S + APART_S], differing[BREAK_S + APART_S + 3 :]
    assert max(before) < 40 < max(cut)
    assert max(after) < 40, "a few are on their way at any moment"
    assert differing[-1] == 0
    assert figures["apart_keys_differing_most"] == max(differing)
    assert figures["apart_acknowledged_writes_lost"] == 0
    assert figures["apart_replicas_converged"] == 1


def test_without_replication_they_stay_apart():
    figures, differing = apart(replace(SYSTEM, replica=OneRegion))

    assert differing[-1] > 200
    assert figures["apart_replicas_converged"] == 0
