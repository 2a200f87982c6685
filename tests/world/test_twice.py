"""Determinism, found out: two runs of a seed agree, and a planted difference is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from twitterlab.errors import BadInput
from twitterlab.world.twice import twice

SCENARIO = """
import asyncio, datetime, random, time, uuid
from twitterlab.world.sim import SimWorld
from twitterlab.world.trace import Trace

class Thing:
    pass

def scenario(seed: int, trace: Trace) -> None:
    world = SimWorld(seed, trace)

    async def choose(names):
        things = [Thing() for _ in range(5)]
        await server.cpu(1)
        return {CHOICE}

    server = world.nodes.add("server", lambda node: node.serve("choose", choose))
    client = world.nodes.add("client", region="tokyo")

    async def main():
        for number in range(20):
            answer = await client.call("server", "choose", ["ann", "bob", "eve", "joe", "kim"])
            world.emit("chosen", number=number, who=answer)

    world.run(main())
"""

PLANTS = {
    "set iteration": "next(iter(set(names)))",
    "string hash": "hash(names[0]) % 1000",
    "wall clock": "int(time.time() // 1000)",
    "date": "datetime.date.today().isoformat()",
    "year": "datetime.datetime.now().year",
    "year in the zone": "time.strftime('%Y-%H', time.localtime())",
    "unseeded random": "random.choice(names)",
    "entropy": "str(uuid.uuid4())",
    "address": "id(things[0]) % 100000",
    "order by address": "[things.index(t) for t in sorted(things, key=id)] == [0, 1, 2, 3, 4] and id(things) // 64 % 1024",
}


def _compare(folder: Path, choice: str):
    file = folder / "planted.py"
    file.write_text(SCENARIO.replace("{CHOICE}", choice))
    return twice(f"{file}:scenario", seed=3)


def test_a_scenario_that_follows_from_its_seed_is_the_same_twice(tmp_path: Path) -> None:
    found = _compare(tmp_path, "sorted(set(names))[int(server.chance().random() * 5)]")

    assert found.is_deterministic
    assert (found.error, found.events > 100) == ("", True)


@pytest.mark.parametrize("plant", PLANTS)
def test_a_planted_difference_is_found_and_its_first_event_named(tmp_path: Path, plant: str) -> None:
    found = _compare(tmp_path, PLANTS[plant])

    assert found.difference is not None
    assert '"kind":"chosen"' in found.difference.first or '"kind":"sent"' in found.difference.first
    assert found.difference.first != found.difference.second
    assert f"event {found.events + 1:,} differs" in str(found.difference)


def test_a_run_that_fails_alike_both_times_is_deterministic(tmp_path: Path) -> None:
    found = _compare(tmp_path, "1 // 0")

    assert found.is_deterministic
    assert found.error.startswith("ZeroDivisionError")


@pytest.mark.parametrize("target", ["no.such.module:run", "twitterlab.world.sim:nothing", "nowhere.py:run", "words"])
def test_a_target_that_is_none_is_bad_input(target: str) -> None:
    with pytest.raises(BadInput, match=r"no scenario .*module:function"):
        twice(target, seed=1)
