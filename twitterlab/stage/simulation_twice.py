"""What `simulate --twice` runs in each of its two processes: the scenario whose name ends the attribute's name.

`twitterlab.world.twice` takes `module:function`; a scenario is an object, and may live in a file. So its name is
spelled in hexadecimal, as an attribute of this module.
"""

from __future__ import annotations

from collections.abc import Callable

from twitterlab.stage import simulation
from twitterlab.stage.scenario import case_of, run
from twitterlab.world.trace import Trace

PREFIX = "scenario_"


def __getattr__(name: str) -> Callable[[int, Trace], object]:
    if not name.startswith(PREFIX):
        raise AttributeError(name)
    scenario = simulation.find(bytes.fromhex(name.removeprefix(PREFIX)).decode())
    return lambda seed, trace: run(scenario, case_of(scenario, seed), trace)
