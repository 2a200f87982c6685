"""When somebody was ejected and came back, from an account of it."""

from __future__ import annotations

import struct
from math import isnan
from types import SimpleNamespace

import pytest

from twitterlab.stage.regional.live.envoy.backend import ARRIVALS
from twitterlab.stage.regional.live.envoy.ejection_figures import finding
from twitterlab.stage.regional.live.envoy.lanes import Asked, Lane, Turn
from twitterlab.stage.regional.live.envoy.phases import PHASES, SICK, Span

S = 1_000_000_000
NAMES = ("b1", "b2", "b3", "b4", "b5")


@pytest.fixture
def spans():
    """Each phase lasts ten seconds."""
    return [Span(phase, 10 * n * S, 10 * (n + 1) * S) for n, phase in enumerate(PHASES)]


def measured(tmp_path, spans, turns=(), sick_at=()):
    """Figures of one lane: four others that are asked once a second, and the sick one at `sick_at`."""
    backends = {}
    for name in NAMES:
        folder = tmp_path / name
        folder.mkdir()
        at = sick_at if name == SICK else range(90)
        (folder / ARRIVALS).write_bytes(b"".join(struct.pack("<Q", int(second * S)) for second in at))
        backends[name] = SimpleNamespace(folder=folder)
    asked = [Asked(int(second * S), 5_000_000, second % 10 != 9) for second in range(90)]
    lane = Lane("part", backends, None, asked, list(turns))
    return {figure.name: figure for figure in finding([lane], spans).figures}


def test_ejected_in_its_illness_and_back_after_it(tmp_path, spans):
    turns = [Turn(int(12.5 * S), SICK, True, "open"), Turn(23 * S, SICK, False)]

    found = measured(tmp_path, spans, turns, sick_at=[11, 12, 14, 25])

    assert found["part_eject_s_slow"].measured == 2.5
    assert found["part_return_s_slow"].measured == 3.0
    assert found["part_probes_slow"].measured == 1
    assert found["part_sick_share_slow"].measured == 30.0


def test_who_was_let_in_too_early_is_back_when_it_is_let_in_after_its_illness(tmp_path, spans):
    times = ((12, True), (14, False), (18, True), (23, False))

    found = measured(tmp_path, spans, [Turn(second * S, SICK, is_out) for second, is_out in times])

    assert found["part_return_s_slow"].measured == 3.0


def test_never_ejected_is_said(tmp_path, spans):
    found = measured(tmp_path, spans)

    assert isnan(found["part_eject_s_slow"].measured) and "never" in found["part_eject_s_slow"].note
    assert isnan(found["part_probes_slow"].measured)
    assert found["part_return_s_slow"].measured == 0.0


def test_out_already_is_ejected_after_no_time_and_never_back_is_nan(tmp_path, spans):
    found = measured(tmp_path, spans, [Turn(5 * S, SICK, True)])

    assert found["part_eject_s_slow"].measured == 0.0
    assert isnan(found["part_return_s_slow"].measured)


def test_somebody_elses_ejection_does_not_count(tmp_path, spans):
    found = measured(tmp_path, spans, [Turn(12 * S, "b1", True)])

    assert isnan(found["part_eject_s_slow"].measured)


def test_served_is_a_share_of_all_requests(tmp_path, spans):
    found = measured(tmp_path, spans)

    assert found["part_served"].measured == found["part_served_failing"].measured == 90.0


def test_every_figure_says_that_it_is_live(tmp_path, spans):
    found = measured(tmp_path, spans).values()

    assert {figure.source for figure in found} == {"live"}
    assert all(figure.note.startswith("live") for figure in found)
