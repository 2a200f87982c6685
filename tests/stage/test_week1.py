from __future__ import annotations

import importlib

import pytest

from twitterlab.parts import SLOTS
from twitterlab.parts.blueprint import Blueprint
from twitterlab.stage.options import LabOptions
from weeks.week1 import labs
from weeks.week1.compose import compose


def solutions() -> Blueprint:
    parts = {}
    for slot in SLOTS:
        if slot.week == 1:
            module = importlib.import_module(f"solutions.{slot.file.removesuffix('.py').replace('/', '.')}")
            parts[slot.name] = getattr(module, slot.part)
    return compose(Blueprint(), parts)


@pytest.mark.slow
def test_the_lab_with_the_solutions_meets_every_target() -> None:
    told: list[float] = []
    options = LabOptions(users=200, engine="memory", progress=lambda _, share: told.append(share))

    report = labs.run(solutions(), options)

    assert report.blame() == ()
    assert report.operations >= 10_000
    assert told == sorted(told)
    assert told[-1] > 0.9
