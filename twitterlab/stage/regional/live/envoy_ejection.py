"""Lab c on real servers: Envoy's outlier ejection beside the part's breakers, and round robin, which has none.

Five backends a lane, each a process with one worker. One of them is well, slow, well, now and then in error, well, only
in error, and well again; then another is killed and started again.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from twitterlab.bench.finding import Finding
from twitterlab.parts.balancer import POLICY, Backend
from twitterlab.parts.blueprint import Blueprint
from twitterlab.platform.regional.costs import HOME
from twitterlab.servers.envoy import ENVOY
from twitterlab.stage.options import LabOptions
from twitterlab.stage.profile import read
from twitterlab.stage.regional.live.envoy import ejection_figures
from twitterlab.stage.regional.live.envoy.backend import mood_path
from twitterlab.stage.regional.live.envoy.child import Child
from twitterlab.stage.regional.live.envoy.http_client import Client
from twitterlab.stage.regional.live.envoy.lanes import (
    DEADLINE_S,
    TRIES,
    TRY_TIMEOUT_S,
    Lane,
    RoundRobin,
    ThroughBalancer,
    ThroughEnvoy,
    Turn,
    drive,
)
from twitterlab.stage.regional.live.envoy.phases import KILLED, LEAST_SECONDS, PHASES, SECONDS, SICK, Span
from twitterlab.stage.regional.live.envoy.poisson import poisson
from twitterlab.stage.regional.live.envoy.process import EJECTIONS, Envoy, running, typed
from twitterlab.stage.regional.run import Progress
from twitterlab.world.chance import SeededChance
from twitterlab.world.live import LiveClock, stopwatch_ns

NAMES = ("b1", "b2", "b3", "b4", "b5")
PER_S, SERVICE_MS = 300.0, 8.0
"""Requests a second in each lane; mean time of one at a backend, which so can serve 125 a second."""


def run(blueprint: Blueprint, options: LabOptions, progress: Progress) -> Finding:
    """The same crowd in three lanes. BadInput without Envoy."""
    ENVOY.need()
    seconds = max(LEAST_SECONDS, options.seconds or SECONDS)
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="twitterlab-lanes-")))
        fleets = {name: opened.enter_context(_fleet(folder / name, options.seed)) for name in ("envoy", "part", "rr")}
        ports = [child.port for child in fleets["envoy"].values()]
        envoy = opened.enter_context(running(ports, _cluster(), _route()))
        lanes, spans = asyncio.run(_go(blueprint, fleets, envoy, options.seed, seconds, progress))
        lanes[0].turns += _ejections(envoy, {port: name for name, port in zip(NAMES, ports, strict=True)})
        return ejection_figures.finding(lanes, spans)


@contextmanager
def _fleet(folder: Path, seed: int) -> Iterator[Mapping[str, Child]]:
    """Five backends, ended at the end."""
    folder.mkdir()
    home = read().costs[HOME]
    stretch = SERVICE_MS / home.mean_ms
    service = [(share, ms * stretch) for share, ms in home.points]
    made = {
        name: Child("backend", folder / name, {"name": name, "seed": seed, "service": service}) for name in NAMES
    }  # fmt: skip
    try:
        _all(Child.start, made.values())
        yield made
    finally:
        for child in made.values():
            child.stop()


async def _go(
    blueprint: Blueprint,
    fleets: Mapping[str, Mapping[str, Child]],
    envoy: Envoy,
    seed: int,
    seconds: float,
    progress: Progress,
) -> tuple[list[Lane], list[Span]]:
    client = Client()
    lanes = _lanes(blueprint, fleets, envoy, client, seed)
    started_ns = stopwatch_ns() + 100_000_000
    due_ns = [started_ns + at_ns for at_ns in poisson(SeededChance(seed, "lanes"), PER_S, seconds)]
    both = (
        asyncio.create_task(_happen(lanes, client, started_ns, seconds / SECONDS, progress)),
        asyncio.create_task(drive(lanes, due_ns, LiveClock())),
    )
    try:
        spans, _ = await asyncio.gather(*both)
    finally:
        for task in both:
            task.cancel()
        await asyncio.gather(*both, return_exceptions=True)
        client.close()
    return lanes, spans


def _lanes(
    blueprint: Blueprint, fleets: Mapping[str, Mapping[str, Child]], envoy: Envoy, client: Client, seed: int
) -> list[Lane]:  # fmt: skip
    """Envoy, the part, and round robin."""
    capacities = [Backend(name, "home", 1_000 / SERVICE_MS) for name in NAMES]
    lanes = [Lane("envoy", fleets["envoy"], ThroughEnvoy(envoy.port, client).ask)]
    for name, fleet, balancer in (
        ("part", fleets["part"], blueprint.balancer(capacities, POLICY)),
        ("round_robin", fleets["rr"], RoundRobin(capacities)),
    ):
        turns: list[Turn] = []
        ports = {backend: child.port for backend, child in fleet.items()}
        way = ThroughBalancer(balancer, ports, client, SeededChance(seed, "choices"), turns)
        lanes.append(Lane(name, fleet, way.ask, turns=turns))
    return lanes


async def _happen(
    lanes: Sequence[Lane], client: Client, started_ns: int, scale: float, progress: Progress
) -> list[Span]:  # fmt: skip
    """What happens to backends, in all lanes at once."""
    clock, spans, until_ns = LiveClock(), list[Span](), started_ns
    for phase in PHASES:
        await clock.sleep_ms(max(0, until_ns - stopwatch_ns()) / 1e6)
        from_ns = stopwatch_ns()
        if phase.is_down:
            await asyncio.to_thread(_all, Child.kill, [lane.backends[KILLED] for lane in lanes])
        elif spans and spans[-1].name == "killed":
            await asyncio.to_thread(_all, Child.start, [lane.backends[KILLED] for lane in lanes])
        else:
            for lane in lanes:
                await client.ask(lane.backends[SICK].port, mood_path(phase.mood), "POST")
        until_ns += round(phase.seconds * scale * 1e9)
        spans.append(Span(phase, from_ns, until_ns))
        progress(len(spans) / (len(PHASES) + 1))
    await clock.sleep_ms(max(0, until_ns - stopwatch_ns()) / 1e6)
    return spans


def _all(what: Callable[[Child], None], children: Iterable[Child]) -> None:
    """To all of them at once."""
    with ThreadPoolExecutor(len(NAMES)) as several:
        list(several.map(what, children))


def _cluster() -> dict[str, Any]:
    """Two choices, and ejection as near to the part's policy as Envoy has it. It has nothing that ejects for being
    slow; ejection times grow by the base time, not by doubling; who is back gets its full share at once.

    The share of failures decides, and not the deviation of success rates from their mean: among four backends none
    can be 1.9 deviations away. Both at once count one ejection twice (Envoy 1.40), until no more are allowed.
    `update_merge_window`: by default an ejection that follows another change takes effect up to a second later."""
    return {
        "lb_policy": "LEAST_REQUEST",
        "least_request_lb_config": {"choice_count": 2},
        "common_lb_config": {"update_merge_window": "0s"},
        "outlier_detection": {
            "consecutive_5xx": POLICY.failures_to_eject,
            "interval": "0.5s",
            "base_ejection_time": f"{POLICY.ejection_ms / 1_000:g}s",
            "max_ejection_time": f"{POLICY.max_ejection_ms / 1_000:g}s",
            "max_ejection_percent": 50,
            "enforcing_success_rate": 0,
            "failure_percentage_threshold": 15,
            "failure_percentage_minimum_hosts": 3,
            "failure_percentage_request_volume": 20,
            "enforcing_failure_percentage": 100,
        },
        "circuit_breakers": {"thresholds": [{"max_connections": 1_024, "max_requests": 1_024, "max_retries": 256}]},
    }


def _route() -> dict[str, Any]:
    """As the part's client does it: one more try, elsewhere."""
    elsewhere = typed(
        "envoy.retry_host_predicates.previous_hosts",
        "extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate",
    )
    return {
        "timeout": f"{DEADLINE_S:g}s",
        "retry_policy": {
            "retry_on": "5xx,reset,connect-failure,refused-stream",
            "num_retries": TRIES - 1,
            "per_try_timeout": f"{TRY_TIMEOUT_S:g}s",
            "retry_back_off": {"base_interval": "0.001s", "max_interval": "0.001s"},
            "retry_host_predicate": [elsewhere],
            "host_selection_retry_max_attempts": 5,
        },
    }


def _ejections(envoy: Envoy, names: Mapping[int, str]) -> list[Turn]:
    """Envoy's own account: who was ejected when and why. Its wall clock is ours."""
    offset_ns = stopwatch_ns() - LiveClock().now_ms() * 1_000_000
    found = []
    file = envoy.folder / EJECTIONS
    for line in file.read_text().splitlines() if file.exists() else ():
        said = json.loads(line)
        is_out = said["action"] == "EJECT"
        if is_out and not said["enforced"]:
            continue
        at = datetime.fromisoformat(said["timestamp"].replace("Z", "+00:00"))
        name = names[int(said["upstream_url"].rsplit(":", 1)[1])]
        found.append(Turn(round(at.timestamp() * 1e9) + offset_ns, name, is_out, said["type"]))
    return found
