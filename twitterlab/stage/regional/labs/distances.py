"""Lab e: people far away, with and without machines near them, with and without an edge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from twitterlab.bench.finding import Finding
from twitterlab.bench.plots import Line, Plot
from twitterlab.model.figure import Figure
from twitterlab.parts.blueprint import Blueprint
from twitterlab.parts.edge_cache import NoEdge
from twitterlab.stage.regional import judging
from twitterlab.stage.regional.run import Run
from twitterlab.stage.regional.snapshot import Snapshot

SECONDS = 20.0
RATES = {"home": 300.0, "page": 150.0, "post": 6.0}


def run(blueprint: Blueprint, snapshot: Snapshot, seed: int, progress: Callable[[float], None]) -> Finding:
    """Three runs: everything in America; machines on each continent without an edge; and with it."""
    ways = {
        "all in America": (replace(blueprint, edge_cache=NoEdge), "america"),
        "local": (replace(blueprint, edge_cache=NoEdge), None),
        "local, with edge": (blueprint, None),
    }
    measured: dict[str, Run] = {}
    for number, (name, (system, only_in)) in enumerate(ways.items()):
        one = Run(
            system, snapshot, seed, SECONDS, rates=RATES, only_in=only_in,
            progress=lambda share, number=number: progress((number + share) / len(ways)),  # type: ignore[misc]
        )  # fmt: skip
        one.go()
        measured[name] = one
    figures = [
        judging.figure(f"{_word(kind)}_ms_p50_{continent}{_suffix(name)}", "ms", _p50(one, continent, kind))
        for name, one in measured.items()
        for continent in one.by_continent
        for kind in ("home", "page")
    ]
    asia = {name: _p50(one, "asia", "home") for name, one in measured.items()}
    return Finding(
        "All machines stand in America. How much slower is a home timeline in Asia than with machines there?",
        ("twice", "ten times", "more than thirty times"),
        None,
        f"Half of the reads in Asia take less than {asia['all in America']:.0f} ms when they go to America, and "
        f"{asia['local']:.1f} ms when they do not. The edge spares public pages the way to a shard.",
        tuple(figures),
        (_bars(figures, "home"), _bars(figures, "public_page")),
    )


def _p50(one: Run, continent: str, kind: str) -> float:
    return one.by_continent[continent].latency[kind].quantile_ms(0.5)


def _word(kind: str) -> str:
    return "public_page" if kind == "page" else "home_read"


def _suffix(name: str) -> str:
    return {"all in America": "_from_afar", "local": "_local", "local, with edge": "_with_edge"}[name]


def _bars(figures: list[Figure], kind: str) -> Plot:
    shown = [figure for figure in figures if figure.name.startswith(kind)]
    lines = tuple(Line(_label(figure.name), (0,), (figure.measured,)) for figure in shown)
    title = "Home timelines: half are faster than" if kind == "home" else "Public pages: half are faster than"
    return Plot(title, "", "ms", lines, kind="bar")


def _label(name: str) -> str:
    """The continent, and below it the way."""
    continent, _, way = name.split("_p50_")[1].partition("_")
    return f"{continent}\n{way.split('_')[-1]}"
