"""An experiment of a week, by name: what a notebook runs one at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from twitterlab.bench.finding import Finding
from twitterlab.parts.blueprint import Blueprint


@dataclass(frozen=True, slots=True)
class Experiment:
    """What to run for a slot; `run` gets the week's system, a folder of its own and the seed."""

    name: str
    slot: str
    run: Callable[[Blueprint, Path, int], Finding]
