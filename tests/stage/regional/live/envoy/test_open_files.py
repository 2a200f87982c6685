"""As many connections as the system allows, and no more."""

from __future__ import annotations

import pytest

from twitterlab.stage.regional.live.envoy.open_files import RESERVED, connections

resource = pytest.importorskip("resource")


@pytest.mark.parametrize(
    ("soft", "hard", "wanted", "given", "set_to"),
    [
        (1_024, 4_096, 3_000, 3_000, 3_000 + RESERVED),
        (1_024, 1_024, 3_000, 1_024 - RESERVED, None),
        (1_024, 2_000, 3_000, 2_000 - RESERVED, 2_000),
        (20_000, 20_000, 3_000, 3_000, None),
        (1_024, resource.RLIM_INFINITY, 3_000, 3_000, 3_000 + RESERVED),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, 3_000, 3_000, None),
    ],
)
def test_the_limit_is_raised_as_far_as_it_may_be(monkeypatch, soft, hard, wanted, given, set_to):
    said = []
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda kind, limits: said.append(limits))

    assert connections(wanted) == given
    assert said == ([] if set_to is None else [(set_to, hard)])
