"""Systems to put on stage: the solutions, and the same with one part wrong."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.stage.system import System
from twitterlab.bench.report import Report
from twitterlab.parts import SLOTS
from twitterlab.parts.blueprint import Blueprint
from twitterlab.servers import postgres, valkey
from twitterlab.stage import week1
from twitterlab.stage.options import LabOptions
from weeks.week1 import labs
from weeks.week1.compose import compose


@pytest.fixture(scope="session")
def solutions() -> Blueprint:
    parts = {}
    for slot in SLOTS:
        if slot.week == 1:
            module = importlib.import_module(f"solutions.{slot.file.removesuffix('.py').replace('/', '.')}")
            parts[slot.name] = getattr(module, slot.part)
    return compose(Blueprint(), parts)


@pytest.fixture
def small_lab(solutions: Blueprint, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Report]:
    """Forty people for half a second, and of the experiments those of the slots named."""

    def run(*experiments: str, **changed: Any) -> Report:
        chosen = tuple(experiment for experiment in week1.EXPERIMENTS if experiment.slot in experiments)
        monkeypatch.setattr(week1, "EXPERIMENTS", chosen)
        return labs.run(replace(solutions, **changed), LabOptions(users=40, seconds=0.5, engine="memory"))

    return run


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable[..., System]]:
    """Starts systems of several processes over PostgreSQL and Valkey, and ends them with the file's last test."""
    for program in (postgres.POSTGRES, valkey.VALKEY):
        if program.find() is None:
            pytest.skip(f"{program.why_not()}. {program.get_it}")
    pytest.importorskip("psycopg")
    if not hasattr(os, "fork"):
        pytest.skip("this system cannot fork")
    started: list[System] = []

    def start(*words: str) -> System:
        started.append(System(*words))
        return started[-1]

    yield start
    for one in started:
        if not one.process.stdout.closed:
            one.close()
